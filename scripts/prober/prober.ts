import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { flowsOf } from '../../k6/journeys/own/code.ts';
import { importPrograms } from '../check/driver/own-programs.ts';
import type { ProberEvent } from '../observe/observation.ts';
import { type CanaryStream, canaryStreams } from './canary.ts';
import type { ProberConfig } from './prober-config.ts';

// The prober process: canaries on a fixed grid, whatever became of the ones before.

const HEALTH_EVERY_MS = 1_000;
/** Less is the coarseness of the two clocks. */
const CLOCK_STEP_MS = 50;

/** What the prober talks through; a test may give its own. */
export interface ProberIo {
  input: NodeJS.ReadableStream;
  write: (line: string) => void;
}

/**
 * Reads a ProberConfig line, then probes until the input closes or `stop` aborts. Canaries still under way then
 * are given up without a report: they were cut off by us.
 */
export async function runProber({ input, write }: ProberIo, stop: AbortController): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  lines.once('close', () => stop.abort());
  stop.signal.addEventListener('abort', () => lines.close(), { once: true });
  const config = await firstLine(lines, stop.signal);
  if (config === null) return;
  const emit = (event: ProberEvent): void => write(`${JSON.stringify(event)}\n`);
  const { ownCodeFile } = config;
  const flowOf = ownCodeFile === null ? undefined : flowsOf(await importPrograms(ownCodeFile));
  const streams = canaryStreams(config, flowOf);
  const health = watchLoop(emit);
  emit({ type: 'prober-ready', at: Date.now() });
  try {
    await Promise.all([
      // Without a journey of its own it still tells whether it could send canaries on time.
      aborted(stop.signal),
      ...streams.map((stream, index) => {
        // Streams of several journeys take turns within the distance instead of starting together.
        const offsetMs = Math.floor((config.everyMs * index) / streams.length);
        return probeOnGrid(stream, { everyMs: config.everyMs, offsetMs }, emit, stop.signal);
      }),
    ]);
  } finally {
    health.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function firstLine(lines: NodeJS.EventEmitter, signal: AbortSignal): Promise<ProberConfig | null> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
    lines.once('line', (line: string) => {
      try {
        // Written by our own parent process, which has the type: nothing to check again.
        const config: ProberConfig = JSON.parse(line);
        resolve(config);
      } catch (error) {
        reject(new TypeError('the first line on stdin must be a ProberConfig as JSON', { cause: error }));
      }
    });
  });
}

interface Grid {
  everyMs: number;
  offsetMs: number;
}

/** Starts canary n at start + offset + n × every, late ones at once; waits for none of them. */
function probeOnGrid(
  stream: CanaryStream,
  { everyMs, offsetMs }: Grid,
  emit: (event: ProberEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  // Timers follow the monotonic clock: a step of the wall clock must not stop or flood the stream.
  const gridTick = performance.now() + offsetMs;
  let gridAt = Date.now() + offsetMs;
  return new Promise((resolve, reject) => {
    let number = 0;
    let timer: NodeJS.Timeout | undefined;
    const next = (): void => {
      // After a step of the wall clock canaries stand by the new one, as the turns of the load do.
      const steppedMs = Date.now() - gridAt - (performance.now() - gridTick);
      if (Math.abs(steppedMs) > CLOCK_STEP_MS) gridAt += Math.round(steppedMs);
      while (gridTick + number * everyMs <= performance.now()) {
        stream.run(number, gridAt + number * everyMs, signal).then(emit, (error: unknown) => {
          if (!signal.aborted) reject(error);
        });
        number += 1;
      }
      timer = setTimeout(next, gridTick + number * everyMs - performance.now());
    };
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    if (signal.aborted) resolve();
    else next();
  });
}

function watchLoop(emit: (event: ProberEvent) => void): { stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const timer = setInterval(() => {
    // The histogram holds the whole pause between its 10 ms ticks, the tick itself included.
    const loopDelayP99Ms = Math.max(0, delay.percentile(99) / 1e6 - 10);
    delay.reset();
    emit({ type: 'prober-health', at: Date.now(), loopDelayP99Ms });
  }, HEALTH_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      delay.disable();
    },
  };
}
