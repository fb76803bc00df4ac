// A shop with one GraphQL endpoint: log in for a bearer token, look at the menu, fill a cart, order it. "Sold out" is a
// GraphQL error with status 200, as usual there.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { buildSchema, GraphQLError } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/express';
import { listening } from './listening.mjs';
import { menu, oncePerKey, orderPaid, Refused } from './partners.mjs';

const schema = buildSchema(`
  type Item { sku: ID! price: Int! available: Boolean! }
  type Session { token: String! }
  type Cart { id: ID! skus: [ID!]! }
  type Order { id: ID! sku: ID! }
  type Query { menu: [Item!]! }
  type Mutation {
    login(user: String!): Session!
    addToCart(sku: ID!): Cart!
    place(cart: ID!, key: ID!): Order!
  }
`);

const userByToken = new Map();
const cartById = new Map();
const placeOnce = oncePerKey((key, sku) => orderPaid(sku, key));

const failure = (code, extensions = {}) => new GraphQLError(code, { extensions: { code, ...extensions } });

function signedIn({ user }) {
  if (user === null) throw failure('UNAUTHENTICATED');
  return user;
}

const rootValue = {
  menu,
  login: ({ user }) => {
    const token = randomUUID();
    userByToken.set(token, user);
    return { token };
  },
  addToCart: ({ sku }, context) => {
    const cart = { id: randomUUID(), user: signedIn(context), skus: [sku] };
    cartById.set(cart.id, cart);
    return cart;
  },
  place: async ({ cart: id, key }, context) => {
    const cart = cartById.get(id);
    if (cart?.user !== signedIn(context)) throw failure('NO_SUCH_CART');
    try {
      return await placeOnce(key, cart.skus[0]);
    } catch (error) {
      if (error instanceof Refused) throw failure(error.code, { item: error.item });
      throw failure('PARTNER_FAILED');
    }
  },
};

const bearer = ({ headers }) => headers.authorization?.replace(/^Bearer /, '');

const app = express();
app.get('/health', (_request, response) => void response.end());
app.use(
  '/graphql',
  createHandler({
    schema,
    rootValue,
    context: ({ raw }) => ({ user: userByToken.get(bearer(raw)) ?? null }),
  }),
);
await listening(createServer(app));
