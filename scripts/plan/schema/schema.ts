import { z } from 'zod';
import { CANARY_EVERY_AT_LEAST_MS, DOWN_ABOVE_AT_MOST_RATIO, SLICE_LENGTHS_MS } from '../../core/limits.ts';
import { amount, duration, latency, multiple, ratePerSec, ratio } from '../../core/quantities.ts';
import { forecastSchema } from './forecast-schema.ts';
import { journeySchema } from './journeys-schema.ts';
import { faultSchema, partnerSchema } from './partners-schema.ts';
import { choice, keyName, nonEmptyText, planName, targetPath } from './text-fields.ts';

// launch.yaml: its keys as the user writes them, units and defaults resolved key by key. What concerns several
// keys is checked in plan/checks.

const inSeconds = (ms: number): string => `${ms / 1_000}s`;
const [SHORTEST_MS, ...LONGER_MS] = SLICE_LENGTHS_MS;
const TIME_SLICES = [inSeconds(SHORTEST_MS), ...LONGER_MS.map(inSeconds)] as const;

const sloSchema = z
  .strictObject({
    allowedDowntime: duration().describe('Downtime that you allow in the whole window.'),
    downtimeBudget: duration()
      .optional()
      .describe(
        'Downtime that each step may spend. Without it: allowedDowntime in proportion to its length.',
      ),
    slowAfter: duration({ minMs: 10 })
      .prefault('3s')
      .describe('A right answer later than this after the shopper acted is bad.'),
    downAbove: ratio({ max: DOWN_ABOVE_AT_MOST_RATIO })
      .prefault('5%')
      .describe('Share of bad answers above which a slice is DOWN.'),
    timeSlice: choice(TIME_SLICES)
      .optional()
      .describe('Length of a slice. Without it: the shortest in which enough is expected to happen.'),
  })
  .describe('What counts as down, and how much of it is allowed.');

const length = duration({ minMs: 1_000, wholeSeconds: true })
  .prefault('10m')
  .describe('How long the piece is.');

const replaySchema = z
  .union(
    [
      z
        .strictObject({ around: z.literal('peak', { error: 'peak' }), length })
        .describe('The piece around the highest rate.'),
      z
        .strictObject({ from: duration({ wholeSeconds: true }).describe('Where the piece begins.'), length })
        .describe('The piece that begins at an offset from the start of the window.'),
      z.literal('whole', { error: 'whole' }).describe('The whole window.'),
    ],
    { error: 'whole, { around: peak, length } or { from, length }' },
  )
  .optional()
  .describe('The piece of the window that each step replays, in real time. Default: 10m around the peak.');

const rehearsalSchema = z
  .strictObject({
    replay: replaySchema,
    multiples: z
      .array(multiple(), { error: 'a list of multiples such as [3, 4, 5]' })
      .min(1, { error: 'a list of at least one multiple' })
      .max(20, { error: 'a list of at most 20 multiples' })
      .default([3, 4, 5])
      .describe('Multiples of the forecast; each is one step.'),
    mustHold: multiple()
      .optional()
      .describe('The gate, one of the multiples: steps above it only inform. Default: the highest.'),
    scale: ratio({ min: 0.001 })
      .prefault(1)
      .describe(
        'Size of the target divided by the size of production; rates and stock are multiplied by it.',
      ),
    arrivals: choice(['poisson', 'even'])
      .default('poisson')
      .describe('poisson: as people come, by chance; even: at equal distances.'),
    warmUp: duration({ wholeSeconds: true, maxMs: 3_600_000 })
      .prefault('30s')
      .describe('Ramp from 0 before the replayed part; measured, not charged.'),
    settle: duration({ wholeSeconds: true, maxMs: 3_600_000 })
      .prefault('60s')
      .describe('At 1x after the replayed part; shows recovery.'),
    seed: amount({ min: 0, max: 4_294_967_295, integer: true })
      .prefault(1)
      .describe('The same seed draws the same orders.'),
  })
  .describe('What is run.');

const targetSchema = z
  .strictObject({
    baseUrl: nonEmptyText('an http or https address, such as http://127.0.0.1:8080').describe(
      'Address of the service under test, perhaps with a path prefix.',
    ),
    start: z
      .strictObject({
        command: nonEmptyText('a command line').describe('Command that starts the target.'),
        ready: z
          .union([targetPath(), z.literal('bot')], { error: 'a path that begins with /, or bot' })
          .default('/')
          .describe(
            'Path that answers 200 to 299 when the target is ready; bot: when it has asked the telegram partner for updates or set its webhook.',
          ),
        readyWithin: duration({ minMs: 100, maxMs: 600_000 })
          .prefault('30s')
          .describe('How long that may take.'),
      })
      .optional()
      .describe('peakproof starts the target, waits until it is ready and stops it at the end.'),
    allowHosts: z
      .array(nonEmptyText('a host name without scheme and port, such as staging.example.com'))
      .default([])
      .describe('Hosts outside this machine that may be loaded.'),
    maxRate: ratePerSec().prefault('2000/s').describe('Requests; a plan above it is refused.'),
    limit: ratePerSec({ min: 0.001 })
      .optional()
      .describe(
        'Orders started above which the target promises to shed politely; the report says whether it did.',
      ),
  })
  .describe('The service under test.');

// YAML reads a bare 429 as a number
const retryReason = z.union(
  [z.enum(['timeout', 'network', '5xx', '429']), z.literal(429).transform((): '429' => '429')],
  { error: 'one of timeout, network, 5xx, 429' },
);

const retriesSchema = z
  .strictObject({
    max: amount({ min: 0, max: 10, integer: true })
      .prefault(0)
      .describe('Tries after the first one, for each request.'),
    retryOn: z
      .array(retryReason)
      .default(['timeout', 'network', '5xx', '429'])
      .describe('What is tried again.'),
    backoff: z
      .strictObject({
        base: duration({ maxMs: 60_000 }).prefault('1s').describe('Wait before the first retry.'),
        factor: amount({ min: 1, max: 10 })
          .prefault(2)
          .describe('Each further wait is longer by this factor.'),
        jitter: choice(['full', 'none'])
          .default('full')
          .describe('full: a wait drawn between 0 and that time; none: that time.'),
      })
      .prefault({})
      .describe('How long the client waits before it tries again.'),
  })
  .describe('How the client retries. Without it: not at all.');

const clientSchema = z
  .strictObject({
    timeout: duration({ minMs: 10 }).prefault('10s').describe('Of one request.'),
    patience: duration({ minMs: 10 })
      .prefault('30s')
      .describe(
        'How long a shopper waits in all, retries and queue included; with think time, for each step.',
      ),
    thinkTime: latency()
      .optional()
      .describe('How long a shopper thinks between two steps of a journey. Without it: not at all.'),
    retries: retriesSchema.prefault({}),
    doubleTap: ratio({ max: 1 })
      .prefault(0)
      .describe('Share of the orders whose deciding request is sent twice at once, as by an impatient tap.'),
  })
  .describe("How a shopper's client behaves.");

const probeSchema = z
  .strictObject({
    every: duration({ minMs: CANARY_EVERY_AT_LEAST_MS, maxMs: 60_000 })
      .optional()
      .describe('Time between two probes. Without it: five in each slice, 200ms to 1s apart.'),
  })
  .describe('The prober: one full order at a fixed rate, beside the load.');

export const launchPlanSchema = z
  .strictObject({
    version: z
      .union([z.literal(1), z.literal('1')], { error: '1' })
      .transform((): 1 => 1)
      .describe('Version of this format: 1.'),
    name: planName().optional().describe("Name of the launch. Default: the file's name."),
    forecast: forecastSchema,
    slo: sloSchema,
    rehearsal: rehearsalSchema.prefault({}),
    target: targetSchema,
    journeys: z
      .record(keyName(), journeySchema)
      .refine((journeys) => Object.keys(journeys).length > 0, { error: 'at least one journey' })
      .describe('Ways to order, by name.'),
    client: clientSchema.prefault({}),
    probe: probeSchema.prefault({}),
    partners: z.record(keyName(), partnerSchema).default({}).describe('Partners of the target, by name.'),
    faults: z.array(faultSchema).default([]).describe('What goes wrong, and when.'),
  })
  .describe('A peakproof launch plan.');

export type PlanInput = z.output<typeof launchPlanSchema>;
