// A target of a known capacity: WORKERS orders at work at once, each for SERVICE_MS, so WORKERS / SERVICE_MS orders
// a millisecond; the rest waits in a FIFO queue of QUEUE orders and is answered 503 beyond it. Like most servers it
// does not look whether the shopper has gone: retries feed an overload. With PEAKPROOF_PAY_URL a worker also waits
// for that partner, however long it takes. SHED_ABOVE: orders per second above which it says at once 503 with
// Retry-After, before any work. Time is spent waiting, never computing, so that a busy machine changes little.
import { Agent, createServer, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listening } from '../shops/listening.mjs';

const workers = Number(process.env.WORKERS ?? 10);
const serviceMs = Number(process.env.SERVICE_MS ?? 100);
const queueLimit = Number(process.env.QUEUE ?? Number.POSITIVE_INFINITY);
const shedAbovePerSec = Number(process.env.SHED_ABOVE ?? Number.POSITIVE_INFINITY);
const payUrl = process.env.PEAKPROOF_PAY_URL ?? '';
/** Shares of a second's admissions that may come at once. */
const BURST_SEC = 0.2;

const agent = new Agent({ keepAlive: true, maxSockets: workers });
const waiting = [];
let free = workers;
let orders = 0;
let tokens = shedAbovePerSec * BURST_SEC;
let filledAt = performance.now();

function admitted() {
  if (shedAbovePerSec === Number.POSITIVE_INFINITY) return true;
  const now = performance.now();
  tokens = Math.min(shedAbovePerSec * BURST_SEC, tokens + ((now - filledAt) / 1_000) * shedAbovePerSec);
  filledAt = now;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

function askPayment(orderKey) {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const call = send(`${payUrl}/authorizations`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    });
    call.on('error', resolve);
    call.end(JSON.stringify({ orderKey, amount: 100 }));
  });
}

async function work({ key, answer }) {
  if (payUrl !== '') await askPayment(key);
  await sleep(serviceMs);
  answer(201, { order: { id: `o${++orders}` } });
  const next = waiting.shift();
  if (next) work(next);
  else free += 1;
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const answer = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
  if (request.method === 'GET') return answer(200, { done: orders, waiting: waiting.length });
  const { key } = JSON.parse(text);
  if (!admitted()) return answer(503, { code: 'BUSY' }, { 'retry-after': '1' });
  if (free > 0) {
    free -= 1;
    work({ key, answer });
  } else if (waiting.length < queueLimit) waiting.push({ key, answer });
  else answer(503, { code: 'FULL' });
});
await listening(server);
