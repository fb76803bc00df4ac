import { z } from 'zod';
import { amount, latency } from '../scripts/core/quantities.ts';

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

/** A request that reached a known route of a partner. */
export interface PartnerCall {
  /** Parsed JSON; undefined without a body. */
  body: unknown;
  /** A prober's order: sees stock-outs and faults, uses nothing up. */
  canary: boolean;
  /** True for an item that a fault keeps out at this moment. */
  keptOut: (item: string) => boolean;
}

export interface PartnerAnswer {
  status: number;
  body: unknown;
  /** Label of the request counter: one of a few words. */
  outcome: string;
  /** Items that only a fault kept out of this answer; empty when no fault changed it. */
  withheld: readonly string[];
}

/** One partner at work. It decides at once; delay, faults and metrics are put around it. */
export interface PartnerBehaviour {
  /** Path → method → action. */
  routes: ReadonlyMap<string, ReadonlyMap<string, (call: PartnerCall) => PartnerAnswer>>;
  /** What makes a request recognisable whenever it arrives; null = nothing does. Decides its latency. */
  keyOf: (body: unknown) => string | null;
  /** Items on sale. */
  menu: readonly string[];
  /** Items that can be out: the menu and what is used up by orders. */
  items: readonly string[];
  /** What is left of each item in finite supply. */
  left: () => Record<string, number>;
  /** As at the start of a step: forgets all orders; `stock` replaces the planned stock of the items it names. */
  reset: (stock: Readonly<Record<string, number>>) => void;
}

/** Identifiers a client sends, such as order keys. */
export const clientKey = z.string().min(1).max(256);

/** 400 with what was wrong, for a body that did not parse. */
export function badInput(error: z.ZodError): PartnerAnswer {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  return refusal(400, { code: 'BAD_INPUT', message: problems.join('; ').slice(0, 500) });
}

export function refusal(status: number, body: { code: string; message: string }): PartnerAnswer {
  return { status, body, outcome: 'refused', withheld: [] };
}

export function granted(status: number, outcome: string, body: unknown): PartnerAnswer {
  return { status, body, outcome, withheld: [] };
}
