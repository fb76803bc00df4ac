import { z } from 'zod';
import { amount, duration, ratio } from '../core/quantities.ts';
import { dottedPath, targetPath, variableName } from './text-fields.ts';

export const STEP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'a text, a number, true, false or null',
});

const text = z
  .union([z.string(), z.number()], { error: 'a text or a number' })
  .transform((value) => String(value));

const match = {
  status: amount({ min: 100, max: 599, integer: true })
    .optional()
    .describe('The status of the answer. Without it: any from 200 to 299.'),
  has: dottedPath().optional().describe('Path in the JSON answer that must be there and not be null.'),
  where: z
    .record(dottedPath(), scalar)
    .default({})
    .describe('Paths in the JSON answer that must have these values.'),
};

const confirmed = z
  .strictObject(match)
  .describe('What proves that the step did what the shopper wanted. Without it: any status from 200 to 299.');

const soldOut = z
  .strictObject({
    ...match,
    item: dottedPath().optional().describe('Path in the JSON answer to the item that is out.'),
  })
  .describe('What an honest "sold out" looks like.');

const closed = z
  .strictObject(match)
  .describe(
    'What "closed" looks like. The `moves` of a closure say how many then begin anew at another café; to the others it is an honest refusal.',
  );

const queued = z
  .strictObject({
    ...match,
    poll: targetPath()
      .optional()
      .describe(
        'Asked with GET until it is confirmed; {{ticket}} is the value at `has`. Without it: the Location header of the answer, else the same request again.',
      ),
    every: duration({ minMs: 100, maxMs: 60_000 })
      .prefault('1s')
      .describe('Wait between two polls when the answer has no Retry-After.'),
  })
  .describe('What a queue ticket looks like, and how to ask for the result.');

const path = targetPath().optional();

const stepSchema = z
  .strictObject({
    get: path.describe('GET this path.'),
    post: path.describe('POST to this path.'),
    put: path.describe('PUT to this path.'),
    patch: path.describe('PATCH this path.'),
    delete: path.describe('DELETE this path.'),
    headers: z.record(z.string(), text).default({}).describe('Request headers; {{variables}} are replaced.'),
    json: z.unknown().optional().describe('JSON body; {{variables}} in its texts are replaced.'),
    capture: z
      .record(variableName(), dottedPath())
      .default({})
      .describe('Variable for later steps → path in the JSON answer.'),
    confirmed: confirmed.optional(),
    soldOut: soldOut.optional(),
    closed: closed.optional(),
    queued: queued.optional(),
  })
  .meta({ oneOf: STEP_METHODS.map((method) => ({ required: [method] })) })
  .describe('One request. Exactly one of get, post, put, patch, delete.');

export const journeySchema = z
  .strictObject({
    kind: z
      .literal('steps', { error: 'steps' })
      .default('steps')
      .describe('steps: requests one after the other, the plan maps the endpoints.'),
    share: ratio({ min: 0.0001 })
      .optional()
      .describe('Share of all orders. The shares of all journeys make 100%; a single journey has all.'),
    data: z
      .record(variableName(), z.array(text).min(1, { error: 'a list of at least one text' }))
      .default({})
      .describe('Variable → values, from which each order draws one.'),
    steps: z
      .array(stepSchema)
      .min(1, { error: 'a list of at least one step' })
      .describe('The requests in their order. At least one says what `confirmed` means.'),
  })
  .describe('One way to order.');

export type JourneyInput = z.output<typeof journeySchema>;
export type StepInput = z.output<typeof stepSchema>;
