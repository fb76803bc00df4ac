import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const RATE_PER_SEC = 1_000;
const WARM_SEC = 2;
const MEASURED_SEC = 6;
/** Of about 50 that are in flight at a time. */
const VUS = 300;

/** Answer time minus the delay that was asked for, ms. */
export interface DelayError {
  p50Ms: number;
  p99Ms: number;
}

/** What k6 sees at a constant 1,000 requests/s, whether earlier ones have been answered or not. */
export async function delayError(
  k6Path: string,
  folder: string,
  url: string,
  delayMs: number,
): Promise<DelayError> {
  const script = join(folder, 'delay.js');
  const summary = join(folder, 'delay.json');
  await writeFile(script, k6Script(url, summary));
  await run(k6Path, ['run', '--quiet', '--no-usage-report', script]);
  const { sent, failed, p50, p99 } = JSON.parse(await readFile(summary, 'utf8'));
  if (failed > 0 || sent < 0.95 * RATE_PER_SEC * MEASURED_SEC) {
    throw new Error(`only ${sent} requests were sent to ${url}, ${failed} in vain`);
  }
  return { p50Ms: p50 - delayMs, p99Ms: p99 - delayMs };
}

const k6Script = (url: string, summary: string): string => `
import http from 'k6/http';
const rate = { executor: 'constant-arrival-rate', rate: ${RATE_PER_SEC}, timeUnit: '1s', preAllocatedVUs: ${VUS} };
export const options = {
  summaryTrendStats: ['med', 'p(99)', 'count'],
  scenarios: {
    warm: { ...rate, duration: '${WARM_SEC}s', gracefulStop: '1s' },
    measured: { ...rate, duration: '${MEASURED_SEC}s', startTime: '${WARM_SEC + 1}s' },
  },
  thresholds: {
    'http_req_duration{scenario:measured}': ['max>0'],
    'http_req_failed{scenario:measured}': ['rate<=1'],
  },
};
export default function () { http.get('${url}'); }
export function handleSummary({ metrics }) {
  const { values } = metrics['http_req_duration{scenario:measured}'];
  const failed = metrics['http_req_failed{scenario:measured}'].values.passes;
  const figures = { sent: values.count, failed, p50: values.med, p99: values['p(99)'] };
  return { '${summary}': JSON.stringify(figures) };
}
`;
