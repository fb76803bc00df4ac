import { z } from 'zod';
import { amount } from '../../core/quantities.ts';
import { chatJourneySchema, telegramJourneySchema } from './chat-schema.ts';
import { answerKeys, captureSchema, journeyKeys, scalarText } from './journey-fields.ts';
import { linkOrPath, named, nonEmptyText } from './text-fields.ts';

export const STEP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const path = linkOrPath().optional();

const stepSchema = z
  .strictObject({
    get: path.describe('GET this path.'),
    post: path.describe('POST to this path.'),
    put: path.describe('PUT to this path.'),
    patch: path.describe('PATCH this path.'),
    delete: path.describe('DELETE this path.'),
    headers: z
      .record(z.string(), scalarText)
      .default({})
      .describe('Request headers; {{variables}} are replaced.'),
    json: z.unknown().optional().describe('JSON body; {{variables}} in its texts are replaced.'),
    form: z
      .record(z.string(), scalarText)
      .optional()
      .describe('Fields of an HTML form; {{variables}} are replaced.'),
    graphql: nonEmptyText('a GraphQL document')
      .optional()
      .describe(
        'GraphQL query or mutation, sent with `variables`; an answer with errors does not confirm it.',
      ),
    variables: z
      .unknown()
      .optional()
      .describe('Variables of the GraphQL document; {{variables}} are replaced.'),
    capture: captureSchema,
    ...answerKeys,
  })
  .meta({ oneOf: STEP_METHODS.map((method) => ({ required: [method] })) })
  .describe('One request. Exactly one of get, post, put, patch, delete.');

const stepsJourneySchema = z
  .strictObject({
    kind: z
      .literal('steps', { error: 'steps' })
      .default('steps')
      .describe('steps: requests one after the other, the plan maps the endpoints.'),
    ...journeyKeys,
    steps: z
      .array(stepSchema)
      .min(1, { error: 'a list of at least one step' })
      .describe('The requests in their order. At least one says what `confirmed` means.'),
  })
  .describe('One way to order.');

const scriptKeys = {
  ...journeyKeys,
  script: nonEmptyText('the path of a script, such as ./my-shop.ts').describe(
    'Own code: an order made with peakproof/k6, or any script for k6. The path is seen from the plan.',
  ),
  requests: amount({ min: 1, max: 1_000, integer: true })
    .default(1)
    .describe(
      'How many requests an order makes, for rates and limits. At least 2 for an order with shop.think().',
    ),
  exec: named(/^[A-Za-z_$][A-Za-z0-9_$]*$/, "the name of one of the script's exports, such as checkout")
    .optional()
    .describe('Of a script for k6: the export that is the order. Without it: the default one.'),
};

const scriptJourneySchema = z
  .strictObject({ kind: z.literal('script', { error: 'script' }), ...scriptKeys })
  .describe('An order in own code.');

/** Who names a script need not say that it is one. */
const unnamedScriptSchema = z
  .strictObject({ kind: z.literal('script', { error: 'script' }).default('script'), ...scriptKeys })
  .describe('An order in own code.');

export const journeySchema = z.union([
  z.discriminatedUnion('kind', [
    stepsJourneySchema,
    telegramJourneySchema,
    chatJourneySchema,
    scriptJourneySchema,
  ]),
  unnamedScriptSchema,
]);

export type JourneyInput = z.output<typeof journeySchema>;
export type StepsInput = z.output<typeof stepsJourneySchema>;
export type StepInput = z.output<typeof stepSchema>;
export type TelegramInput = z.output<typeof telegramJourneySchema>;
export type ScriptInput = z.output<typeof scriptJourneySchema>;
export type ChatInput = z.output<typeof chatJourneySchema>;

/** Messages of the longest order. */
export function mostMessages(turns: ChatInput['turns']): number {
  return Math.max(...messageCounts(turns).map(({ count }) => count));
}

/** How many messages an order takes, as a distribution. */
export function messageCounts(turns: ChatInput['turns']): { count: number; shareRatio: number }[] {
  if (typeof turns === 'number') return [{ count: turns, shareRatio: 1 }];
  const { min, max } = turns;
  if (min === undefined || max === undefined) {
    return Object.entries(turns).map(([count, shareRatio]) => ({ count: Number(count), shareRatio }));
  }
  const counts = Array.from({ length: Math.max(0, max - min + 1) }, (_, index) => min + index);
  return counts.map((count) => ({ count, shareRatio: 1 / counts.length }));
}
