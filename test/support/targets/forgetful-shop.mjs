// A shop without idempotency: whatever is ordered again is ordered again at the café, and a café that fails fails the
// order. With TWICE it orders everything twice; with REMEMBERS it tells the café which order is meant.
import { createServer } from 'node:http';

const cafe = process.env.PEAKPROOF_BEAN_URL;
let requests = 0;

async function place(orderKey) {
  const named = process.env.REMEMBERS === 'yes' ? orderKey : `request-${++requests}`;
  const reply = await fetch(`${cafe}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': named },
    body: JSON.stringify({ sku: 'tea', orderKey }),
  });
  return { status: reply.status, body: await reply.json() };
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET') return answer(200, {});
    const { key } = JSON.parse(Buffer.concat(chunks).toString());
    const { status, body } = await place(key);
    if (process.env.TWICE === 'yes') await place(key);
    if (status === 409) return answer(409, body);
    return status < 300 ? answer(201, { order: { id: body.id } }) : answer(502, body);
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
