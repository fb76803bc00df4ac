import { z } from 'zod';
import { EXIT } from '../core/exit-codes.ts';
import { count, list, ms, ratio, time } from './fields.ts';
import {
  downtimeSchema,
  faultSchema,
  funnelSchema,
  generatorSchema,
  incidentSchema,
  invariantSchema,
  latencySchema,
  limitSchema,
  orderSchema,
  partSchema,
  proberSchema,
  ticketWaitsSchema,
  trafficSchema,
  worthSchema,
} from './figures.ts';
import { partnerSchema } from './partners.ts';
import { seriesSchema } from './series.ts';
import { reasonSchema, statusSchema } from './verdict-words.ts';

// report.json: the contract that everything after the verdict reads. Types, JSON Schema and docs/report.md come from here.

export const REPORT_VERSION = 2;

const stepSchema = z.object({
  index: count.describe('from 0, as the plan announces its steps'),
  multiple: z.number().describe('of the forecast that was rehearsed'),
  status: statusSchema.describe('verdict of the step'),
  reasons: list(reasonSchema).describe('heaviest first; none for a PASS'),
  startedAt: time.nullable().describe('of the warm-up; null: the load never started'),
  t0: time.nullable().describe('start of the replayed part'),
  endedAt: time.nullable().describe('null: its end was not observed'),
  peakOrdersPerSec: z
    .number()
    .nullable()
    .describe('highest planned rate of the replayed part; null: the step was not planned'),
  measuredMs: ms.describe('replayed part and settle'),
  budgetMs: ms.describe('downtime allowed in it'),
  downtime: downtimeSchema.nullable().describe('null, as the next five: the load of the step never started'),
  generator: generatorSchema.nullable(),
  slices: z
    .object({
      lengthMs: ms,
      journeysMs: z.record(z.string(), ms).describe('length of a journey’s own slices'),
      journeyStepsMs: z.record(z.string(), ms).describe('with think time, of those of its steps'),
      longerMs: list(ms).describe('lengths in which those were judged that held too few turns'),
      measured: count,
      down: count,
      unknown: count,
    })
    .nullable()
    .describe('how many slices outside the warm-up there were, and of which state; and their lengths'),
  series: seriesSchema.nullable(),
  orders: orderSchema.nullable(),
  prober: proberSchema.nullable(),
  traffic: trafficSchema.nullable().describe('null also if k6 told of no request'),
  funnels: list(funnelSchema).describe('one for each journey'),
  parts: list(partSchema).describe('empty where nothing is timed for itself'),
  thresholds: list(z.object({ metric: z.string(), threshold: z.string(), passed: z.boolean() })).describe(
    'of a k6 script, by k6’s own count; they decide nothing',
  ),
  limit: limitSchema.nullable().describe('null: the plan has no `target.limit`'),
  metastable: z
    .boolean()
    .nullable()
    .describe(
      'still down at the end with every fault over, though no more orders came than had been served before; null: no load',
    ),
  worth: worthSchema.nullable().describe('only with a PASS'),
  incidents: list(incidentSchema).describe('times in which the target was down, oldest first'),
  faults: list(faultSchema).describe('in the order of the plan'),
  invariants: list(invariantSchema).describe('each one that a partner looked at'),
  latency: latencySchema.nullable(),
  ticketWaits: ticketWaitsSchema.nullable().describe('null: nobody was served by ticket'),
  partners: list(partnerSchema).describe('in the order of the plan'),
});
export type StepReport = z.output<typeof stepSchema>;

const changeSchema = z.object({
  key: z.enum(['slo.downAbove', 'slo.downtimeBudget']).describe('as in a launch plan'),
  from: z.number().nullable().describe('a ratio, or ms; null: not declared, pro rata to `allowedDowntime`'),
  to: z.number().describe('what it was judged by instead'),
});
export type Change = z.output<typeof changeSchema>;

const verdictSchema = z.object({
  status: statusSchema,
  exitCode: z
    .union([z.literal(EXIT.ok), z.literal(EXIT.fail), z.literal(EXIT.noVerdict)])
    .describe('with which `peakproof run` ended: 0 PASS, 1 FAIL, 3 no verdict'),
  decidedBy: count.nullable().describe('index of the step that decided'),
  holdsAt: z.number().nullable().describe('highest multiple that PASSed with no other verdict below it'),
  failsAt: z.number().nullable().describe('lowest multiple that FAILed'),
  lenient: list(z.object({ what: z.string(), text: z.string() })).describe(
    'what differs to the lax side from the defaults, beside any verdict; docs/reasons.md',
  ),
  reasons: list(reasonSchema).describe('of the step that decided, then those of the others up to `mustHold`'),
});
export type Verdict = z.output<typeof verdictSchema>;

export const reportSchema = z.object({
  schemaVersion: z.literal(REPORT_VERSION),
  name: z.string().describe('of the launch plan'),
  runId: z.string().describe('also the tag `testid` of its metrics'),
  startedAt: time.describe('of the run'),
  endedAt: time.nullable().describe('null: the end of the run was not observed'),
  plan: z.unknown().describe('the resolved plan as it was run, secrets removed'),
  changed: list(changeSchema).describe('judged by other values than the plan’s (`peakproof analyze`)'),
  versions: z
    .object({ peakproof: z.string(), k6: z.string().nullable() })
    .describe('that made the run; k6 null: it was never started'),
  verdict: verdictSchema.describe('of the run: by its steps up to `mustHold`'),
  slo: z
    .object({
      allowedDowntimeMs: ms.describe('in the window'),
      windowMs: ms.describe('length of the launch'),
      slowAfterMs: ms.describe('an answer after that is late'),
      downAboveRatio: ratio.describe('a slice with a larger share of bad turns is DOWN'),
    })
    .describe('what was promised, as it was judged'),
  scale: z.number().describe('of rates, stock and capacities beside production; 1: as they are'),
  steps: list(stepSchema).describe('every step that was announced, run or not'),
});

/** A report in code: times are epoch ms, durations exact. */
export type RunReport = z.output<typeof reportSchema>;
/** As it stands in report.json: times are ISO text, durations whole ms. */
export type RunReportFile = z.input<typeof reportSchema>;

export const reportFile = (report: RunReport): RunReportFile => z.encode(reportSchema, report);
