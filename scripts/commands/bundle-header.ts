import type { StandaloneSpec } from '../../k6/standalone/fill.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { sumBy, sumOf } from '../core/statistics.ts';
import { lengthMsOf } from '../core/step-length.ts';
import { VERSION } from '../core/version.ts';
import type { StepSchedule } from '../demand/draw.ts';
import type { VuSizing } from '../demand/vus.ts';
import { K6_VERSION } from '../engine/k6/k6-version.ts';

export interface BundleFacts {
  planName: string;
  planHash: string;
  schedule: StepSchedule;
  vus: VuSizing;
  mbPerVu: number;
  standalone: StandaloneSpec;
  /** Name of the script, without its folder. */
  fileName: string;
}

/** First words of every bundle: by them one is told from a file that is somebody's own. */
export const BUNDLE_MARK = '// peakproof bundle:';

/** The comment at the top of a bundle: what it is, and how it is run. */
export function bundleHeader(facts: BundleFacts): string {
  const { planName, planHash, schedule, vus, mbPerVu, standalone, fileName } = facts;
  const { multiple, peakOrdersPerSec } = schedule;
  const orders = sumBy(schedule.schedules, ({ arrivalsPerSec }) => sumOf(arrivalsPerSec));
  const length = formatDurationMs(lengthMsOf(schedule));
  const peak = Number(peakOrdersPerSec.toPrecision(3));
  const gigabytes = Number(((vus.total * mbPerVu) / 1_000).toPrecision(2));
  const { secrets, allowHosts, partnerVariables, spec } = standalone;
  const required = [
    ...secrets.map((name) => `-e ${name}=...   required: a secret of the plan, which is not in this file`),
    ...Object.entries(partnerVariables).map(
      ([partner, name]) => `-e ${name}=...   required: where the mock partner ${partner} runs`,
    ),
  ];
  return [
    `${BUNDLE_MARK} ${planName} at ${multiple}x, by peakproof ${VERSION} for k6 ${K6_VERSION}`,
    `// from a plan with SHA-256 ${planHash}`,
    '//',
    `// Starts ${orders} orders in ${length}, up to ${peak} a second, with ${vus.total} VUs (about ${gigabytes} GB of memory).`,
    '//',
    `//   k6 run ${fileName}`,
    ...required.map((line) => `//     ${line}`),
    `//     -e TARGET_URL=...   another target than ${spec.baseUrl}; allowed: ${['this machine', ...allowHosts].join(', ')}`,
    '//     -e RUN_ID=...   name of the run in X-Load-Test, tag testid and every identity; the same for all parts of',
    '//       a run on several machines, another one for each run',
    `//   k6 cloud run ${fileName}, or a k6-operator TestRun: each pod sends its part (--execution-segment).`,
    '//',
    '// Load only: the mock partners, their faults, the prober and the verdict are in `peakproof run`. No thresholds.',
    '',
  ].join('\n');
}
