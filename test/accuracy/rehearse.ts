import type { RunReport } from '../../scripts/contract/run-report.ts';
import { CliRun, until } from '../support/rehearsals/cli-run.ts';
import { type TargetManners, TestTarget } from '../support/targets/test-target.ts';
import {
  checkTruth,
  type Expected,
  type Outage,
  type Truth,
  truthOf,
  UnsoundTruth,
} from '../support/targets/truth.ts';
import { type AccuracyCase, LEAD_SEC, lengthSec, WARM_UP_SEC } from './cases.ts';

/** Steps of an order with so many requests; the last one places it. */
const STEPS = {
  menu: `{ get: /menu, headers: { Idempotency-Key: '{{orderKey}}' } }`,
  cart: `{ post: /cart, headers: { Idempotency-Key: '{{orderKey}}' } }`,
  orders: `{ post: /orders, headers: { Idempotency-Key: '{{orderKey}}' }, confirmed: { has: order.id } }`,
};
const JOURNEYS = {
  1: [STEPS.orders],
  2: [STEPS.cart, STEPS.orders],
  3: [STEPS.menu, STEPS.cart, STEPS.orders],
} as const;

/** The budget is all but a second, so that no FAIL hides an INVALID: what is looked at are the figures. */
const planOf = (one: AccuracyCase, url: string): string => `
version: 1
name: accuracy
forecast: { curve: [{ at: 0s, rate: ${one.ratePerSec}/s }, { at: ${lengthSec(one)}s, rate: ${one.ratePerSec}/s }] }
slo:
  allowedDowntime: 1s
  downtimeBudget: ${lengthSec(one) - 1}s
  slowAfter: ${one.slowAfterMs}ms
  timeSlice: ${one.sliceSec}s
rehearsal: { replay: whole, multiples: [1], arrivals: even, warmUp: ${WARM_UP_SEC}s, settle: 0s }
target: { baseUrl: '${url}' }
client: { timeout: ${one.timeoutMs}ms, patience: ${one.patienceMs}ms, retries: { max: ${one.retries ? 3 : 0} } }
journeys:
  order:
    steps:
${JOURNEYS[one.requests].map((step) => `      - ${step}`).join('\n')}
`;

export interface Rehearsed {
  report: RunReport;
  truth: Truth | null;
  /** Why there is no truth: the log contradicts the plan, mostly because the load was starved. */
  unsound: string | null;
  outages: readonly Outage[];
}

/** Runs the load, causes the trouble, and works out what was true. */
export async function rehearse(one: AccuracyCase): Promise<Rehearsed> {
  const target = await TestTarget.start();
  const run = new CliRun('run', planOf(one, target.url));
  try {
    const { startedAt } = await run.observed('load-started');
    const anchorAt = Math.ceil((startedAt + WARM_UP_SEC * 1_000) / 1_000) * 1_000;
    const outages: Outage[] = [];
    for (const { atSec, forSec } of one.outages) {
      const fromAt = anchorAt + (LEAD_SEC + atSec) * 1_000 + one.phaseMs;
      outages.push(await cause(one, target, { fromAt, toAt: fromAt + forSec * 1_000 }));
    }
    const { stderr } = await run.result;
    await target.stop();
    const report = run.report();
    if (report.steps.length === 0) throw new Error(`nothing was judged: ${stderr}`);
    return { report, outages, ...judgedByLog(one, target, outages) };
  } finally {
    if (run.process.exitCode === null) run.process.kill('SIGINT');
    await run.result;
    await target.stop();
    run.remove();
  }
}

function judgedByLog(
  one: AccuracyCase,
  target: TestTarget,
  outages: readonly Outage[],
): Pick<Rehearsed, 'truth' | 'unsound'> {
  const schedule = { ratePerSec: one.ratePerSec, warmUpSec: WARM_UP_SEC, lengthSec: lengthSec(one) };
  try {
    const truth = truthOf(schedule, one.slowAfterMs, target.entries(), outages);
    checkTruth(truth, expectedOf(one, outages));
    return { truth, unsound: null };
  } catch (error) {
    if (error instanceof UnsoundTruth) return { truth: null, unsound: error.message };
    throw error;
  }
}

/** Causes the trouble in [fromAt, toAt) and says when it really was. */
async function cause(
  { kind, slowAfterMs, requests }: AccuracyCase,
  target: TestTarget,
  { fromAt, toAt }: Outage,
): Promise<Outage> {
  const told = async (
    first: 'refuse' | TargetManners,
    second: 'accept' | TargetManners = { answer: 'right' },
  ): Promise<Outage> => {
    await until(fromAt);
    target.tell(first);
    await until(toAt);
    target.tell(second);
    await until(toAt + 500);
    const [began, ended] = target.toldAt().slice(-2);
    if (began === undefined || ended === undefined) throw new Error('the target did not do what it was told');
    return { fromAt: began, toAt: ended };
  };
  const done = async (first: () => unknown, second: () => unknown): Promise<Outage> => {
    await until(fromAt);
    const began = Date.now();
    await first();
    await until(toAt);
    await second();
    return { fromAt: began, toAt: Date.now() };
  };
  switch (kind) {
    case 'none':
      throw new TypeError('a case without trouble has no outages');
    case 'refused':
      return told('refuse', 'accept');
    case 'killed':
      return done(
        () => target.crash(),
        () => target.restart(),
      );
    case 'freeze':
      return done(
        () => target.freeze(),
        () => target.thaw(),
      );
    case '60 % errors':
      return told({ answer: 'errors' });
    case 'slow':
      return told({ answer: 'slow', afterMs: slowEachMs(slowAfterMs, requests) });
    default:
      return told({ answer: kind });
  }
}

/** Each request is in time by itself if there are several; all of them together are 300 ms late. */
function slowEachMs(slowAfterMs: number, requests: number): number {
  return Math.ceil((slowAfterMs + 300) / requests);
}

/** A turn that starts this close to an edge may be on either side of it, ms. */
const EDGE_MS = 150;
/** Connections that found the queue of a frozen process full are tried again by the system after 1 s, then 3 s. */
const DRAIN_MS = 3_500;

/** What the times of the trouble alone say of a turn. */
function expectedOf(one: AccuracyCase, outages: readonly Outage[]): Expected {
  const { kind, slowAfterMs, requests, retries } = one;
  // The last turns of a trouble may still be served in time: after a thaw, by another try, or by the requests left.
  const restMs = slowEachMs(slowAfterMs, requests) * (requests - 1);
  const servedMs = retries || kind === 'freeze' ? slowAfterMs : kind === 'slow' ? restMs : 0;
  return {
    surely: outages.map(({ fromAt, toAt }) => ({
      fromAt: fromAt + EDGE_MS,
      toAt: kind === '60 % errors' ? fromAt : toAt - servedMs - EDGE_MS,
    })),
    perhaps: outages.map(({ fromAt, toAt }) => ({
      fromAt: fromAt - EDGE_MS,
      toAt: toAt + (kind === 'freeze' ? DRAIN_MS : EDGE_MS),
    })),
  };
}
