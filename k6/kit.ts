// The kit for orders in own code: `import { order } from 'peakproof/k6'`. The same code is run by the load in k6 and by
// the prober in Node, so it does no input or output of its own: it says what the shopper does, with `yield*`.
// Imports nothing: this file is what editors and compilers of others read.

/** A thing that a shopper does and that takes time. Write `yield*` before it. */
export type Doing<Result> = Generator<Act, Result, Told>;
/** What a `yield*` asks of peakproof. Not for use. */
export interface Act {
  readonly do: string;
}
/** What peakproof tells the code that waits at a `yield*`. Not for use. */
export type Told = unknown;

/** How an order ended: made by `confirmed`, `soldOut` and `closed` of the shop. */
export interface OrderEnd {
  readonly how: string;
}

export interface RequestOptions {
  /** Beside User-Agent, X-Load-Test and traceparent, and the Content-Type of `json` and `form`. */
  headers?: Readonly<Record<string, string>>;
  /** JSON body. */
  json?: unknown;
  /** Body of an HTML form. */
  form?: Readonly<Record<string, string | number | boolean>>;
  /** Any other body; give its Content-Type in `headers`. */
  body?: string;
  /** Label in reports, one of a few: without it method and path, where parts of the path with numbers are shown as `*`. */
  name?: string;
  /**
   * Statuses 429 and 500 to 599 that this code wants to see; none of them proves that an order was placed, or that something is sold out. Others of them mean "not now" to the client: it waits for
   * Retry-After or tries again, as the plan says, and when that is over the order has failed.
   */
  expect?: readonly number[];
  /** The request that orders: an impatient shopper sends it twice at once (`client.doubleTap`). */
  decides?: boolean;
}

export interface PollOptions {
  /** Is this the answer that was waited for? */
  until: (reply: Reply) => boolean;
  /** Wait between two polls, ms, when the answer has no Retry-After. */
  everyMs?: number;
  headers?: Readonly<Record<string, string>>;
  name?: string;
}

/** The target's answer. */
export interface Reply {
  readonly status: number;
  /** Empty without one. */
  readonly body: string;
  /** Value in the JSON body, e.g. `at('order.id')` or `at('lines.0.sku')`; undefined where there is none. */
  at(path: string): unknown;
  /** Value of a header, whatever its case. */
  header(name: string): string | undefined;
}

/** The shopper of this order, and the shop as they see it. */
export interface Shop {
  /** A key that no other order has, for Idempotency-Key. */
  readonly orderKey: string;
  /** An account name that no other order has. */
  readonly shopper: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
  readonly street: string;
  readonly city: string;
  /** What they want and from which café: of the plan's café partners, or of `data` in the journey. */
  readonly sku: string;
  readonly cafe: string;
  /** Drawn for this order from the list of this name in the journey's `data`. */
  data(name: string): string;
  /** A number from 0 (included) to 1 (excluded), the same in every run of the same plan. Never use Math.random. */
  random(): number;

  /** `path` begins with `/`, or is a whole address on the target, as an answer gave it. Redirects are not followed. */
  get(path: string, options?: RequestOptions): Doing<Reply>;
  post(path: string, options?: RequestOptions): Doing<Reply>;
  put(path: string, options?: RequestOptions): Doing<Reply>;
  patch(path: string, options?: RequestOptions): Doing<Reply>;
  delete(path: string, options?: RequestOptions): Doing<Reply>;
  /** Asks with GET for the result of a queue ticket, as long as the shopper's patience lasts. */
  poll(path: string, options: PollOptions): Doing<Reply>;
  /** The time that shoppers think between two steps (`client.thinkTime`); what comes then is a turn of its own. */
  think(): Doing<void>;

  /**
   * The order is placed, and this names it: its id, or another value of the answer that proves it. Without a value, or with
   * `true`, nothing proves it, and the report says so. Empty values (null, undefined, false, '', [], {}) mean that it is not
   * placed: it is judged by the last answer, as is an order whose last answer was 401, 403, 408, 429 or 5xx.
   */
  confirmed(value?: unknown): OrderEnd;
  /** An honest "sold out", and the item that is out, if the answer says it. */
  soldOut(item?: unknown): OrderEnd;
  /** An honest "closed": some shoppers begin anew at another café, if the plan's closures say so. */
  closed(): OrderEnd;
}

/** One order, from the first request to its end. */
export type OrderCode = (shop: Shop) => Generator<Act, OrderEnd, Told>;

/** What `order` makes: the default export of a script. */
export interface OwnOrder {
  readonly peakproof: 'order';
  readonly code: OrderCode;
}

/** `export default order(function* (shop) { … })` */
export const order = (code: OrderCode): OwnOrder => ({ peakproof: 'order', code });
