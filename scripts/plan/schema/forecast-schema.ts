import { z } from 'zod';
import { amount, duration, ratePerSec, ratio } from '../../core/quantities.ts';

const push = z
  .strictObject({
    at: duration().describe('When the message goes out, from the start of the window.'),
    share: ratio().describe('Share of all orders in the window that this message brings.'),
    ramp: duration().prefault('5m').describe('Time constant of the rise.'),
    decay: duration({ minMs: 1_000 })
      .prefault('60m')
      .describe('Time constant of the fall: in this time its orders fall to 37%.'),
  })
  .describe('A message sent to everybody, and the orders it brings.');

const ordersForm = z
  .strictObject({
    orders: amount({ min: 1 }).describe('Orders in the whole window at 1x.'),
    window: duration({ minMs: 1_000, maxMs: 366 * 86_400_000, wholeSeconds: true }).describe(
      'How long the promo runs.',
    ),
    diurnal: z
      .strictObject({
        // a cosine wave: above 2 it would have hours with fewer than no orders
        peakToMean: amount({ min: 1, max: 2 }).describe('Highest rate of the day divided by its mean.'),
        peakAt: duration().describe('When the day is at its highest, from the start of the window.'),
      })
      .optional()
      .describe('The daily wave under the pushes. Without it the rate is flat.'),
    pushes: z.array(push).default([]).describe('Messages that bring orders in bursts.'),
  })
  .describe('So many orders in a window, shaped by the time of day and by messages.');

const curveForm = z
  .strictObject({
    curve: z
      .array(
        z.strictObject({
          at: duration({ wholeSeconds: true }).describe('From the start of the window.'),
          rate: ratePerSec().describe('Orders started at that time, at 1x.'),
        }),
      )
      .min(2, { error: 'a list of at least 2 points { at, rate }' })
      .describe('Points joined by straight lines; the first at 0s. The window ends with the last.'),
  })
  .describe('The rate itself, point by point.');

const FORECAST_ALLOWED = 'either { orders, window, diurnal?, pushes? } or { curve }';

export const forecastSchema = z
  .union([ordersForm, curveForm], { error: FORECAST_ALLOWED })
  .describe('What you expect at 1x, in one of two forms.');

export type ForecastInput = z.output<typeof forecastSchema>;
