import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { amount, latency } from '../scripts/core/quantities.ts';
import type { Invariant } from './core/invariant.ts';
import type { OrderBook } from './core/order-book.ts';

// What every partner kind has in common: the keys a user may set, and what its file gives to the process.

/** Keys of every partner kind, in launch.yaml. */
export const partnerKeys = {
  /** Port on this machine; 0 = any free one. */
  port: amount({ min: 0, max: 65_535, integer: true }).default(0),
  /** Address to listen on; `0.0.0.0` lets a target on another machine call in. */
  host: z.string().min(1).max(255).default('127.0.0.1'),
  /** How long each answer takes. */
  latency: latency().default({ shape: 'fixed', ms: 0 }),
};

/** Name of an item in stock or on a menu: it appears in answers, metrics and reports. */
export const itemName = z
  .string()
  .regex(/^[^\p{C}]{1,64}$/u, 'an item name of 1 to 64 characters without control characters');

/** A whole number of things or of minor units of the currency. */
export const count = () => amount({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });

/** A request that reached a route of a partner. */
export interface PartnerCall {
  method: string;
  /** As sent, without the query. */
  path: string;
  /** What follows the `?`; empty without one. */
  query: string;
  /** Values of the route's `:name` parts, decoded. */
  params: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  /** Parsed JSON or form fields; undefined without a body, or when it is neither. */
  body: unknown;
  /** The body as it came. */
  raw: Buffer;
  /** What makes the request recognisable whenever it arrives; null = nothing does. */
  key: string | null;
  /** A prober's order: sees stock-outs and faults, uses nothing up. */
  canary: boolean;
  /** True for an item that a fault keeps out at this moment. */
  keptOut: (item: string) => boolean;
  /** True while a fault has the shop say that it is closed; null = the partner as a whole. */
  keptClosed: (shop: string | null) => boolean;
}

export interface PartnerAnswer {
  status: number;
  /** A Buffer is sent as it is, a string as plain text, anything else as JSON. */
  body: unknown;
  headers?: Readonly<Record<string, string | string[]>>;
  /** Label of the request counter: one of a few words. */
  outcome: string;
  /** Items that only a fault kept out of this answer; empty when no stock-out changed it. */
  withheld?: readonly string[];
  /** The shop (null: the whole partner) that only a fault has closed, if that changed the answer. */
  closedBy?: { shop: string | null };
  /** Added to the partner's latency, ms: what the answer itself takes. */
  takesMs?: number;
  /** Sent piece by piece instead of `body`, each so long after the answer began, ms, ascending. */
  pieces?: readonly { afterMs: number; text: string }[];
  /** How long it waited by its nature, as a long poll does, ms: the partner's latency counts from then. */
  waitedMs?: number;
}

export interface PartnerRoute {
  method: string;
  /** `/orders/:id`: parts that begin with a colon stand for any one part; a last `*` for all that follows. */
  path: string;
  act: (call: PartnerCall) => PartnerAnswer | Promise<PartnerAnswer>;
  /** A route of the test's side: no latency, no faults, and not in the figures. */
  exempt?: boolean;
}

/** What the key of a request is taken from. */
export type Keyed = Pick<PartnerCall, 'body' | 'params' | 'headers' | 'query'>;

/** One partner at work. It decides at once; delay, faults and metrics are put around it. */
export interface PartnerBehaviour {
  routes: readonly PartnerRoute[];
  /** What makes a request recognisable; decides its latency and which faults hit it. Must not throw. */
  keyOf: (call: Keyed) => string | null;
  /** The shop that a request is for, where there are shops. */
  shopOf?: (call: PartnerCall) => string | null;
  /** Items on sale; none without it. */
  menu?: readonly string[];
  /** Items that can be out: the menu and what is used up by orders; none without it. */
  items?: readonly string[];
  /** What is left of each item in finite supply. */
  left?: () => Record<string, number>;
  /** Replaces what is left of the items that it names. */
  restock?: (stock: Readonly<Record<string, number>>) => void;
  /** Shown in /metrics: orders waiting, and shops that are open by themselves (faults are taken off by the host). */
  gauges?: () => { queueLength?: number; shops?: readonly string[] };
  /** As at the start of a step: forgets everything. `restock` is called next. */
  reset: () => void;
  /** An answer of this partner that is no success, in its own format; the default is `{code, message}`. */
  refuse?: (refusal: Refusal) => PartnerAnswer;
  /** 200 with a wrong meaning, in its own format; the default is an apology in prose. */
  apologise?: (call: PartnerCall) => PartnerAnswer;
  /** Multipart and other bodies: fields by name; `undefined` = not readable (400). The default takes JSON and forms. */
  readBody?: (raw: Buffer, contentType: string) => unknown;
  /** Any body will do: one that is no JSON is `undefined` instead of a 400. */
  takesAnyBody?: boolean;
  /** Ends what it has running. */
  close?: () => void;
}

export interface Refusal {
  status: number;
  code: string;
  message: string;
  /** null = no Retry-After. */
  retryAfterSec: number | null;
}

/** What the process gives to a partner. */
export interface PartnerContext {
  name: string;
  seed: number;
  /** The last of an item has gone. */
  depleted: (item: string) => void;
  /** Counts a look at an invariant; `broken` keeps the key as an example. Not for canaries. */
  check: (invariant: Invariant, broken: boolean, key: string) => void;
  /** Orders of all cafés and money of all payment partners. */
  book: OrderBook;
}

/** Identifiers a client sends, such as order keys. */
export const clientKey = z.string().min(1).max(256);

/** What stands in a JSON value at these keys, one inside the other; undefined where there is nothing. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined,
    value,
  );
}

/** A field of a body if it is a text that can be a key. */
export function keyField(body: unknown, field: string): string | null {
  const value = valueAt(body, field);
  return typeof value === 'string' && value.length > 0 && value.length <= 512 ? value : null;
}

/** 400 with what was wrong, for a body that did not parse. */
export function badInput(error: z.ZodError): PartnerAnswer {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  return refusal(400, 'BAD_INPUT', problems.join('; ').slice(0, 500));
}

export function refusal(status: number, code: string, message: string): PartnerAnswer {
  return { status, body: { code, message }, outcome: 'refused' };
}

export function granted(status: number, outcome: string, body: unknown): PartnerAnswer {
  return { status, body, outcome };
}

/** 500 for what a partner did not expect of itself. */
export function failed(error: unknown): PartnerAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { ...refusal(500, 'INTERNAL', message), outcome: 'failed' };
}
