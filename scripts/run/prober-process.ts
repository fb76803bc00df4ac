import { EXIT, PeakproofError } from '../core/errors.ts';
import { formatDurationMs } from '../core/quantities.ts';
import type { ProbeObservation, ProberEvent } from '../observe/observation.ts';
import type { Child, OwnProcess } from './child.ts';
import type { ProberConfig } from './prober-config.ts';
import { describeExit } from './target.ts';

export interface ProberOptions extends OwnProcess {
  config: ProberConfig;
}

export interface Prober {
  readonly child: Child;
  /**
   * Waits until every journey has had one good canary.
   * @throws PeakproofError `target-not-reachable` (exit 4) when that takes longer than `withinMs`.
   */
  firstGoodCanary(withinMs: number, baseUrl: string, signal: AbortSignal): Promise<void>;
  /** Waits until each journey's newest `count` canaries are good. False when that takes longer than `withinMs`. */
  goodCanaries(count: number, withinMs: number, signal: AbortSignal): Promise<boolean>;
}

type Listener = (probe: ProbeObservation) => void;

export async function startProber(options: ProberOptions): Promise<Prober> {
  const listeners = new Set<Listener>();
  const child = await options.children.start({
    command: process.execPath,
    args: [options.mainPath],
    cwd: options.cwd,
    env: options.env,
    onStdoutLine: (line) => {
      const event: ProberEvent = JSON.parse(line);
      if (event.type === 'prober-ready') return;
      const kept = options.observe(event);
      if (kept.type === 'probe') for (const listener of [...listeners]) listener(kept);
    },
    onStderrLine: () => {},
  });
  child.write(JSON.stringify(options.config));
  const journeys = options.config.journeys.map((journey) => journey.name);
  const streak = (count: number, withinMs: number, signal: AbortSignal, onBad: Listener) =>
    waitForStreak({ journeys, count, withinMs, signal, child, listeners, onBad });
  return {
    child,
    async firstGoodCanary(withinMs, baseUrl, signal) {
      let lastBad: ProbeObservation | null = null;
      const reached = await streak(1, withinMs, signal, (probe) => {
        lastBad = probe;
      });
      if (!reached) throw await notReachable(child, baseUrl, withinMs, lastBad);
    },
    goodCanaries: (count, withinMs, signal) => streak(count, withinMs, signal, () => {}),
  };
}

interface StreakOptions {
  journeys: readonly string[];
  count: number;
  withinMs: number;
  signal: AbortSignal;
  child: Child;
  listeners: Set<Listener>;
  onBad: Listener;
}

function waitForStreak(options: StreakOptions): Promise<boolean> {
  const { journeys, count, listeners, signal } = options;
  const streaks = new Map(journeys.map((journey) => [journey, 0]));
  return new Promise((resolve) => {
    const settle = (reached: boolean): void => {
      clearTimeout(timer);
      listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
      resolve(reached);
    };
    const onAbort = (): void => settle(false);
    const listener = (probe: ProbeObservation): void => {
      const good = probe.outcome !== 'bad' && probe.outcome !== 'generator';
      streaks.set(probe.journey, good ? (streaks.get(probe.journey) ?? 0) + 1 : 0);
      if (!good) options.onBad(probe);
      if ([...streaks.values()].every((streak) => streak >= count)) settle(true);
    };
    const timer = setTimeout(() => settle(false), options.withinMs);
    listeners.add(listener);
    signal.addEventListener('abort', onAbort);
    void options.child.exited.then(() => settle(false));
    if (signal.aborted) settle(false);
  });
}

async function notReachable(
  child: Child,
  baseUrl: string,
  withinMs: number,
  lastBad: ProbeObservation | null,
): Promise<PeakproofError> {
  const gone = await Promise.race([child.exited, Promise.resolve(null)]);
  if (gone) {
    return new PeakproofError({
      code: 'prober-failed',
      message: `the prober ended before its first canary: ${describeExit(gone.code, gone.signal)}`,
      hint: 'run `peakproof doctor`; if it finds nothing, report this with the lines above',
      exitCode: EXIT.environment,
      details: gone.lastLines,
    });
  }
  const last = lastBad
    ? `${lastBad.journey}: ${lastBad.kind}${lastBad.detail ? `, ${lastBad.detail}` : ''}`
    : 'no answer';
  return new PeakproofError({
    code: 'target-not-reachable',
    message: `no good canary order at ${baseUrl} within ${formatDurationMs(withinMs)} (last: ${last}); no load was sent`,
    hint: 'start the target, or check target.baseUrl and the steps of the journey named above',
    exitCode: EXIT.environment,
  });
}
