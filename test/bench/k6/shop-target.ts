import { createServer } from 'node:http';

// A shop that does nothing but answer, and a sink for metrics, in a process of its own.

const MENU = JSON.stringify({
  items: Array.from({ length: 12 }, (_, i) => ({ sku: `drink-${i}`, price: 190 + i })),
});
const LINE = {
  sku: 'drink-7',
  name: 'Flat white, oat milk',
  quantity: 1,
  price: { amount: 350, currency: 'EUR' },
};
/** An answer as long as real shops give: so many bytes of lines beside what it says. */
const withLines = (said: object, bytes: number): string =>
  JSON.stringify({ ...said, lines: Array(Math.ceil(bytes / JSON.stringify(LINE).length)).fill(LINE) });
let orders = 0;

interface Asked {
  message?: string;
  callback_query?: object;
}

/** As the mocked Bot API shows what a bot has said. */
function chatOf(url: string): string {
  const after = Number(new URL(url, 'http://x').searchParams.get('after'));
  const keyboard = { inline_keyboard: [[{ text: 'Tea', callback_data: 'tea' }]] };
  const message = { message_id: after + 1, text: 'Order as you like', reply_markup: keyboard };
  const record = { n: after + 1, at: Date.now(), method: 'sendMessage', message };
  return JSON.stringify({ now: Date.now(), messages: [record], missed: 0 });
}

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const json = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    const [, long = '0', path = ''] = /^\/long\/(\d+)(\/.*)$/.exec(request.url ?? '') ?? [
      null,
      '0',
      request.url,
    ];
    const bytes = Number(long);
    if (request.url?.startsWith('/peakproof/chats/')) return json(200, chatOf(request.url));
    switch (path) {
      case '/chat': {
        const asked: Asked = JSON.parse(body);
        if (!asked.message?.startsWith('One')) return json(200, '{"reply":{"text":"Tea, latte"}}');
        orders += 1;
        return json(200, `{"reply":{"text":"There you are"},"order":{"id":"o-${orders}"}}`);
      }
      case '/telegram': {
        const asked: Asked = JSON.parse(body);
        if (asked.callback_query) orders += 1;
        return response.end();
      }
      case '/menu':
        return response.writeHead(200, { 'content-type': 'application/json' }).end(MENU);
      case '/cart':
        return json(201, withLines({ id: 'cart-1' }, bytes));
      case '/orders':
        orders += 1;
        return bytes === 0
          ? json(201, `{"order":{"id":"o-${orders}","status":"confirmed"}}`)
          : json(201, withLines({ order: { id: `o-${orders}`, status: 'confirmed' } }, bytes));
      case '/count':
        return response.end(String(orders));
      default:
        return response.writeHead(204).end();
    }
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit(0));
