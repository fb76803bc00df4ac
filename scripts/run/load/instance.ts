import type { ScriptEvent } from '../../../k6/contract.ts';
import type { ObservationOf } from '../../observe/observation.ts';
import type { Collector } from '../collector/collector.ts';
import { startK6 } from '../processes/k6-process.ts';
import type { Mocks } from '../processes/mocks.ts';
import { scriptEnvironment } from '../processes/script-environment.ts';
import { type Rig, reportDeath, runsK6Script } from '../rig.ts';
import type { LoadFiles } from './load-files.ts';

/** k6's exit code after the whole schedule, when a threshold of a script of its own was not met. */
const THRESHOLDS_FAILED = 99;

/** Where k6's metrics go, and whose faults run on the step's clock (null: the plan mocks no partner). */
export interface LoadParts {
  collector: Collector;
  mocks: Mocks | null;
}

/** One k6 process of a step: its `instance` tag and what it runs. */
export interface Instance {
  name: string;
  files: LoadFiles;
}

export type InstanceEnd = ObservationOf<'step-ended'>['how'];

/** Runs one k6 process from its spawn to its end. Resolves when it has ended, for whatever reason. */
export async function runInstance(
  rig: Rig,
  { collector, mocks }: LoadParts,
  { name, files }: Instance,
  onEvent: (event: ScriptEvent) => void,
): Promise<InstanceEnd> {
  const { observe, earlyEnd, vitals } = rig;
  const { io, k6 } = rig.options;
  collector.expectInstance(name);
  const child = await startK6({
    ...files,
    k6Path: k6.path,
    children: rig.children,
    cwd: io.cwd,
    env: runsK6Script(rig) ? scriptEnvironment(rig, mocks) : io.env,
    summary: runsK6Script(rig),
    metrics: { collectorUrl: collector.url, tags: files.tags },
    onEvent,
    onLog: (level, message) => observe({ type: 'k6-log', at: Date.now(), instance: name, level, message }),
  });
  vitals.watch(child.pid, 'k6', name);
  const first = await Promise.race([child.exited, earlyEnd.ended]);
  if (typeof first === 'string') await child.stop('SIGINT');
  const exit = await child.exited;
  vitals.unwatch(child.pid);
  if (child.stopping) return 'interrupted';
  if (exit.code === 0 || exit.code === THRESHOLDS_FAILED) return 'completed';
  await reportDeath(rig, child, 'k6');
  return 'died';
}
