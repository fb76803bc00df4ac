import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { k6Options } from '../demand/k6-options.ts';
import { loggedEvery } from '../demand/logged-orders.ts';
import { bundleLoadScript } from '../engine/bundle.ts';
import { instanceName } from '../observe/instance.ts';
import { longestOrdersMs } from '../plan/thinking.ts';
import type { Collector } from './collector.ts';
import { startK6 } from './k6-process.ts';
import { plannedSpec } from './load-spec.ts';
import type { Mocks } from './mocks.ts';
import type { PreparedStep } from './prepare.ts';
import { type Rig, reportDeath } from './rig.ts';

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
    const files = await writeLoadFiles(folder, rig, step, parts.mocks?.urls ?? {});
    await parts.mocks?.reset(step.stock);
    if (rig.ending.cause === null) await drive(rig, parts, step, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface LoadFiles {
  scriptFile: string;
  configFile: string;
}

async function writeLoadFiles(
  folder: string,
  rig: Rig,
  step: PreparedStep,
  partnerUrls: Mocks['urls'],
): Promise<LoadFiles> {
  const { plan } = rig.options;
  const scriptFile = join(folder, 'load.js');
  const configFile = join(folder, 'k6.json');
  const longestMs = longestOrdersMs(plan);
  await Promise.all([
    bundleLoadScript({
      spec: {
        ...plannedSpec(plan),
        runId: rig.runId,
        stepIndex: step.index,
        partnerUrls,
        loggedEvery: loggedEvery(plan, step.schedule.peakOrdersPerSec),
      },
      people: rig.people,
      outFile: scriptFile,
    }),
    writeFile(configFile, JSON.stringify(k6Options(step.schedule, step.vus.byJourney, longestMs))),
  ]);
  return { scriptFile, configFile };
}

async function drive(
  rig: Rig,
  { collector, mocks }: StepParts,
  step: PreparedStep,
  files: LoadFiles,
): Promise<void> {
  const { observe, ending, vitals } = rig;
  const { plan, io, k6 } = rig.options;
  const instance = instanceName(step.index, 0);
  collector.expectInstance(instance);
  const child = await startK6({
    ...files,
    instance,
    k6Path: k6.path,
    children: rig.children,
    cwd: io.cwd,
    env: io.env,
    collectorUrl: collector.url,
    runId: rig.runId,
    onEvent: (event) => {
      if (event.event === 'failed-turn') {
        const { event: _event, at: _at, intendedAt, ...turn } = event;
        observe({ type: 'failed-turn', at: Date.now(), step: step.index, startedAt: intendedAt, ...turn });
        return;
      }
      const startedAt = event.at;
      if (event.event === 'first-start') {
        const { journey } = event;
        observe({ type: 'first-start', at: Date.now(), step: step.index, journey, startedAt });
        return;
      }
      observe({ type: 'load-started', at: Date.now(), step: step.index, startedAt });
      // Mocks that can't be told any more have died, and their death ends the run.
      mocks?.startTimeline(startedAt + plan.rehearsal.warmUpMs).catch(() => {});
    },
    onLog: (level, message) => observe({ type: 'k6-log', at: Date.now(), instance, level, message }),
  });
  vitals.watch(child.pid, 'k6', instance);
  const first = await Promise.race([child.exited, ending.ended]);
  if (typeof first === 'string') await child.stop('SIGINT');
  const exit = await child.exited;
  vitals.unwatch(child.pid);
  const completed = !child.stopping && exit.code === 0;
  if (!child.stopping && !completed) await reportDeath(rig, child, 'k6');
  observe({
    type: 'step-ended',
    at: Date.now(),
    step: step.index,
    how: completed ? 'completed' : child.stopping ? 'interrupted' : 'died',
  });
  await mocks?.stopTimeline().catch(() => {});
}
