import { z } from 'zod';
import { columnFields, namedColumns } from './columns.ts';
import { count, list, time } from './fields.ts';

// What a mocked partner tells, over time and in all.

/** Of a mocked partner, by itself. Canaries count. A last slice that is shorter has the partner's whole one. */
export const PARTNER_COLUMNS = {
  requests: 'requests that came',
  answered2xx: 'answers with such a status',
  answered3xx: 'answers with such a status',
  answered4xx: 'answers with such a status',
  answered5xx: 'answers with such a status',
  unanswered: 'requests without an answer: by a fault, or as the client had gone',
  refused: 'requests beyond the limit of the partner itself, without any fault',
  declined: 'payments declined',
  queue: 'most that waited for its capacity',
  shopsOpen: 'shops open at the end of the slice',
  requestedDelayMs: 'mean delay that its answers were to have',
  achievedDelayMs: 'mean delay that they had',
} as const;
export type PartnerColumn = keyof typeof PARTNER_COLUMNS;

export const partnerSeriesSchema = z.object({
  partner: z.string(),
  ...columnFields(PARTNER_COLUMNS),
  stock: namedColumns.describe('left of each item in finite supply, at the end of the slice'),
});
export type PartnerSeries = z.output<typeof partnerSeriesSchema>;

export const partnerSchema = z.object({
  name: z.string(),
  kind: z.string(),
  soldOut: list(
    z.object({
      item: z.string(),
      at: time,
      until: time.nullable().describe('null: to the end'),
    }),
  ).describe('each time that an item was out'),
  totals: z
    .object({
      requests: count.describe('that came'),
      answers: list(z.object({ class: z.string(), count })).describe(
        'by class of the status (`2xx`), or `none` where there was no answer, by a fault or as the client had gone',
      ),
      refused: count.describe('beyond the limit of the partner itself, without any fault'),
      declined: count.describe('payments declined'),
      highestQueue: count.nullable().describe('most that waited for its capacity; null: it has none'),
      stockLeft: z.record(z.string(), z.number()).describe('at the end, by item in finite supply'),
    })
    .nullable()
    .describe('canaries and the last answers included; null: the partner told nothing'),
});
export type PartnerTotals = z.output<typeof partnerSchema>;
