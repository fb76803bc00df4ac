import { z } from 'zod';
import { amount, ratio } from '../../core/quantities.ts';
import { answerKeys, captureSchema, journeyKeys, scalarText } from './journey-fields.ts';
import {
  choice,
  dottedPath,
  keyName,
  nonEmptyText,
  pattern,
  targetPath,
  variableName,
} from './text-fields.ts';

// Journeys in a chat: with a bot on Telegram, or with one on the target's own site.

const messageMatch = z.strictObject({
  contains: nonEmptyText('a text').optional().describe('Text that the message contains.'),
  matches: pattern().optional().describe('Expression that its text matches.'),
  button: nonEmptyText('the label of a button')
    .optional()
    .describe('Text in the label of one of its buttons.'),
  invoice: z.literal(true, { error: 'true' }).optional().describe('It is an invoice.'),
});

const find = pattern().optional().describe('Expression; its first group is taken of the value.');

const messageCapture = z
  .record(
    variableName(),
    z.union(
      [
        z.strictObject({ find: pattern() }),
        z.strictObject({
          link: z.union([z.literal(true), nonEmptyText('the label of a button')], {
            error: 'true, or the label of a button',
          }),
          find,
        }),
        z.strictObject({ start: z.literal(true, { error: 'true' }) }),
      ],
      { error: '{ find: expression }, { link: true or a label, find } or { start: true }' },
    ),
  )
  .default({})
  .describe(
    "Variable for later steps → { find } in the message's text, { link } of a button or in the text, { start } what a deep link into the bot carries.",
  );

const turnSchema = z
  .strictObject({
    send: nonEmptyText('a text')
      .optional()
      .describe('The shopper writes this text; a leading / makes it a command.'),
    tap: nonEmptyText('the label of a button')
      .optional()
      .describe("The shopper taps the newest of the bot's buttons whose label contains this."),
    pay: z
      .literal(true, { error: 'true' })
      .optional()
      .describe(
        "The shopper pays the bot's newest invoice: its question is answered, then the payment is told.",
      ),
    reply: messageMatch.optional().describe('The message that the shopper waits for. Without it: any.'),
    confirmed: messageMatch.optional().describe('The message that proves an order.'),
    soldOut: messageMatch.optional().describe('What an honest "sold out" looks like.'),
    closed: messageMatch.optional().describe('What "closed" looks like.'),
    queued: messageMatch
      .optional()
      .describe('What "please wait" looks like: the shopper then waits as long as patience lasts.'),
    capture: messageCapture,
  })
  .describe(
    'What the shopper does in the chat, and the message that they want. Exactly one of send, tap, pay.',
  );

export const telegramJourneySchema = z
  .strictObject({
    kind: z.literal('telegram-bot').describe('telegram-bot: a chat with a real bot over the mocked Bot API.'),
    ...journeyKeys,
    partner: keyName().optional().describe('The partner of kind telegram. Default: the only one.'),
    webhook: targetPath()
      .optional()
      .describe(
        'Path on the target to which updates are sent. Without it the telegram partner gives them out: to a bot that polls, or to the webhook that it has set.',
      ),
    secret: nonEmptyText('the secret token of the webhook')
      .optional()
      .describe('Sent as X-Telegram-Bot-Api-Secret-Token.'),
    turns: z
      .array(turnSchema)
      .min(1, { error: 'a list of at least one turn' })
      .describe('The chat, turn by turn.'),
    // biome-ignore lint/suspicious/noThenProperty: the plan's key has this name, and a plan is no promise.
    then: keyName().optional().describe('Journey of kind steps in which the order goes on.'),
    redeems: z
      .record(variableName(), keyName())
      .optional()
      .describe(
        'Captured variable → partner of kind promo: the voucher that the order must have redeemed once when it is confirmed.',
      ),
  })
  .describe('Orders in a chat with a Telegram bot.');

const count = amount({ min: 1, max: 50, integer: true });

const talkMatch = z.strictObject({
  message: nonEmptyText('a text').describe('The message that orders.'),
  capture: captureSchema,
  ...answerKeys,
});

export const chatJourneySchema = z
  .strictObject({
    kind: z.literal('chat-bot').describe("chat-bot: a chat on the target's own site."),
    ...journeyKeys,
    post: targetPath().describe('Path to which each message is posted.'),
    headers: z
      .record(z.string(), scalarText)
      .default({})
      .describe('Request headers; {{variables}} are replaced.'),
    json: z.unknown().describe('JSON body of each message; {{message}} is what the shopper says.'),
    answer: choice(['json', 'sse'])
      .default('json')
      .describe('json: one document; sse: a stream of events with JSON.'),
    reply: dottedPath()
      .optional()
      .describe('Path that an answer to a message must have. Without it: any 200 to 299.'),
    turns: z
      .union(
        [
          count,
          z.strictObject({ min: count, max: count }),
          z.record(z.string().regex(/^[1-9]\d?$/, { error: 'a number of messages' }), ratio()),
        ],
        { error: 'a number of messages, { min, max }, or shares such as { 2: 30%, 3: 70% }' },
      )
      .describe('Messages of an order, the one that orders included.'),
    messages: z
      .array(nonEmptyText('a text'))
      .default([])
      .describe('What shoppers say before they order; each time one is drawn.'),
    order: talkMatch.describe('The message that orders, and what its answer means.'),
  })
  .describe("Orders in a chat on the target's own site.");
