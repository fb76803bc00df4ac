import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { INSTANCE_TAG, TESTID_TAG } from '../../../k6/contract.ts';
import { k6Options } from '../../demand/k6-options.ts';
import { loggedEvery } from '../../demand/logged-orders.ts';
import { bundleLoadScript } from '../../engine/bundle/bundle.ts';
import { longestOrdersMs } from '../../plan/derived/thinking.ts';
import type { PreparedInstance, PreparedStep } from '../prepare.ts';
import type { Mocks } from '../processes/mocks.ts';
import { type Rig, runsK6Script } from '../rig.ts';
import { plannedSpec } from './load-spec.ts';

export interface LoadFiles {
  scriptFile: string;
  configFile: string;
  /** Of all metrics; a k6 script's own tags would be lost beside them on the command line, so it carries them itself. */
  tags: Readonly<Record<string, string>>;
}

/** Writes the load script of one k6 process of a step, and its configuration. */
export async function writeLoadFiles(
  folder: string,
  rig: Rig,
  step: PreparedStep,
  { instance, partnerUrls }: { instance: PreparedInstance; partnerUrls: Mocks['urls'] },
): Promise<LoadFiles> {
  const { plan, scripts } = rig.options;
  const scriptFile = join(folder, 'load.js');
  const configFile = join(folder, 'k6.json');
  const tags = { [INSTANCE_TAG]: instance.name, [TESTID_TAG]: rig.runId };
  const ofScript = runsK6Script(rig);
  const { allowHosts } = plan.target;
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
      own: scripts.length === 0 ? undefined : { scripts, role: { as: 'load', allowHosts, tags } },
    }),
    writeFile(
      configFile,
      JSON.stringify(k6Options(instance.schedule, instance.vus, longestOrdersMs(plan), { ofScript })),
    ),
  ]);
  return { scriptFile, configFile, tags: ofScript ? {} : tags };
}
