import { z } from 'zod';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { EXPECTATIONS } from '../core/expectation.ts';
import { DOWN_ABOVE_AT_MOST_RATIO } from '../core/limits.ts';
import { faultOf, specOf } from '../plan/fault.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** A plan in the words of plan.json and report.json: its faults speak as launch.yaml does. */
export type PlanWords = Omit<LaunchPlan, 'faults'> & { faults: readonly ReturnType<typeof specOf>[] };

export const planWords = (plan: LaunchPlan): PlanWords => ({ ...plan, faults: plan.faults.map(specOf) });

const planOf = (words: PlanWords): LaunchPlan => ({ ...words, faults: words.faults.map(faultOf) });

const positiveMs = z.number().positive();
const notNegativeMs = z.number().nonnegative();

/** What the analysis reads of a resolved plan; the rest only stands in the report. */
const judgedPlanSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  forecast: z.object({ windowMs: positiveMs }),
  slo: z.object({
    allowedDowntimeMs: notNegativeMs,
    downtimeBudgetMs: notNegativeMs.nullable(),
    slowAfterMs: positiveMs,
    downAboveRatio: z.number().min(0).max(DOWN_ABOVE_AT_MOST_RATIO),
  }),
  rehearsal: z.object({
    replay: z.union([
      z.object({ kind: z.literal('whole') }),
      z.object({ kind: z.enum(['around-peak', 'from']), lengthMs: positiveMs }),
    ]),
    multiples: z.array(z.number().positive()).min(1).max(20),
    mustHold: z.number().positive(),
    scale: z.number().positive(),
    warmUpMs: notNegativeMs,
    settleMs: notNegativeMs,
    seed: z.number(),
  }),
  target: z.object({ baseUrl: z.string(), limitPerSec: z.number().positive().nullable() }),
  journeys: z.array(z.object({ name: z.string() })),
  client: z.object({ timeoutMs: positiveMs, patienceMs: positiveMs }),
  probe: z.object({ everyMs: positiveMs.nullable() }),
  partners: z.array(z.object({ name: z.string(), kind: z.string() })),
  faults: z.array(
    z.object({
      id: z.string(),
      partner: z.string(),
      kind: z.string(),
      at: notNegativeMs,
      for: positiveMs,
      repeat: z.object({ every: positiveMs, for: positiveMs }).nullable(),
      expect: z.enum(EXPECTATIONS).nullable(),
      recoverWithin: notNegativeMs.nullable(),
      enforce: z.boolean(),
    }),
  ),
});

/** @throws {PeakproofError} `saved-plan-unreadable` for what no run could have been judged by. */
export function parseSavedPlan(value: unknown, path: string): LaunchPlan {
  const { success, error } = judgedPlanSchema.safeParse(value);
  // As it was read, with the keys that are not judged.
  if (success) return planOf(value as PlanWords);
  const [issue] = error.issues;
  throw new PeakproofError({
    code: 'saved-plan-unreadable',
    message: `${path} is no resolved plan: ${issue?.path.join('.') || 'its content'}: ${issue?.message}`,
    hint: 'restore the file as the run wrote it; if there is no copy of it, run again',
    exitCode: EXIT.environment,
  });
}
