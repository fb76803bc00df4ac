import { formatDurationMs } from '../../core/quantities.ts';
import type { Fault } from '../../plan/fault.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { FALSE_SOLD_OUT } from '../incidents/exchanges.ts';
import { TOLD_TO_WAIT } from '../incidents/incidents.ts';
import type { IncidentKind, JudgedFault, JudgedIncident } from '../judgement.ts';

type FaultKind = Fault['kind'];

/** Kinds that mean that the order was taken but not answered in time. */
const WAITED: ReadonlySet<IncidentKind> = new Set(['timeout', 'slow', 'never-ended', 'turned-away']);
/** The order waited as it was told to, and patience ran out. */
const GAVE_UP: IncidentKind = 'gave-up';
const CONNECTION: ReadonlySet<IncidentKind> = new Set(['refused', 'reset', 'network']);
export const TARGET_ENDED =
  'find out why the target ended (target.log in the run directory has its last lines), then run again';
const SHED: ReadonlySet<IncidentKind> = new Set(['503', '429', TOLD_TO_WAIT]);

/** Faults that leave nothing to order: what a shop should answer then. */
const NOTHING_THERE: Readonly<Partial<Record<FaultKind, { what: string; state: string; answer: string }>>> = {
  'stock-out': { what: 'the stock', state: 'out of stock', answer: 'sold out' },
  closure: { what: 'the opening', state: 'closed', answer: 'closed' },
};
/** Faults whose answers look whole until they are read. */
const MISREAD: ReadonlySet<FaultKind> = new Set(['truncate', 'malformed', 'wrong-answer']);
/** What a partner did in a fault; any other one "failed". */
const FAILED: Readonly<Partial<Record<FaultKind, string>>> = {
  latency: 'was slow',
  'slow-body': 'was slow',
  hang: 'did not answer',
  reset: 'broke connections',
  'rate-limit': 'limited the rate',
  capacity: 'was at its capacity',
  truncate: 'cut its answers short',
  malformed: 'sent broken answers',
  'wrong-answer': 'gave wrong answers',
};

/** What to do about the heaviest incident; the advice names what its evidence names. */
export function adviceFor(
  plan: LaunchPlan,
  incidents: readonly JudgedIncident[],
  faults: readonly JudgedFault[],
  targetEnded: boolean,
): string {
  const worst = [...incidents].sort((a, b) => b.chargedMs - a.chargedMs)[0];
  const kind = worst?.kinds[0]?.kind;
  if (!worst || kind === undefined)
    return 'look at the DOWN slices in the report and at the target’s log then';
  // Only what was in force when it began can be its cause.
  const fault =
    worst.timeToDetectMs === null ? undefined : faults.find((one) => worst.faults.includes(one.id));
  if (targetEnded && CONNECTION.has(kind)) return TARGET_ENDED;
  // Only a stock-out or a closure makes a café say "sold out".
  const explains = fault && (kind !== FALSE_SOLD_OUT || NOTHING_THERE[fault.kind]);
  return explains ? duringFault(kind, fault) : withoutFault(plan, kind, worst);
}

function duringFault(kind: IncidentKind, fault: JudgedFault): string {
  const nothingThere = NOTHING_THERE[fault.kind];
  if (nothingThere) {
    return kind === FALSE_SOLD_OUT
      ? `"sold out" was said of items that were not; check how the shop reads ${nothingThere.what} of ${fault.partner}`
      : `orders failed (${kind}) while ${fault.partner} was ${nothingThere.state}; answer "${nothingThere.answer}" plainly and rerun`;
  }
  const failed = `${fault.partner} ${FAILED[fault.kind] ?? 'failed'}`;
  if (WAITED.has(kind)) {
    return `the orders waited for ${fault.partner}; give that call a timeout and rerun`;
  }
  if (kind === GAVE_UP) {
    return `shoppers were told to wait while ${failed}, longer than they do; go on without it`;
  }
  if (SHED.has(kind)) {
    return `orders were turned away (${kind}) while ${failed}; queue them with a ticket or go on without it`;
  }
  if (MISREAD.has(fault.kind)) {
    return `orders failed (${kind}) while ${failed}; check its answer before using it, answer without it and rerun`;
  }
  return `orders failed (${kind}) while ${failed}; catch that call's failure, answer without it and rerun`;
}

function withoutFault(plan: LaunchPlan, kind: IncidentKind, worst: JudgedIncident): string {
  const rate = worst.ratePerSec === null ? 'this rate' : `${Number(worst.ratePerSec.toFixed(1))} orders/s`;
  const then = `${new Date(worst.startedAt).toISOString().slice(11, 19)} UTC`;
  if (WAITED.has(kind)) {
    return `answers took over ${formatDurationMs(plan.slo.slowAfterMs)} at ${rate} with no fault in force; find what filled up at ${then} (workers, pool, database)`;
  }
  if (CONNECTION.has(kind)) {
    return `connections failed (${kind}) at ${rate}; see whether the target restarted at ${then} or its backlog was full`;
  }
  if (kind === GAVE_UP) {
    return `shoppers were told to wait at ${rate}, longer than they do (client.patience); raise the target's limit or its capacity`;
  }
  if (SHED.has(kind)) {
    return `the target turned orders away (${kind}) at ${rate}; raise its limit or queue them with a ticket`;
  }
  if (kind === FALSE_SOLD_OUT)
    return '"sold out" was said of items that were in stock; check the shop’s stock count';
  if (kind === 'wrong-answer') {
    return `answers at ${then} looked right but were not; compare them with "confirmed" in the plan`;
  }
  return `orders failed (${kind}) at ${rate}; read the target's error log at ${then}`;
}
