import { type Cell, codeColumns, codeNamedColumns } from '../../contract/columns.ts';
import type { PartnerColumn, PartnerSeries, PartnerTotals } from '../../contract/partners.ts';
import { sumBy } from '../../core/statistics.ts';
import type { PartnerSlice, RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { overlaps } from '../time/grid.ts';
import type { SliceIndex } from '../time/slice-index.ts';

/** Of one partner. `null` = not measured. */
const FIGURES = {
  requests: ({ requests = 0 }: PartnerSlice) => requests,
  answered2xx: ({ answers }: PartnerSlice) => answers?.['2xx'] ?? 0,
  answered3xx: ({ answers }: PartnerSlice) => answers?.['3xx'] ?? 0,
  answered4xx: ({ answers }: PartnerSlice) => answers?.['4xx'] ?? 0,
  answered5xx: ({ answers }: PartnerSlice) => answers?.['5xx'] ?? 0,
  unanswered: ({ answers }: PartnerSlice) => answers?.['none'] ?? 0,
  refused: ({ refused = 0 }: PartnerSlice) => refused,
  declined: ({ declined = 0 }: PartnerSlice) => declined,
  queue: ({ queue }: PartnerSlice) => queue ?? null,
  shopsOpen: ({ shopsOpen }: PartnerSlice) => shopsOpen ?? null,
  requestedDelayMs: ({ delays }: PartnerSlice) => meanMs(delays, delays?.requestedMs),
  achievedDelayMs: ({ delays }: PartnerSlice) => meanMs(delays, delays?.achievedMs),
} satisfies Readonly<Record<PartnerColumn, (slice: PartnerSlice) => number | null>>;
const LIKE = { answered2xx: 'requests', achievedDelayMs: 'requestedDelayMs' } as const;

const meanMs = (delays: PartnerSlice['delays'], sumMs: number | undefined): number | null =>
  delays === undefined || sumMs === undefined ? null : shortMs(sumMs / delays.count);

/** Whole ms, or a tenth where these would say little. */
const shortMs = (ms: number): number => (ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms));

/** What one partner told of a step, in the order of time, with the start of each slice. */
type Told = readonly { fromAt: number; slice: PartnerSlice }[];

function toldBy(partner: string, { partnerSlices }: RunTimeline, step: StepTimeline): Told {
  return partnerSlices.flatMap(({ step: of, fromAt, partners }) => {
    const slice = of === step.step ? partners[partner] : undefined;
    return slice === undefined ? [] : [{ fromAt, slice }];
  });
}

export function partnerColumns(
  partner: string,
  timeline: RunTimeline,
  step: StepTimeline,
  indexOf: SliceIndex,
  length: number,
): PartnerSeries {
  const slices: (PartnerSlice | null)[] = Array<PartnerSlice | null>(length).fill(null);
  for (const { fromAt, slice } of toldBy(partner, timeline, step)) {
    // The first and the last slice of a step may be shorter, the partner's own are not.
    const byEnd = indexOf(fromAt + step.sliceMs - 1);
    const index = byEnd === -1 ? indexOf(fromAt) : byEnd;
    if (index !== -1) slices[index] = together(slices[index] ?? null, slice);
  }
  const column = (of: (slice: PartnerSlice) => Cell): Cell[] =>
    slices.map((slice) => (slice === null ? null : of(slice)));
  const items = new Set(slices.flatMap((slice) => Object.keys(slice?.stock ?? {})));
  return {
    partner,
    ...codeColumns(
      Object.fromEntries(Object.entries(FIGURES).map(([name, figure]) => [name, column(figure)])),
      LIKE,
    ),
    stock: codeNamedColumns(
      Object.fromEntries(
        [...items].sort().map((item) => [item, column(({ stock }) => stock?.[item] ?? null)]),
      ),
    ),
  };
}

/** A partner whose timeline began anew tells of the same slice twice. */
function together(before: PartnerSlice | null, after: PartnerSlice): PartnerSlice {
  if (before === null) return after;
  const added = <Sums extends object>(a: Sums | undefined, b: Sums | undefined): Sums | undefined =>
    a && b ? (sumOfFields(a, b) as Sums) : (a ?? b);
  const { requests = 0, refused = 0, declined = 0 } = after;
  const answers = added(before.answers, after.answers);
  const delays = added(before.delays, after.delays);
  const queue = Math.max(before.queue ?? -1, after.queue ?? -1);
  return {
    ...after,
    requests: (before.requests ?? 0) + requests,
    refused: (before.refused ?? 0) + refused,
    declined: (before.declined ?? 0) + declined,
    ...(answers && { answers }),
    ...(delays && { delays }),
    ...(queue >= 0 && { queue }),
  };
}

function sumOfFields(a: object, b: object): Record<string, number> {
  const sums = new Map<string, number>(Object.entries(a));
  for (const [name, value] of Object.entries(b)) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  return Object.fromEntries(sums);
}

/** What each partner of the plan came to in a step. */
export function partnersOf(plan: LaunchPlan, timeline: RunTimeline, step: StepTimeline): PartnerTotals[] {
  const span = { fromAt: step.startedAt ?? 0, toAt: step.endedAt ?? Number.POSITIVE_INFINITY };
  return plan.partners.map(({ name, kind }) => ({
    name,
    kind,
    soldOut: timeline.stockOuts
      .filter((out) => out.partner === name)
      .filter((out) => overlaps({ fromAt: out.fromAt, toAt: out.toAt ?? Number.POSITIVE_INFINITY }, span))
      .map((out) => ({ item: out.item, at: out.fromAt, until: out.toAt })),
    totals: partnerTotals(name, timeline, step),
  }));
}

/** All of a step, the time before its first slice and after its last one included; null: the partner told nothing. */
function partnerTotals(partner: string, timeline: RunTimeline, step: StepTimeline): PartnerTotals['totals'] {
  const told = toldBy(partner, timeline, step).map(({ slice }) => slice);
  if (told.length === 0) return null;
  const answers = new Map<string, number>();
  for (const slice of told) {
    for (const name in slice.answers)
      answers.set(name, (answers.get(name) ?? 0) + (slice.answers[name] ?? 0));
  }
  const queues = told.flatMap(({ queue = null }) => queue ?? []);
  return {
    requests: sumBy(told, FIGURES.requests),
    answers: [...answers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => ({ class: name, count })),
    refused: sumBy(told, FIGURES.refused),
    declined: sumBy(told, FIGURES.declined),
    highestQueue: queues.length === 0 ? null : queues.reduce((most, one) => Math.max(most, one), 0),
    stockLeft: told.findLast(({ stock }) => stock !== undefined)?.stock ?? {},
  };
}
