import { z } from 'zod';
import { EXPECTATIONS } from '../core/expectation.ts';
import { count, list, ms, ratio, time, untrusted } from './fields.ts';
import { recoveryWordSchema, voidingSchema } from './verdict-words.ts';

// Figures of a step of the rehearsal.

const expectation = z.enum(EXPECTATIONS);

/** What the target promised for the time of a fault, and what came of it. */
export const gradeSchema = z.object({
  expected: expectation.nullable().describe('`expect` of the plan'),
  observed: expectation.nullable().describe('null: no evidence'),
  recoverWithinMs: ms.nullable().describe('`recoverWithin` of the plan'),
  enforced: z.boolean().describe('a broken promise fails the step'),
  kept: z.boolean().nullable().describe('null: nothing was promised, or not enough evidence to say'),
});
export type Grade = z.output<typeof gradeSchema>;

/** How soon the target had recovered. */
const recoveryFields = {
  timeToRecoverMs: ms
    .nullable()
    .describe(
      'to the first of three good slices, or as `recovery` says; null: there is nothing to recover from',
    ),
  recovery: recoveryWordSchema
    .nullable()
    .describe(
      'recovered; served-again: good from then on, but for fewer than three slices until the next fault or the end; more-than: still bad then; unknown: not before then',
    ),
  goodSlices: count.describe('good slices seen in a row at the end, three at most'),
};
export type RecoveryFigures = z.output<z.ZodObject<typeof recoveryFields>>;

export const downtimeSchema = z.object({
  chargedMs: ms.describe('time of the slices outside the warm-up that were DOWN'),
  possibleMs: ms.describe('the same, UNKNOWN ones added'),
  strictMs: ms.describe('the same with each turn judged by its first try'),
  requestWeightedMs: ms.describe('sum of slice times share of bad turns'),
});
export type Downtime = z.output<typeof downtimeSchema>;

export const worthSchema = z.object({
  boundMs: ms.describe('upper 95 % bound on the expected downtime in the window; at most the window'),
  certifyingTestMs: ms
    .nullable()
    .describe('length of a test with the same result whose bound would meet the allowance; null: none would'),
  outageMs: ms.describe('outage length that the bound assumes'),
});
export type Worth = z.output<typeof worthSchema>;

export const generatorSchema = z.object({
  healthy: z.boolean().describe('no slice has void evidence'),
  planned: count.describe('orders'),
  started: count.describe('orders'),
  dropped: count.describe('orders'),
  unhealthySlices: count.describe('whose evidence of the load is void'),
  voided: list(voidingSchema.extend({ slices: count.describe('in how many') })).describe(
    'which readings made slices unhealthy: how many each, and its worst reading; most slices first',
  ),
  vus: count.describe('allocated before the load'),
  hangCoveredMs: ms
    .nullable()
    .describe('after how long of a total hang at the peak the VUs run out; null: not before patience ends'),
  maxBusyVus: count.nullable().describe('at work at once'),
  maxCpuRatio: ratio.nullable().describe('over one second, of all k6 processes together'),
  maxWaitedRatio: z
    .number()
    .nullable()
    .describe(
      'over one second, of the k6 process whose threads waited most for a core: 1 = one thread all the time',
    ),
  maxRssBytes: count.nullable().describe('memory of all k6 processes together'),
  longestPushGapMs: ms.nullable().describe('longest silence of k6, which pushes once a second'),
  notMeasured: list(z.string()).describe('readings that this platform does not give'),
});
export type GeneratorFigures = z.output<typeof generatorSchema>;

export const proberSchema = z.object({
  probes: count.describe('canaries in the slices of the step'),
  failed: count.describe('those that were not served'),
  witnessedRatio: ratio.nullable().describe('share of the measured slices of which canaries say something'),
  agreementRatio: ratio
    .nullable()
    .describe('share of the slices with sound evidence of both in which load and canaries agree'),
});
export type ProberFigures = z.output<typeof proberSchema>;

const kinds = list(z.object({ kind: z.string(), count }));

export const orderSchema = z
  .object({
    started: count.describe('orders'),
    confirmed: count.describe('orders placed in time'),
    late: count.describe('orders placed, but after slowAfter: bad turns'),
    turns: count.describe(
      'turns that started; an order is one, with think time each of its steps is. All below count turns',
    ),
    good: count.describe('those by ticket, after Retry-After and truly sold out or closed included'),
    byTicket: count.describe('served by queue ticket'),
    byRetryAfter: count.describe('served after Retry-After'),
    soldOut: count.describe('truly told "sold out"'),
    closed: count.describe('truly told "closed"'),
    falseSoldOut: count.describe('told "sold out" or "closed", which was not true'),
    bad: count.describe('false sold-out, late, never-ended and turned-away ones included'),
    turnedAway: count.describe('orders that the target kept from starting by holding all VUs'),
    harness: count.describe('failed by a mistake of plan or script'),
    censored: count.describe('cut off by the end of the load'),
    generator: count.describe('failed on the measuring machine'),
    kinds: kinds.describe('bad by kind, most frequent first'),
    fulfilmentRatio: ratio
      .nullable()
      .describe('orders confirmed ÷ (confirmed + truly sold out or closed); null without either'),
  })
  .describe('what became of the orders, and of the turns that they are made of');
export type OrderFigures = z.output<typeof orderSchema>;

export const funnelSchema = z
  .object({
    journey: z.string(),
    started: count.describe('orders that began'),
    turnedAway: count.describe('shoppers who could not even begin; not among `started`'),
    cutOff: count.describe('under way when the load was stopped: where they would have ended nobody knows'),
    neverEnded: count.describe('no measurement tells their end'),
    steps: list(
      z.object({
        index: count.describe('from 0'),
        name: z.string().nullable().describe('label of its request; null for own code'),
        reached: count.describe('orders that came to this journey step or past it'),
        ended: list(z.object({ how: z.string(), count })).describe(
          'orders that ended here without being placed in time, most frequent first: `late` (placed, but after slowAfter), a kind of error, `sold-out` and `closed` (true), `false-sold-out`; `harness` and `generator` are not the target’s doing',
        ),
      }),
    ),
    confirmed: count.describe('placed in time'),
    unnamed: count.describe(
      'placed, in time or late, and named by no value of the answer: nothing proves them',
    ),
  })
  .describe(
    'at which journey step orders ended, each once. started = reached of the first + neverEnded + cutOff; reached − ended = reached of the next one, and after the last one = confirmed',
  );
export type Funnel = z.output<typeof funnelSchema>;
export type FunnelStep = Funnel['steps'][number];

const percentiles = {
  p50Ms: ms.describe('median'),
  p90Ms: ms.describe('90th percentile'),
  p99Ms: ms.describe('99th percentile'),
};

export const partSchema = z
  .object({
    journey: z.string(),
    part: z.string().describe('such as `first-reply`, `confirmation`, or `half:<journey>`'),
    count: count.describe('how many were timed'),
    ...percentiles,
  })
  .describe('a part of a turn or of an order that is timed for itself');
export type PartFigures = z.output<typeof partSchema>;

export const ticketWaitsSchema = z
  .object({
    turns: count,
    ratio: ratio.describe('of the turns that were served'),
    p50Ms: ms.describe('median'),
    p95Ms: ms.describe('95th percentile'),
  })
  .describe('turns that were served by queue ticket, after slowAfter; from intended start to end');
export type TicketWaits = z.output<typeof ticketWaitsSchema>;

export const latencySchema = z
  .object({
    answered: z.object(percentiles).nullable().describe('of all turns that ended with an answer; null: none'),
    good: z
      .object(percentiles)
      .nullable()
      .describe('of those that were served in time, by ticket or after Retry-After; null: none'),
  })
  .describe('from intended start to end');
export type Latency = z.output<typeof latencySchema>;

export const trafficSchema = z
  .object({
    requests: count.describe('tries of all kinds'),
    firstTries: count.describe('requests without repeats'),
    repeats: list(
      z.object({ why: z.string().describe('such as `retry`, `retry-after`, `ticket`'), count }),
    ).describe('requests that were no first tries, most frequent first'),
    turns: count.describe('that started'),
    requestsPerTurn: z.number().nullable().describe('requests ÷ turns'),
    amplification: z
      .number()
      .nullable()
      .describe('requests ÷ first tries: 1 if nobody asks again; null without a first try'),
    peak: z
      .object({ startedAt: time, lengthMs: ms, amplification: z.number() })
      .nullable()
      .describe('the time with the highest amplification; null: known of none'),
  })
  .describe(
    'requests of the load to the target, warm-up and last answers included; those to mocked partners and canaries left out. One counts when it has ended',
  );
export type TrafficFigures = z.output<typeof trafficSchema>;

export const limitSchema = z
  .object({
    limitPerSec: z.number().describe('orders a second: the limit of the plan at the scale of the target'),
    aboveMs: ms.describe('time of the measured slices in which more was offered'),
    engagedAt: time
      .nullable()
      .describe('start of the first of them in which somebody was told to come again'),
    toldToWaitRatio: ratio
      .nullable()
      .describe('share of their turns that was told to come again and was not served within slowAfter'),
    servedRatio: ratio.nullable().describe('share of these that was served within patience'),
    judgedMs: ms.describe('time above the limit that can be judged'),
    goodputPerSec: z.number().nullable().describe('orders a second that were served in it'),
    goodputRatio: z.number().nullable().describe('goodput ÷ limit'),
    held: z
      .enum(['plateau', 'collapsed'])
      .nullable()
      .describe('null: not enough evidence, or too close to 0.9'),
  })
  .describe('what came of `target.limit`, above which the target promises to shed politely');
export type LimitFigures = z.output<typeof limitSchema>;

export const exchangeSchema = z.object({
  at: time.describe('when the turn ended'),
  source: z.enum(['load', 'canary']),
  journey: z.string(),
  kind: z.string().describe('as in the incident’s `kinds`; a canary’s may be another'),
  request: z.string().nullable().describe('label of the request that was answered last'),
  detail: untrusted.describe(
    'its answer on one line of at most 200 characters; untrusted text of the target',
  ),
});
export type Exchange = z.output<typeof exchangeSchema>;

export const incidentSchema = z.object({
  startedAt: time.describe('refined by canaries inside its first DOWN slice'),
  endedAt: time.describe('refined by canaries inside its last DOWN slice'),
  chargedMs: ms.describe('sum of its DOWN slices outside the warm-up'),
  journeys: list(z.string()).describe('that were DOWN by themselves'),
  peakErrorRatio: ratio.nullable().describe('highest share of bad turns in a slice; null: no turns'),
  kinds: list(z.object({ kind: z.string(), count, share: ratio })).describe(
    'bad kinds, most frequent first. `told-to-wait`: served only after having been sent away',
  ),
  faults: list(z.string()).describe('ids of the faults in force during it or up to its start'),
  ratePerSec: z.number().nullable().describe('planned orders a second in its first slice'),
  multiple: z.number().describe('in force at its start: the step’s, or 1 in settle'),
  timeToDetectMs: ms.nullable().describe('from the newest fault before it; null: none'),
  ...recoveryFields,
  exchanges: list(exchangeSchema).describe('what failing turns were answered, at most five, oldest first'),
});
export type Incident = z.output<typeof incidentSchema>;

export const faultSchema = gradeSchema
  .extend({
    id: z.string().describe('of the plan, or made from partner and kind'),
    kind: z.string().describe('docs/faults.md explains it'),
    partner: z.string().describe('that it befell'),
    label: z.string().describe('for people, e.g. `pay latency +2s`'),
    plannedAt: time.nullable().describe('its first start'),
    plannedEndAt: time.nullable().describe('its last end'),
    firedAt: time.nullable().describe('first time that it came into force'),
    endedAt: time.nullable().describe('last end'),
    fired: z.boolean().describe('in force and met by at least one request, each time that was planned'),
    occurrences: z.object({ planned: count, fired: count }).describe('a fault that repeats has several'),
    seen: count.describe('requests in its scope, of all occurrences'),
    hits: count.describe('those of them that it changed'),
    requestedMedianMs: z.number().nullable().describe('of the occurrence that most requests met'),
    achievedMedianMs: z.number().nullable().describe('how long these requests really took'),
    ...recoveryFields,
  })
  .describe('a fault, what was promised for it, and what was seen of it');
export type FaultFigures = z.output<typeof faultSchema>;

export const invariantSchema = z.object({
  invariant: z.string().describe('as in docs/reasons.md, e.g. `order-twice`'),
  partner: z.string().describe('who saw it'),
  checked: count.describe('how many orders, vouchers or users'),
  broken: count.describe('for how many it did not hold'),
  examples: list(untrusted).describe(
    'up to five keys of orders, vouchers or users; untrusted text of the target',
  ),
});
