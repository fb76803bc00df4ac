import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canaryOptions } from '../../demand/canary-options.ts';
import { bundleLoadScript } from '../../engine/bundle/bundle.ts';
import type { JourneyScript } from '../../engine/bundle/script-file.ts';
import type { ProbeObservation } from '../../observe/observation.ts';
import { probeEveryMs } from '../../plan/derived/step-times.ts';
import { plannedSpec } from '../load/load-spec.ts';
import type { Child } from '../processes/child.ts';
import { type K6Run, startK6 } from '../processes/k6-process.ts';
import type { Mocks } from '../processes/mocks.ts';
import { scriptEnvironment } from '../processes/script-environment.ts';
import type { Rig } from '../rig.ts';

/** Canaries are so few that they may share people. */
export const CANARY_PEOPLE = 20;
/** How log lines of this k6 are told from those of the load. */
const INSTANCE = 'prober';

/**
 * Canaries of a k6 script without the kit: only k6 can run it, so they are iterations in a k6 process of their own.
 * Nothing of it counts as load.
 */
export async function startScriptProber(
  rig: Rig,
  mocks: Mocks | null,
  scripts: readonly JourneyScript[],
  onProbe: (probe: ProbeObservation) => void,
): Promise<Child> {
  const { io, k6 } = rig.options;
  const files = await writeCanaryFiles(rig, mocks, scripts);
  let child: Child | null = null;
  child = await startK6({
    k6Path: k6.path,
    children: rig.children,
    ...files,
    cwd: io.cwd,
    env: { ...scriptEnvironment(rig, mocks), PEAKPROOF_CANARY: '1' },
    metrics: null,
    summary: false,
    onEvent: (event) => {
      if (event.event !== 'canary') return;
      const { event: _event, ...canary } = event;
      onProbe(rig.observe({ type: 'probe', item: null, cafe: null, ...canary }));
    },
    onLog: (level, message) => {
      // That it was told to stop is no news.
      if (child?.stopping) return;
      rig.observe({ type: 'k6-log', at: Date.now(), instance: INSTANCE, level, message });
    },
  });
  return child;
}

/** What k6 reads, in a folder that is gone when the rig is closed. */
async function writeCanaryFiles(
  rig: Rig,
  mocks: Mocks | null,
  scripts: readonly JourneyScript[],
): Promise<Pick<K6Run, 'scriptFile' | 'configFile'>> {
  const { plan, preparation } = rig.options;
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-prober-'));
  rig.closers.push(() => rm(folder, { recursive: true, force: true }));
  const everyMs = probeEveryMs(plan, preparation.sliceMs);
  const scriptFile = join(folder, 'canaries.js');
  const configFile = join(folder, 'k6.json');
  const journeys = scripts.map(({ journey }) => journey);
  const { allowHosts } = plan.target;
  await bundleLoadScript({
    spec: {
      ...plannedSpec(plan),
      runId: rig.runId,
      stepIndex: 0,
      partnerUrls: mocks?.urls ?? {},
      loggedEvery: {},
    },
    people: rig.people.slice(0, CANARY_PEOPLE),
    outFile: scriptFile,
    own: { scripts, role: { as: 'canaries', allowHosts, everyMs } },
  });
  await writeFile(configFile, JSON.stringify(canaryOptions(journeys, everyMs, plan.client)));
  return { scriptFile, configFile };
}
