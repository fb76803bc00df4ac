import { z } from 'zod';
import { amount, duration, ratio } from '../../core/quantities.ts';
import { dottedPath, headerName, pattern, targetPath, variableName } from './text-fields.ts';

// What the kinds of journeys have in common: what answers mean, and what is taken from them.

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'a text, a number, true, false or null',
});

export const scalarText = z
  .union([z.string(), z.number()], { error: 'a text or a number' })
  .transform((value) => String(value));

const matchKeys = {
  status: amount({ min: 100, max: 599, integer: true })
    .optional()
    .describe('The status of the answer. Without it: any from 200 to 299.'),
  has: dottedPath()
    .optional()
    .describe('Path in the JSON answer that must hold a value: null, false, blanks, [] and {} are none.'),
  where: z
    .record(dottedPath(), scalar)
    .default({})
    .describe('Paths in the JSON answer that must have these values.'),
};

/** What answers to a request mean. */
export const answerKeys = {
  confirmed: z
    .strictObject(matchKeys)
    .optional()
    .describe(
      'What proves that the step did what the shopper wanted. Without it: any status from 200 to 299.',
    ),
  soldOut: z
    .strictObject({
      ...matchKeys,
      item: dottedPath().optional().describe('Path in the JSON answer to the item that is out.'),
    })
    .optional()
    .describe('What an honest "sold out" looks like.'),
  closed: z
    .strictObject(matchKeys)
    .optional()
    .describe(
      'What "closed" looks like. The `moves` of a closure say how many then begin anew at another café; to the others it is an honest refusal.',
    ),
  queued: z
    .strictObject({
      ...matchKeys,
      poll: targetPath()
        .optional()
        .describe(
          'Asked with GET until it is confirmed; {{ticket}} is the value at `has`. Without it: the Location header of the answer, else the same request again.',
        ),
      every: duration({ minMs: 100, maxMs: 60_000 })
        .prefault('1s')
        .describe('Wait between two polls when the answer has no Retry-After.'),
    })
    .optional()
    .describe('What a queue ticket looks like, and how to ask for the result.'),
};

const find = pattern()
  .optional()
  .describe('Expression; its first group (without groups, the whole match) is taken of the value.');

/** Variable → where an answer holds its value. */
export const captureSchema = z
  .record(
    variableName(),
    z.union(
      [
        dottedPath(),
        z.strictObject({ json: dottedPath(), find }),
        z.strictObject({ header: headerName(), find }),
        z.strictObject({ find: pattern() }),
      ],
      { error: 'a path such as order.id, { json: path }, { header: Location } or { find: expression }' },
    ),
  )
  .default({})
  .describe(
    'Variable for later steps → path in the JSON answer; or { json, find }, { header, find }, or { find } in the whole body.',
  );

/** What a journey of any kind has. */
export const journeyKeys = {
  share: ratio()
    .optional()
    .describe(
      'Share of all orders. The shares of all journeys make 100%; a single journey has all. 0 for one that only others go on in.',
    ),
  data: z
    .record(variableName(), z.array(scalarText).min(1, { error: 'a list of at least one text' }))
    .default({})
    .describe('Variable → values, from which each order draws one.'),
};
