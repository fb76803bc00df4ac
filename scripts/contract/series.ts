import { z } from 'zod';
import { columnFields, columnSchema, namedColumns } from './columns.ts';
import { count, list, ms, time } from './fields.ts';
import { partnerSeriesSchema } from './partners.ts';
import { voidingSchema } from './verdict-words.ts';

// The figures of a step over time. Whatever is shown over time is read from here and nowhere else, so all views agree. A
// turn stands in the slice in which it was meant to start, unless the name of a column says that it counts what ended.

/** Of what all orders, or those of one journey, came to: counts, whose sum over the slices and `outside` is the step's. */
export const COUNT_COLUMNS = {
  planned: 'orders that the plan starts',
  started: 'orders that started',
  dropped: 'orders that did not start, as k6 or the target had no room for them',
  turns: 'turns that started',
  good: 'turns that ended good',
  bad: 'turns that ended bad, and orders that the target kept from starting',
  firstBad: 'the same by the first try of each turn',
  confirmed: 'orders placed in time',
  late: 'orders placed after slowAfter, which is bad',
  soldOut: 'turns truly told "sold out"',
  closed: 'turns truly told "closed"',
  byTicket: 'turns served by queue ticket',
  byRetryAfter: 'turns served after Retry-After',
  endedAnswered: 'turns that ended in the slice with an answer: those of the percentiles',
  endedGood: 'those of them that were good without waiting',
  endedRequests: 'requests to the target that ended in the slice',
  endedRepeats: 'those of them that were no first tries',
  canariesGood: 'canaries scheduled in the slice that were served',
  canariesBad: 'canaries scheduled in the slice that were not served',
} as const;
export type CountColumn = keyof typeof COUNT_COLUMNS;

/** From intended start to end; null where no such turn ended. The buckets are 9 % wide, so two digits are said. */
const PERCENTILE_COLUMNS = {
  endedAnsweredP50Ms: 'median of the turns that ended in the slice with an answer',
  endedAnsweredP95Ms: 'their 95th percentile',
  endedAnsweredP99Ms: 'their 99th percentile',
  endedGoodP50Ms: 'median of those that were good without waiting',
  endedGoodP95Ms: 'their 95th percentile',
  endedGoodP99Ms: 'their 99th percentile',
} as const;

/** What speaks for the state of a slice. */
const EVIDENCE_COLUMNS = {
  phase: 'warm-up, replayed or settle',
  state: 'UP, DEGRADED, DOWN or UNKNOWN',
  load: 'UP, DEGRADED, POSSIBLE, DOWN or NONE: by the turns alone',
  prober: 'UP, DOWN or UNKNOWN: by the canaries alone',
  unsound: '1 = the evidence of the load is void, see `voided`',
  disagreement: '1 = load and canaries contradict each other',
} as const;

/** Of the measuring side. */
const GENERATOR_COLUMNS = {
  cpuRatio: 'CPU of all k6 processes together as a share of the cores, the highest second',
  waitedRatio: 'time that threads of one k6 process waited for a core, per time: the highest second',
  busyVus: 'VUs at work, the most',
} as const;

const events = {
  ...columnFields(COUNT_COLUMNS),
  ...columnFields(PERCENTILE_COLUMNS),
  badKinds: namedColumns.describe('`bad` by kind'),
  outside: z
    .record(z.string(), z.number())
    .describe(
      'of orders, turns and requests: what belongs to the step but to no slice, such as answers after its end; bad kinds as `bad <kind>`',
    ),
};

const journeyStep = z.object({
  journey: z.string(),
  index: count.describe('of the journey step, from 0'),
  name: z.string().nullable().describe('label of its request; null for own code'),
  state: columnSchema
    .optional()
    .describe('UP, DEGRADED, POSSIBLE, DOWN or NONE: by its own turns that ended good or bad'),
  bad: columnSchema.optional().describe('turns that were this journey step and ended bad'),
});

export const seriesSchema = z
  .object({
    startedAt: time.describe('start of the first slice'),
    count: count.describe('slices, the warm-up included'),
    lengthMs: ms.describe('of each slice but the first and the last, which may be shorter'),
    firstLengthMs: ms,
    lastLengthMs: ms,
    ...columnFields(EVIDENCE_COLUMNS),
    all: z.object(events).describe('of all orders'),
    journeys: list(
      z.object({
        journey: z.string(),
        load: columnSchema
          .optional()
          .describe('UP, DEGRADED, POSSIBLE, DOWN or NONE: by its own turns alone'),
        ...events,
      }),
    ).describe('of each journey; empty where there is only one'),
    journeySteps: list(journeyStep).describe('with think time, when each of them is a turn; else empty'),
    generator: z.object(columnFields(GENERATOR_COLUMNS)),
    partners: list(partnerSeriesSchema),
    faults: namedColumns.describe('of the plan, by id: 1 = in force at any time of the slice'),
    voided: list(
      voidingSchema.pick({ why: true, unit: true }).extend({
        slices: list(z.tuple([count, z.number(), z.number()])).describe(
          'index of the slice, the worst reading in it, and what is allowed',
        ),
      }),
    ).describe('why the evidence of the load is void, by reading'),
    downBy: list(z.object({ journeys: list(z.string()), from: count, to: count })).describe(
      'the journeys that were DOWN by themselves, from slice to slice (by index, both included)',
    ),
  })
  .describe(
    'A column that is not there is 0 in each slice. A value alone is the same in each slice; a list has the values one after another, and `[value, n]` in it stands for the value n times. `{rise}` says how much each is above the measured one before it (the first above 0), `{like, by}` how much it is above the column of that name beside it, in the same slice. null = not measured.',
  );
export type Series = z.output<typeof seriesSchema>;
export type EventSeries = Series['all'];
