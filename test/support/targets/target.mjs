// The tests' own target: GET /menu and POST /cart answer 200, POST /orders 201. It keeps idle connections longer than
// any test, so that a freeze is not mistaken for resets. Lines on stdin: `refuse` closes the port and every
// connection, `accept` opens it; a JSON object says how requests are answered from now on (`MANNERS`).
// With LOG it appends one JSON line a request, at the moment its answer has left, and one a change of manners.
import { appendFileSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const log = process.env.LOG ? openSync(process.env.LOG, 'a') : null;
// At once and synchronously: a process that is killed has said all that it had done.
const note = (entry) => log !== null && appendFileSync(log, `${JSON.stringify(entry)}\n`);

const CONFIRMED = { menu: 200, cart: 200, orders: 201 };
const APOLOGY = {
  message: 'Sorry, I could not place this order right now. Please try again a little later!',
};
let orders = 0;
let tries = 0;

const right = (path) => ({
  what: 'right',
  status: CONFIRMED[path] ?? 200,
  body: path === 'orders' ? { order: { id: `o${++orders}` } } : { cart: 'c1' },
  afterMs: 0,
});
const wrong = (status, body) => ({ what: 'wrong', status, body, afterMs: 0 });

/** What a request for a path is answered; null = never. */
const MANNERS = {
  right,
  503: () => wrong(503, { error: 'overloaded' }),
  hang: () => null,
  prose: (path) => (path === 'orders' ? wrong(200, APOLOGY) : right(path)),
  // Three of five orders, in turn.
  errors: (path) => (path === 'orders' && tries++ % 5 < 3 ? wrong(500, { error: 'broken' }) : right(path)),
  slow: (path, { afterMs }) => ({ ...right(path), afterMs }),
};
let manners = { answer: 'right' };

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const arrivedAt = Date.now();
  const path = request.url.slice(1);
  const key = request.headers['idempotency-key'] ?? null;
  request.resume();
  request.on('end', () => {
    const answer = MANNERS[manners.answer](path, manners);
    if (answer === null) {
      note({ key, path, arrivedAt, leftAt: null, what: 'never' });
      return;
    }
    const { what, status, body, afterMs } = answer;
    const reply = () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body), () => note({ key, path, arrivedAt, leftAt: Date.now(), what }));
    };
    if (afterMs > 0) setTimeout(reply, afterMs);
    else reply();
  });
});

const port = await new Promise((resolve) => {
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => resolve(server.address().port));
});
process.stdout.write(`${port}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'refuse') {
    server.close();
    server.closeAllConnections();
  } else if (line === 'accept') {
    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  } else {
    manners = JSON.parse(line);
  }
  note({ told: line, at: Date.now() });
}
process.exit(0);
