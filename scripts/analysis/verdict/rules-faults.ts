import { gradeText, promiseText } from '../../contract/promise-text.ts';
import type { Reason } from '../../contract/verdict-words.ts';
import type { JudgedFault, JudgedInvariant } from '../judgement.ts';
import { adviceFor } from './advice.ts';
import type { Rule, StepFacts } from './step-facts.ts';

// What the plan's faults and the partners' ledgers add to the verdict.

/** FAIL: an enforced promise did not hold. */
export const promiseBroken: Rule = (facts) => {
  const broken = facts.faults.filter(({ enforced, kept }) => enforced && kept === false);
  const [first] = broken;
  if (!first) return null;
  return {
    code: 'promise-broken',
    message: broken.map((fault) => `${fault.label}: ${promiseText(fault)}, ${gradeText(fault)}`).join('; '),
    next: brokenAdvice(facts, first),
  };
};

function brokenAdvice({ plan, incidents, faults, deaths }: StepFacts, fault: JudgedFault): string {
  const { observed } = fault;
  const during = incidents.filter((incident) => incident.faults.includes(fault.id));
  if (observed === 'down' && during.length > 0) {
    const targetEnded = deaths.some((one) => one.who === 'target');
    return adviceFor(plan, during, faults, targetEnded);
  }
  if (observed === 'down') return `see what orders were answered while ${fault.label} was in force`;
  if (observed === 'polite-refusal' || observed === 'queued') {
    return `orders were ${observed === 'queued' ? 'made to wait' : 'refused'} during ${fault.label}; serve them without ${fault.partner}, or promise \`${observed}\``;
  }
  return fault.recoverWithinMs === null
    ? `answers suffered during ${fault.label}; keep ${fault.partner} off the path of an order, or promise \`degraded\``
    : `see what held the target back when ${fault.label} was over: retries, full queues, a breaker that stays open`;
}

/** FAIL: something happened that must not, whatever fails. */
export const invariantBroken: Rule = ({ invariants }) => {
  const broken = invariants.filter((one) => one.broken > 0);
  const [first] = broken;
  if (!first) return null;
  return {
    code: 'invariant-broken',
    message: broken
      .map(({ invariant, partner, broken: count, checked, examples }) => {
        const keys = examples.length === 0 ? '' : ` (such as ${examples.map(shortKey).join(', ')})`;
        return `${invariant} at ${partner}: ${count} of ${checked}${keys}`;
      })
      .join('; '),
    next: INVARIANT_ADVICE[first.invariant] ?? 'follow one of these keys through the target’s log',
  };
};

const LONGEST_KEY = 40;
/** Keys come from the target. */
const shortKey = (key: string): string => (key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key);

const INVARIANT_ADVICE: Readonly<Record<JudgedInvariant['invariant'], string>> = {
  'order-twice': 'send every try of an order with the same key, also after a timeout, and rerun',
  oversold: 'take the item out of stock before the order is confirmed, in one step, and rerun',
  'voucher-twice': 'mark a voucher as used and confirm its order in one step, and rerun',
  'voucher-over-limit': 'count a user’s vouchers where they are redeemed, in one step, and rerun',
  'budget-overspent': 'take a prize from the budget before it is promised, in one step, and rerun',
  'charged-without-order':
    'give the money back when no café takes the order, also after a timeout, and rerun',
};

/** INCONCLUSIVE: a fault that did nothing proves nothing. */
export const faultDidNotFire: Rule = ({ faults }) => {
  const idle = faults.filter((fault) => !fault.fired);
  if (idle.length === 0) return null;
  return {
    code: 'fault-did-not-fire',
    message: idle.map((fault) => `${fault.label}: ${timesMet(fault)}`).join('; '),
    next: 'see that the target calls that partner at the address it was given, and that the fault lies inside the step',
  };
};

function timesMet({ occurrences: { planned, fired }, firedAt }: JudgedFault): string {
  if (firedAt === null) return 'never came into force';
  return planned === 1 ? 'met no request' : `met requests in ${fired} of ${planned} times`;
}

/** INCONCLUSIVE: the target was tried with more than the plan says. */
export const faultNotPlanned: Rule = ({ notPlanned }) =>
  notPlanned.length === 0
    ? null
    : {
        code: 'fault-not-planned',
        message: `in force, but not in the plan: ${notPlanned.join(', ')}`,
        next: 'write this fault into the plan, or inject none while a step runs, and run again',
      };

/** INCONCLUSIVE: an enforced promise that nothing proves. */
export const promiseNotProven: Rule = ({ faults }) => {
  const open = faults.filter((fault) => fault.enforced && fault.kept === null && isPromise(fault));
  return open.length === 0
    ? null
    : {
        code: 'promise-not-proven',
        message: open.map((fault) => `${fault.label}: ${promiseText(fault)}, ${openText(fault)}`).join('; '),
        next: NOT_PROVEN_ADVICE,
      };
};

const NOT_PROVEN_ADVICE: Reason['next'] =
  'leave time without faults after this one, longer than it may take to recover, and see why slices are UNKNOWN';

const openText = (fault: JudgedFault): string => (fault.fired ? gradeText(fault) : timesMet(fault));

const isPromise = ({ expected, recoverWithinMs }: JudgedFault): boolean =>
  expected !== null || recoverWithinMs !== null;
