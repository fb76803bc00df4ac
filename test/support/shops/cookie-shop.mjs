// A shop of HTML pages: a session in a cookie, forms with a token against forgery, redirects to the next page. With
// QUEUE_MS each order waits that long in a queue, and the shopper gets a ticket.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import session from 'express-session';
import { listening } from './listening.mjs';
import { menu, oncePerKey, orderPaid, Refused } from './partners.mjs';

const queueMs = Number(process.env.QUEUE_MS ?? 0);
const ticketByKey = new Map();
const placeOnce = oncePerKey((key, sku) => sleep(queueMs).then(() => orderPaid(sku, key)));

const form = (action, { session }, fields) =>
  `<form method="post" action="${action}"><input type="hidden" name="csrf" value="${session.csrf}">${fields}</form>`;

const withToken = (request, _response, next) => {
  request.session.csrf ??= randomUUID();
  next();
};
const unforged = (request, response, next) => {
  if (request.session.csrf && request.body?.csrf === request.session.csrf) next();
  else response.status(403).send('This form is not ours');
};
const signedIn = (request, response, next) => {
  if (request.session.user) next();
  else response.status(401).send('Please log in');
};

function answerWith(response, error) {
  if (!(error instanceof Refused)) response.status(502).send('A partner failed');
  else if (error.code === 'SOLD_OUT') response.status(409).json({ code: error.code, item: error.item });
  else response.status(409).json({ code: error.code });
}

function waiting(response, ticket) {
  response
    .status(202)
    .set({ Location: `/tickets/${ticket}`, 'Retry-After': '1' })
    .json({ ticket });
}

const app = express();
app.get('/health', (_request, response) => void response.end());
app.use(
  session({ secret: randomUUID(), resave: false, saveUninitialized: false }),
  express.urlencoded({ extended: false }),
);

app.get('/login', withToken, (request, response) => {
  response.send(form('/login', request, '<input name="user"><button>Log in</button>'));
});
app.post('/login', unforged, (request, response, next) => {
  const { user } = request.body;
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = user;
    response.redirect(303, '/menu');
  });
});

app.use(signedIn);
app.get('/menu', withToken, async (request, response) => {
  const rows = (await menu()).map(({ sku }) => `<button name="sku" value="${sku}">${sku}</button>`);
  response.send(form('/cart', request, rows.join('')));
});
app.post('/cart', unforged, (request, response) => {
  request.session.cart = request.body.sku;
  response.redirect(303, '/cart');
});
app.get('/cart', withToken, (request, response) => {
  response.send(form('/orders', request, '<input name="key" type="hidden"><button>Order</button>'));
});
app.post('/orders', unforged, async (request, response) => {
  const { key } = request.body;
  const placing = placeOnce(key, request.session.cart);
  if (queueMs === 0) {
    await placing.then(
      ({ id }) => response.redirect(303, `/orders/${id}`),
      (error) => answerWith(response, error),
    );
    return;
  }
  if (!ticketByKey.has(key)) {
    const ticket = { id: randomUUID(), done: null };
    ticketByKey.set(key, ticket).set(ticket.id, ticket);
    placing.then(
      ({ id }) => {
        ticket.done = (response) => response.redirect(303, `/orders/${id}`);
      },
      (error) => {
        ticket.done = (response) => answerWith(response, error);
        ticketByKey.delete(key);
      },
    );
  }
  waiting(response, ticketByKey.get(key).id);
});
app.get('/tickets/:id', (request, response) => {
  const ticket = ticketByKey.get(request.params.id);
  if (!ticket) response.status(404).send('No such ticket');
  else if (ticket.done) ticket.done(response);
  else waiting(response, ticket.id);
});
app.get('/orders/:id', (request, response) => {
  const { id } = request.params;
  if (/^[\w-]+$/.test(id)) response.send(`<h1>Order ${id}</h1>`);
  else response.status(404).send('No such order');
});
await listening(createServer(app));
