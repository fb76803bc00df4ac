import type { Reason } from '../../contract/verdict-words.ts';
import {
  DISAGREEMENT_RATIO,
  ENOUGH_TURNS,
  EVIDENCE_RATIO,
  FEWEST_SLICES,
  SHORTEST_MEASURED_MS,
  WITNESSED_RATIO,
} from '../../core/limits.ts';
import { formatDurationMs, percentText } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import { lastWords } from '../../core/text/last-words.ts';
import type { Share } from '../time/chance.ts';
import { lengthOf } from '../time/grid.ts';
import { adviceFor, TARGET_ENDED } from './advice.ts';
import {
  faultDidNotFire,
  faultNotPlanned,
  invariantBroken,
  promiseBroken,
  promiseNotProven,
} from './rules-faults.ts';
import { downAtTheEnd, limitCollapsed } from './rules-overload.ts';
import type { Rule } from './step-facts.ts';

/** Time of day for people, UTC. */
const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** The service failed, by evidence that counts. */
export const SERVICE_RULES: readonly Rule[] = [
  ({ plan, downtime, budgetMs, measuredMs, incidents, faults, deaths, step }) => {
    if (downtime.chargedMs <= budgetMs) return null;
    const [down, length] = [formatDurationMs(downtime.chargedMs), formatDurationMs(measuredMs)];
    const allowed = formatDurationMs(plan.slo.allowedDowntimeMs);
    const window = formatDurationMs(plan.forecast.windowMs);
    const left = formatDurationMs(budgetMs);
    return {
      code: 'downtime-over-budget',
      message:
        plan.slo.downtimeBudgetMs === null
          ? `${down} down in ${length}; ${allowed} in ${window} leave ${left} for these ${length}; declare \`downtimeBudget\` if this step may spend more`
          : `${down} down in ${length} at ${step.multiple}x; ${left} allowed`,
      next: adviceFor(
        plan,
        incidents,
        faults,
        deaths.some((one) => one.who === 'target'),
      ),
    };
  },
  promiseBroken,
  invariantBroken,
];

export const CUT_SHORT: Reason = {
  code: 'cut-short',
  message: 'the observations end before the run does',
  next: 'run it again to its end; this run shows what was seen until then',
};

/** Nothing proves that the service failed, but something is missing for a pass. */
export const EVIDENCE_RULES: readonly Rule[] = [
  ({ deaths, measured, step, timeline }) => {
    const death = deaths.find((one) => one.who === 'target');
    if (!death && !(timeline.how === 'target-died' && step.how !== 'completed')) return null;
    const missing = measured.filter((slice) => slice.state === 'UNKNOWN');
    const missingMs = sumBy(missing, lengthOf);
    const how = death?.signal ?? (death ? `exit code ${death.code}` : 'unknown');
    const last = lastWords(death?.lastLines ?? []);
    return {
      code: 'target-died',
      message: `the target ended by itself (${how})${last ? `: ${last}` : ''}; ${formatDurationMs(missingMs)} of the step have no evidence`,
      next: TARGET_ENDED,
    };
  },
  ({ timeline, step }) =>
    timeline.how === 'interrupted' && step.how !== 'completed'
      ? {
          code: 'interrupted',
          message: 'the run was stopped before its end',
          next: 'run it again to its end',
        }
      : null,
  ({ timeline, step, deaths }) =>
    step.how !== 'completed' && step.how !== 'died' && deaths.length === 0 && !namedEnd(timeline.how)
      ? CUT_SHORT
      : null,
  ({ deaths, prober }) =>
    deaths.some((one) => one.who === 'prober') || prober.probes === 0
      ? {
          code: 'prober-dead',
          message:
            prober.probes === 0
              ? 'no canary order was sent, so nothing witnesses what the load saw'
              : 'the prober ended before its time, so nothing witnesses the rest',
          next: 'read what the prober said last (child-died in observations.ndjson), then run again',
        }
      : null,
  ({ totals }) =>
    totals.good + totals.bad === 0
      ? {
          code: 'nothing-measured',
          message: 'not a single turn came to an end that could be judged',
          next: 'check that the target is reachable and that the plan starts orders, then run again',
        }
      : null,
  ({ slices }) => {
    const down = slices.filter((slice) => slice.phase === 'warm-up' && slice.state === 'DOWN');
    if (down.length === 0) return null;
    const downMs = sumBy(down, lengthOf);
    return {
      code: 'down-in-warm-up',
      message: `down for ${formatDurationMs(downMs)} in the warm-up, at ${clock(down[0]?.fromAt ?? Number.NaN)} UTC; it is not charged but keeps the step from passing`,
      next: 'the target must stand the ramp too: warm it up before, or find what broke then',
    };
  },
  downAtTheEnd,
  limitCollapsed,
  faultDidNotFire,
  faultNotPlanned,
  promiseNotProven,
  ({ journeysWithoutSale: unsold }) =>
    unsold.length === 0
      ? null
      : {
          code: 'nothing-sold',
          message: `not one order of ${unsold.join(', ')} was confirmed in the whole step`,
          next: 'see how its orders ended, and what stock and closures the plan has from the start',
        },
  ({ minutesWithoutSale, journeysWithoutSale: unsold, step }) =>
    minutesWithoutSale.length === 0 || unsold.length === step.schedules.length
      ? null
      : {
          code: 'nothing-sold',
          message: `no order was confirmed in the minute from ${clock(minutesWithoutSale[0] ?? Number.NaN)} UTC${minutesWithoutSale.length > 1 ? ` and ${minutesWithoutSale.length - 1} more` : ''}, though orders were planned and nothing was out of stock or closed`,
          next: 'look at what the shop answered in that minute, and at "confirmed" in the plan',
        },
  ({ notServed, plan }) =>
    notServed === null
      ? null
      : {
          code: 'orders-not-served',
          message: `${notServed.notServed} of ${notServed.orders} orders${notServed.journey === null ? '' : ` of ${notServed.journey}`} were neither confirmed nor truly refused outside of what is charged; \`downAbove\` allows ${percentText(plan.slo.downAboveRatio)}`,
          next: 'see "ended at" in the report: they fail too thinly to make a slice DOWN, but too often for a launch',
        },
  ({ measuredMs, measured }) =>
    measuredMs < SHORTEST_MEASURED_MS || measured.length < FEWEST_SLICES
      ? {
          code: 'too-short',
          message: `${formatDurationMs(measuredMs)} in ${measured.length} slices; a pass needs ${SHORTEST_MEASURED_MS / 1_000} s and ${FEWEST_SLICES} slices`,
          next: 'make `rehearsal.replay` longer',
        }
      : null,
  ({ measured, plan }) => {
    // What may belong to an outage is evidence: `possible` counts it.
    const blind = measured.filter(
      ({ state, healthy, load }) => state === 'UNKNOWN' && !(healthy && load === 'POSSIBLE'),
    );
    const ratio = measured.length === 0 ? 0 : 1 - blind.length / measured.length;
    if (ratio >= EVIDENCE_RATIO) return null;
    const thin = blind.filter(
      (slice) => slice.load === 'NONE' && slice.healthy && slice.planned < ENOUGH_TURNS,
    );
    return thin.length > blind.length / 2
      ? {
          code: 'too-little-load',
          message: `only ${percentText(ratio)} of the slices have evidence; most others had under ${ENOUGH_TURNS} orders and no working prober`,
          next: 'lengthen `slo.timeSlice`, or see why the prober did not run',
        }
      : {
          code: 'too-little-evidence',
          message: `only ${percentText(ratio)} of the slices have evidence; a pass needs ${percentText(EVIDENCE_RATIO)}`,
          next: `see the UNKNOWN slices in the report${plan.probe.everyMs === null ? '' : '; probe more often (`probe.every`)'}, then run again`,
        };
  },
  ({ prober }) =>
    prober.probes > 0 && (prober.witnessedRatio ?? 0) < WITNESSED_RATIO
      ? {
          code: 'too-little-witnessed',
          message: `the prober watched ${percentText(prober.witnessedRatio ?? 0)} of the slices; a pass needs ${percentText(WITNESSED_RATIO)}`,
          next: 'free this machine so that the prober can keep its schedule, then run again',
        }
      : null,
  ({ measured, apart }) => {
    const split = measured.filter((slice) => slice.disagreement).length;
    const next =
      'canaries come over fresh connections and with identities of their own: compare these with kept-alive ones, and look for rules that let some shoppers through';
    if (split > DISAGREEMENT_RATIO * measured.length) {
      const message = `orders and canaries contradict each other in ${split} of ${measured.length} slices`;
      return { code: 'prober-disagrees', message, next };
    }
    if (apart === null) return null;
    const message = `${failedText(apart.orders)} orders of ${apart.journey} failed outside of what is charged, but ${failedText(apart.canaries)} canaries`;
    return { code: 'prober-disagrees', message, next };
  },
  ({ downtime, budgetMs }) =>
    downtime.possibleMs > budgetMs && downtime.chargedMs <= budgetMs
      ? {
          code: 'possibly-over-budget',
          message: `down for ${formatDurationMs(downtime.chargedMs)} and perhaps for ${formatDurationMs(downtime.possibleMs)}; ${formatDurationMs(budgetMs)} are allowed`,
          next: 'make the UNKNOWN slices known (see the reasons in the report), then run again',
        }
      : null,
];

const failedText = ({ bad, valid }: Share): string => `${Math.round(bad)} of ${valid}`;

const namedEnd = (how: string | null): boolean =>
  how === 'interrupted' || how === 'target-died' || how === 'died';
