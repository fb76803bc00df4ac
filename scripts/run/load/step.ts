import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptEvent } from '../../../k6/contract.ts';
import type { PreparedInstance, PreparedStep } from '../prepare.ts';
import type { Rig } from '../rig.ts';
import { type Instance, type InstanceEnd, type LoadParts, runInstance } from './instance.ts';
import { writeLoadFiles } from './load-files.ts';

/** Worst first: a step is only as complete as its k6 processes together. */
const ENDS: readonly InstanceEnd[] = ['died', 'interrupted', 'completed'];

/** Replays one step with k6, from its spawn to its end. Resolves when k6 has ended, for whatever reason. */
export async function runStep(rig: Rig, parts: LoadParts, step: PreparedStep): Promise<void> {
  // Outside the run directory: the bundle may hold secrets of the plan.
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-'));
  try {
    const instances = await Promise.all(
      step.instances.map((one) => prepareInstance(folder, rig, parts, step, one)),
    );
    await parts.mocks?.reset(step.stock);
    if (rig.earlyEnd.cause === null) await drive(rig, parts, step, instances);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepareInstance(
  folder: string,
  rig: Rig,
  { mocks }: LoadParts,
  step: PreparedStep,
  instance: PreparedInstance,
): Promise<Instance> {
  const own = join(folder, instance.name);
  await mkdir(own);
  const files = await writeLoadFiles(own, rig, step, { instance, partnerUrls: mocks?.urls ?? {} });
  return { name: instance.name, files };
}

async function drive(
  rig: Rig,
  parts: LoadParts,
  step: PreparedStep,
  instances: readonly Instance[],
): Promise<void> {
  const { observe } = rig;
  const { mocks } = parts;
  const { warmUpMs } = step.schedule;
  let hasStarted = false;
  const onEvent = (event: ScriptEvent): void => {
    observeEvent(observe, step.index, event);
    if (event.event !== 'load-start' || hasStarted) return;
    hasStarted = true;
    // Mocks that can't be told any more have died, and their death ends the run.
    mocks?.startTimeline(event.at + warmUpMs, rig.options.preparation.sliceMs).catch(() => {});
  };
  const ends = await Promise.all(instances.map((instance) => runInstance(rig, parts, instance, onEvent)));
  const how = ENDS.find((end) => ends.includes(end)) ?? 'died';
  observe({ type: 'step-ended', at: Date.now(), step: step.index, how });
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
