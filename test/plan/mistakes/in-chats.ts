import { cafe, order, partners, pay, type Row, steps } from './fragments.ts';

const tg = 'tg: { kind: telegram }';
const promo = 'promo: { kind: promo }';
const done = 'confirmed: { contains: Order }';

/** A bot journey in the place of the smallest plan's; the turns stand in line 5. */
const bot = (turns: string, keys = '', others = '') => ({
  journeys: `journeys: { bot: { kind: telegram-bot, ${keys} turns: [ ${turns} ] }${others} }`,
  partners: partners(cafe, pay, tg, promo),
});
const chat = (keys: string) => ({
  journeys: `journeys: { chat: { kind: chat-bot, post: /chat, ${keys} } }`,
});
const body = 'json: { text: "{{message}}" }';
const ordering = 'order: { message: one tea, confirmed: { has: order.id } }';
const web = `, web: { share: 0, steps: [ ${order} ] }`;

export const CHATS: Row[] = [
  [
    'an unknown kind',
    { journeys: 'journeys: { a: { kind: telegrambot, turns: [] } }' },
    'invalid-value',
    5,
    'journeys.a.kind',
  ],
  ['a turn in which nothing is done', bot(`{ ${done} }`), 'one-act', 5, 'journeys.bot.turns[0]'],
  ['a turn of two acts', bot(`{ send: /start, tap: Tea, ${done} }`), 'one-act', 5, 'journeys.bot.turns[0]'],
  [
    'two replies',
    bot(`{ send: a, reply: { contains: a }, ${done} }`),
    'two-replies',
    5,
    'journeys.bot.turns[0].reply',
  ],
  [
    'a reply without content',
    bot(`{ send: a, reply: {} }, { send: b, ${done} }`),
    'no-condition',
    5,
    'journeys.bot.turns[0].reply',
  ],
  [
    'an expression that is none',
    bot('{ send: a, confirmed: { matches: "(" } }'),
    'invalid-value',
    5,
    'journeys.bot.turns[0].confirmed.matches',
  ],
  [
    'a variable in what the bot says',
    bot(`{ tap: "{{sku}}", confirmed: { contains: "{{sku}}" } }`),
    'no-variables-here',
    5,
    'journeys.bot.turns[0].confirmed.contains',
  ],
  ['nothing that proves an order', bot('{ send: /start }'), 'nothing-confirmed', 5, 'journeys.bot.turns'],
  [
    'an unknown variable',
    bot(`{ tap: "{{tea}}", ${done} }`),
    'unknown-variable',
    5,
    'journeys.bot.turns[0].tap',
  ],
  [
    'a capture that every shopper has',
    bot(`{ send: a, capture: { email: { find: x } }, ${done} }`),
    'variable-taken',
    5,
    'journeys.bot.turns[0].capture.email',
  ],
  [
    'a partner of another kind',
    bot(`{ send: a, ${done} }`, 'partner: pay,'),
    'unknown-partner',
    5,
    'journeys.bot.partner',
  ],
  [
    'two partners to choose from',
    { ...bot(`{ send: a, ${done} }`), partners: partners(tg, 'tg2: { kind: telegram }') },
    'unknown-partner',
    5,
    'journeys.bot',
  ],
  [
    'a journey that is not there to go on in',
    bot('{ send: a }', 'then: web,'),
    'unknown-journey',
    5,
    'journeys.bot.then',
  ],
  [
    'a journey whose first half does not capture what the second one needs',
    bot('{ send: a }', 'then: web,', `, web: { share: 0, steps: [ { get: "{{link}}" }, ${order} ] }`),
    'unknown-variable',
    5,
    'journeys.web.steps[0].get',
  ],
  [
    'a voucher that nobody captures',
    bot(`{ send: a, ${done} }`, 'redeems: { code: promo },'),
    'unknown-variable',
    5,
    'journeys.bot.redeems.code',
  ],
  [
    'a voucher of a partner without any',
    bot(`{ send: a, capture: { code: { find: x } }, ${done} }`, 'redeems: { code: pay },'),
    'unknown-partner',
    5,
    'journeys.bot.redeems.code',
  ],
  [
    'two vouchers',
    bot(
      `{ send: a, capture: { c: { find: x }, d: { find: y } }, ${done} }`,
      'redeems: { c: promo, d: promo },',
    ),
    'one-voucher',
    5,
    'journeys.bot.redeems',
  ],
  [
    'a journey that nobody takes',
    { journeys: `journeys: { a: { share: 100%, steps: [ ${order} ] }${web} }` },
    'journey-unused',
    5,
    'journeys.web.share',
  ],
  [
    'a chat without an order',
    chat(`${body}, turns: 1, order: { message: one }`),
    'nothing-confirmed',
    5,
    'journeys.chat.order',
  ],
  [
    'a chat that does not send what is said',
    chat(`json: { text: hello }, turns: 1, ${ordering}`),
    'message-unused',
    5,
    'journeys.chat.json',
  ],
  [
    'a chat with nothing to say',
    chat(`${body}, turns: 3, ${ordering}`),
    'nothing-said',
    5,
    'journeys.chat.turns',
  ],
  [
    'numbers of messages that miss 100%',
    chat(`${body}, messages: [hi], turns: { 2: 30%, 3: 30% }, ${ordering}`),
    'shares-sum',
    5,
    'journeys.chat.turns',
  ],
  [
    'fewest messages above most',
    chat(`${body}, messages: [hi], turns: { min: 3, max: 2 }, ${ordering}`),
    'shares-sum',
    5,
    'journeys.chat.turns',
  ],
  [
    'two bodies',
    { journeys: steps('{ post: /a, json: {}, form: { a: b }, confirmed: { status: 200 } }') },
    'one-body',
    5,
    'journeys.a.steps[0].form',
  ],
  [
    'variables without a document',
    { journeys: steps('{ post: /a, variables: {}, confirmed: { status: 200 } }') },
    'variables-unused',
    5,
    'journeys.a.steps[0].variables',
  ],
  [
    'a form on GET',
    { journeys: steps('{ get: /a, form: { a: b }, confirmed: { status: 200 } }') },
    'body-on-get',
    5,
    'journeys.a.steps[0].form',
  ],
  [
    'a link within a path',
    { journeys: steps(`{ get: "a{{email}}", ${'confirmed: { status: 200 }'} }`) },
    'invalid-value',
    5,
    'journeys.a.steps[0].get',
  ],
];
