import { OUTCOMES, type Outcome } from '../../../k6/contract.ts';
import type { GeneratorFigures } from '../../contract/figures.ts';
import type { Reason, UnhealthyWord } from '../../contract/verdict-words.ts';
import { voidedText } from '../../contract/voided-text.ts';
import {
  CPU_ABOVE_RATIO,
  HARNESS_ABOVE_RATIO,
  PEAK_EACH_SIDE_MS,
  TOTALS_WITHIN_ORDERS,
  TOTALS_WITHIN_RATIO,
  UNHEALTHY_AT_PEAK_MS,
  UNHEALTHY_RATIO,
  UNHEALTHY_SLICES,
} from '../../core/limits.ts';
import { formatDurationMs, percentText } from '../../core/quantities.ts';
import { sumBy, sumOf } from '../../core/statistics.ts';
import { lastWords } from '../../core/text/last-words.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { Rule, StepFacts } from './step-facts.ts';

// Each rule looks at one thing and returns why it breaks the verdict, or null. The order is the order of the reasons.

/** The instrument died or lied: nothing it says counts, not even a failure. */
export const INSTRUMENT_RULES: readonly Rule[] = [
  childDied('k6'),
  childDied('mocks'),
  ({ timeline }) =>
    timeline.how === 'died'
      ? {
          code: 'harness-died',
          message: 'peakproof itself stopped with an error before the run was over',
          next: 'read the error above and the log in the run directory, then run again',
        }
      : null,
  ({ step }) =>
    step.how === 'completed' && step.pushes.length === 0
      ? {
          code: 'observations-missing',
          message: 'the load ran to its end, but no measurement of it arrived',
          next: 'look for remote-write errors in k6’s log in the run directory, then run again',
        }
      : null,
  harnessFaults,
  ownCodeThrew,
  totalsDiffer,
  ordersDiffer,
  turnsUnmatched,
];

/** The target may be fine or not: the load evidence can't say. */
export const GENERATOR_RULES: readonly Rule[] = [
  ({ measured, generator }) => {
    const allowed = Math.max(UNHEALTHY_SLICES, UNHEALTHY_RATIO * measured.length);
    if (generator.unhealthySlices <= allowed) return null;
    return {
      code: 'generator-unhealthy',
      message: `the measuring side was unhealthy in ${generator.unhealthySlices} of ${measured.length} slices; ${Math.floor(allowed)} are allowed: ${voidedText(generator.voided)}`,
      next: generatorAdvice(generator.voided),
    };
  },
  ({ unhealthyAtPeak: { lengthMs, voided } }) =>
    lengthMs > UNHEALTHY_AT_PEAK_MS
      ? {
          code: 'generator-unhealthy-at-peak',
          message: `the measuring side was unhealthy for ${formatDurationMs(lengthMs)} of the ${(2 * PEAK_EACH_SIDE_MS) / 1_000} s around the peak; ${formatDurationMs(UNHEALTHY_AT_PEAK_MS)} are allowed: ${voidedText(voided)}`,
          next: generatorAdvice(voided),
        }
      : null,
];

/** k6's exit codes that are a script's own doing. */
const BY_EXIT_CODE: Readonly<Record<number, string>> = {
  104: 'k6 refuses the options of the script, such as a threshold: mend what it says and run again',
  107: 'the script threw an error where k6 can’t go on: mend what it says and run again',
  108: 'the script ended the test itself (exec.test.abort): take that out or mend its reason, and run again',
};

function childDied(who: 'k6' | 'mocks'): Rule {
  return ({ deaths, step }) => diedReason(who, deaths, step.how);
}

/** Why nothing counts after a child of the harness ended by itself; null if it did not. */
export function diedReason(
  who: 'k6' | 'mocks',
  deaths: RunTimeline['deaths'],
  stepEnded: StepTimeline['how'],
): Reason | null {
  const death = deaths.find((one) => one.who === who);
  if (!death && !(who === 'k6' && stepEnded === 'died')) return null;
  const how = death?.signal ? ` (${death.signal})` : death ? ` (exit code ${death.code})` : '';
  const last = lastWords(death?.lastLines ?? []);
  const end = `ended before its time${how}${last ? `: ${last}` : ''}`;
  return who === 'k6'
    ? {
        code: 'k6-died',
        message: `the load generator ${end}`,
        next:
          BY_EXIT_CODE[death?.code ?? 0] ??
          'read k6’s log in the run directory; if it ran out of memory, lower the rate or use a larger machine',
      }
    : {
        code: 'mocks-died',
        message: `the mock partners ${end}`,
        next: 'read what the mocks said last (child-died in observations.ndjson), then run again',
      };
}

/** Turns that can be judged, and those of them that are the harness's, if these are more than is allowed. */
function harnessShare({ totals }: StepFacts): { turns: number; harness: number } | null {
  const turns = totals.good + totals.bad + totals.harness;
  return totals.harness > HARNESS_ABOVE_RATIO * turns ? { turns, harness: totals.harness } : null;
}

function harnessFaults(facts: StepFacts): Reason | null {
  const share = harnessShare(facts);
  const answered = (share?.harness ?? 0) - facts.totals.harnessThrown;
  if (!share || answered === 0) return null;
  return {
    code: 'harness-faults',
    message: `${answered} of ${share.turns} turns were answered 400, 401, 403 or 404 by a request that had hardly ever succeeded`,
    next: 'try the journey with one order: its paths, headers or captures don’t fit the target',
  };
}

function ownCodeThrew(facts: StepFacts): Reason | null {
  const share = harnessShare(facts);
  const thrown = facts.totals.harnessThrown;
  if (!share || thrown === 0) return null;
  const example = facts.step.failedTurns.find(({ kind }) => kind === 'script-error');
  return {
    code: 'own-code-threw',
    message: `in ${thrown} of ${share.turns} turns own code threw an error, after a request that had hardly ever succeeded${example ? `: ${example.detail}` : ''}`,
    next: 'mend the code, or let it expect that answer; of an order made with the kit `peakproof check` shows what it was answered and what it threw',
  };
}

/** Two independent sums of the same turns: by slot, and by k6's histogram. */
function totalsDiffer({ step }: StepFacts): Reason | null {
  const bySlot = new Map<Outcome, number>();
  for (const { outcome, count } of step.turns) bySlot.set(outcome, (bySlot.get(outcome) ?? 0) + count);
  for (const outcome of OUTCOMES) {
    const slotted = bySlot.get(outcome) ?? 0;
    const total = sumBy(
      step.durations.filter((one) => one.outcome === outcome),
      (one) => one.histogram.count,
    );
    if (Math.abs(slotted - total) <= TOTALS_WITHIN_RATIO * total) continue;
    return {
      code: 'totals-differ',
      message: `${slotted} turns ended ${outcome} by second, but ${total} in all; the sums must agree within ${percentText(TOTALS_WITHIN_RATIO)}${step.unplaced > 0 ? ` (${step.unplaced} samples fit no second)` : ''}`,
      next: 'run again; if it stays, keep the run directory and report it as a fault of peakproof',
    };
  }
  return null;
}

/** Every turn that ended has started, and in a step that ran to its end every turn that started has ended. */
function turnsUnmatched({ step, totals }: StepFacts): Reason | null {
  const { neverStarted } = totals;
  const allowed = TOTALS_WITHIN_RATIO * totals.started;
  const lost = step.how === 'completed' ? totals.endsMissing : 0;
  if (neverStarted <= allowed && lost <= allowed) return null;
  return {
    code: 'totals-differ',
    message:
      neverStarted > allowed
        ? `${neverStarted} turns ended in seconds in which they had not started; ${percentText(TOTALS_WITHIN_RATIO)} of ${totals.started} are allowed`
        : `${lost} of ${totals.started} turns have no end, though k6 waited for the last one; ${percentText(TOTALS_WITHIN_RATIO)} are allowed`,
    next: 'run again; if it stays, keep the run directory and report it as a fault of peakproof',
  };
}

const GENERATOR_ADVICE: Readonly<Record<UnhealthyWord, string>> = {
  'starts-differ': 'k6 did not keep the schedule; free the machine or lower the rate, then run again',
  'starts-trail': 'k6 fell behind its schedule; free the machine or lower the rate, then run again',
  dropped: 'k6 had no free VU left; use a machine with more memory or lower the rate',
  'ends-missing': 'measurements were lost; look for remote-write errors in k6’s log, then run again',
  cpu: `k6 needed more than ${percentText(CPU_ABOVE_RATIO)} of its cores; use a larger machine or lower the rate`,
  waited: 'other processes kept k6 from its cores; end them or use a machine of its own, then run again',
  'mocks-slow': 'the mock partners were overloaded; use a larger machine or lower the rate',
  'latency-off': 'injected delays were not kept; free the machine, then run again',
  'push-gap': 'k6’s measurements came too late; free the machine, then run again',
  'push-lost': 'k6 lost measurements; look for remote-write errors in its log, then run again',
  'clock-step': 'this machine’s clock jumped; wait until it is in step, then run again',
  'local-errors': 'this machine ran out of ports, files or memory; raise the limits (`peakproof doctor`)',
};

/** k6 counts the orders that ran to their end by itself; once a step is complete they are those that were started. */
function ordersDiffer({ step }: StepFacts): Reason | null {
  if (step.how !== 'completed') return null;
  for (const [journey, ended] of Object.entries(step.iterations)) {
    const perSecond = step.ordersStarted.get(journey) ?? new Map<number, number>();
    const started = sumOf([...perSecond.values()]);
    if (Math.abs(started - ended) <= Math.max(TOTALS_WITHIN_RATIO * ended, TOTALS_WITHIN_ORDERS)) continue;
    return {
      code: 'totals-differ',
      message: `${started} orders of ${journey} started by second, but k6 counts ${ended} that ended; the sums must agree within ${percentText(TOTALS_WITHIN_RATIO)} or ${TOTALS_WITHIN_ORDERS}`,
      next: 'run again; if it stays, keep the run directory and report it as a fault of peakproof',
    };
  }
  return null;
}

/** Advice for what voided the most slices. */
const generatorAdvice = ([most]: GeneratorFigures['voided']): string =>
  most ? GENERATOR_ADVICE[most.why] : 'free the machine or lower the rate, then run again';
