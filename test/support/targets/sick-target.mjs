// A shop whose illness the test chooses, by a line on stdin: `well`, or one of the names below. POST /<anything>
// answers 201 with an order when it is well; with PAY_URL it asks that partner first, without a timeout of its own.
import { Agent, createServer, request as send } from 'node:http';
import { createInterface } from 'node:readline';

const delayMs = Number(process.env.DELAY_MS ?? 0);
const payUrl = process.env.PAY_URL ?? '';
const agent = new Agent({ keepAlive: true });
let illness = process.env.ILLNESS ?? 'well';
let orders = 0;

const apology = { status: 200, body: { message: 'We are so sorry, please come back later.' } };
const noSuchPage = { status: 404, body: { message: 'no such page' } };
const ANSWERS = {
  'only-canaries': ({ canary }) => (canary ? null : { status: 503, body: {} }),
  'soups-down': ({ canary, path }) => (canary || path !== '/soups' ? null : { status: 500, body: {} }),
  'nothing-behind': () => noSuchPage,
  'strangers-unknown': ({ canary }) => (canary ? null : noSuchPage),
  busy: () => ({ status: 503, body: {}, headers: { 'retry-after': '2' } }),
  'false-sold-out': ({ canary }) =>
    canary ? null : { status: 409, body: { code: 'SOLD_OUT', item: 'tea' } },
  prose: ({ canary }) => (canary ? null : apology),
};

const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const key = text === '' ? '' : JSON.parse(text).key;
  const ill = ANSWERS[illness]?.({ canary: key.startsWith('canary-'), path: request.url });
  const { status, body, headers } = ill ?? (await confirm(key));
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
});

async function confirm(key) {
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (payUrl !== '' && !(await authorized(key))) return { status: 502, body: {} };
  return { status: 201, body: { order: { id: `o${++orders}` } } };
}

function authorized(orderKey) {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const call = send(`${payUrl}/authorizations`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 201 || answer.statusCode === 200));
    });
    call.on('error', () => resolve(false));
    call.end(JSON.stringify({ orderKey, amount: 100 }));
  });
}

const port = await new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
process.stdout.write(`${port}\n`);
for await (const line of createInterface({ input: process.stdin })) illness = line;
process.exit(0);
