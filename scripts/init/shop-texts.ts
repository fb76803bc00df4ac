import type { ShopKind } from './wishes.ts';

// What differs between the plans of the three kinds of shop. The demo shop understands all of it as it stands.

export interface ShopText {
  /** First line of the file. */
  about: string;
  /** @param data the line of the journey that says what is ordered, where no café of the plan does. */
  journeys: (data: string) => string;
  /** Partners that the journey itself needs, whoever the target is. */
  partners: (target: 'demo-shop' | 'own') => string;
}

const NONE = () => '';

const CHECKOUT: ShopText = {
  about: 'A voucher launch at a web checkout.',
  journeys: (data) => `
  checkout: # the requests of one order, as your shop wants them
${data}    steps:
      - get: /menu
      - post: /cart
        json: { sku: "{{sku}}" }
        capture: { cart: id } # the answer {"id": ...} is {{cart}} from here on
      - post: /orders
        headers: { Idempotency-Key: "{{orderKey}}" }
        json: { cart: "{{cart}}" }
        confirmed: { status: 201, has: order.id } # what proves an order
        soldOut: { status: 409, where: { code: SOLD_OUT }, item: item } # what an honest "sold out" looks like
        closed: { status: 409, where: { code: CLOSED } }
        queued: { status: 202, has: ticket, poll: "/tickets/{{ticket}}" } # a ticket, asked for until it is an order
`,
  partners: NONE,
};

const TELEGRAM: ShopText = {
  about: 'A launch in a Telegram bot that takes orders.',
  journeys: (data) => `
  bot:
    kind: telegram-bot
    webhook: /telegram # where your bot takes updates; leave this line out for a bot that polls
    # secret: \${secret:BOT_SECRET} # the secret token that its webhook asks for
${data}    turns: # what a shopper does, and what the bot says then
      - { send: /start, reply: { contains: What would you like } }
      - tap: "{{sku}}"
        confirmed: { matches: 'Order (\\S+) is confirmed' } # what proves an order
        soldOut: { contains: sold out } # what an honest "sold out" looks like
        closed: { contains: we are closed }
        queued: { contains: Please wait }
`,
  partners: (target) =>
    target === 'own'
      ? `  telegram: # in place of Telegram: http://127.0.0.1:9420 is the API root of your bot
    { kind: telegram, port: 9420, limit: 30/s, latency: { median: 60ms, sigma: 0.4 } }
`
      : `  telegram: # takes the bot's messages, to all chats so many a second as Telegram does
    { kind: telegram, limit: 30/s, latency: { median: 60ms, sigma: 0.4 } }
`,
};

const CHAT: ShopText = {
  about: 'A launch in a chat where shoppers talk before they order.',
  journeys: (data) => `
  chat:
    kind: chat-bot
    post: /chat # where your chat takes a message
    json: { session: "{{shopper}}", message: "{{message}}" }
    answer: json # or sse, when it comes in pieces
    reply: reply.text # where the answer has its words
${data}    turns: { 2: 30%, 3: 50%, 5: 20% } # so many messages, the last of which orders
    messages: ["What do you have?", "Is it fresh?", "How long does it take?"]
    order:
      message: "One {{sku}}, key {{orderKey}}"
      confirmed: { has: order.id } # what proves an order
      soldOut: { has: soldOut, item: soldOut } # what an honest "sold out" looks like
      closed: { has: closed }
`,
  partners: NONE,
};

export const SHOP_TEXTS: Readonly<Record<ShopKind, ShopText>> = {
  checkout: CHECKOUT,
  telegram: TELEGRAM,
  chat: CHAT,
};
