import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptEvent } from '../../../k6/contract.ts';
import { instanceName } from '../../observe/wire/instance.ts';
import { scriptEnvironment } from '../canaries/script-prober.ts';
import type { Collector } from '../collector/collector.ts';
import type { PreparedStep } from '../prepare.ts';
import { startK6 } from '../processes/k6-process.ts';
import type { Mocks } from '../processes/mocks.ts';
import { type Rig, reportDeath, runsK6Script } from '../rig.ts';
import { type LoadFiles, writeLoadFiles } from './load-files.ts';

/** k6's exit code after the whole schedule, when a threshold of a script of its own was not met. */
const THRESHOLDS_FAILED = 99;

/** Where k6's metrics go, and whose faults run on the step's clock (null: the plan mocks no partner). */
export interface StepParts {
  collector: Collector;
  mocks: Mocks | null;
}

/** Replays one multiple with k6, from its spawn to its end. Resolves when k6 has ended, for whatever reason. */
export async function runStep(rig: Rig, parts: StepParts, step: PreparedStep): Promise<void> {
  // Outside the run directory: the bundle may hold secrets of the plan.
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-'));
  try {
    const instance = instanceName(step.index, 0);
    const partnerUrls = parts.mocks?.urls ?? {};
    const files = await writeLoadFiles(folder, rig, step, { instance, partnerUrls });
    await parts.mocks?.reset(step.stock);
    if (rig.ending.cause === null) await drive(rig, parts, { step, files, instance });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function drive(
  rig: Rig,
  { collector, mocks }: StepParts,
  { step, files, instance }: { step: PreparedStep; files: LoadFiles; instance: string },
): Promise<void> {
  const { observe, ending, vitals } = rig;
  const { plan, io, k6 } = rig.options;
  collector.expectInstance(instance);
  const child = await startK6({
    ...files,
    k6Path: k6.path,
    children: rig.children,
    cwd: io.cwd,
    env: runsK6Script(rig) ? scriptEnvironment(rig, mocks) : io.env,
    summary: runsK6Script(rig),
    metrics: { collectorUrl: collector.url, tags: files.tags },
    onEvent: (event) => {
      observeEvent(observe, step.index, event);
      if (event.event !== 'load-start') return;
      // Mocks that can't be told any more have died, and their death ends the run.
      mocks?.startTimeline(event.at + plan.rehearsal.warmUpMs).catch(() => {});
    },
    onLog: (level, message) => observe({ type: 'k6-log', at: Date.now(), instance, level, message }),
  });
  vitals.watch(child.pid, 'k6', instance);
  const first = await Promise.race([child.exited, ending.ended]);
  if (typeof first === 'string') await child.stop('SIGINT');
  const exit = await child.exited;
  vitals.unwatch(child.pid);
  const completed = !child.stopping && (exit.code === 0 || exit.code === THRESHOLDS_FAILED);
  if (!child.stopping && !completed) await reportDeath(rig, child, 'k6');
  observe({
    type: 'step-ended',
    at: Date.now(),
    step: step.index,
    how: completed ? 'completed' : child.stopping ? 'interrupted' : 'died',
  });
  await mocks?.stopTimeline().catch(() => {});
}

function observeEvent(observe: Rig['observe'], step: number, event: ScriptEvent): void {
  const at = Date.now();
  switch (event.event) {
    case 'load-start':
      observe({ type: 'load-started', at, step, startedAt: event.at });
      return;
    case 'first-start':
      observe({ type: 'first-start', at, step, journey: event.journey, startedAt: event.at });
      return;
    case 'failed-turn': {
      const { event: _event, at: _at, intendedAt, ...turn } = event;
      observe({ type: 'failed-turn', at, step, startedAt: intendedAt, ...turn });
      return;
    }
    case 'threshold': {
      const { metric, threshold, passed } = event;
      observe({ type: 'threshold', at, step, metric, threshold, passed });
      return;
    }
  }
}
