import type { BadKind, DottedPath, HttpMethod, LoadSpec } from '../contract.ts';

// A journey after compilation: plain data, so it is made once when the script is bundled, and a VU only reads it.

// Arrays and objects are few in it: each one costs every VU half a kilobyte. Pairs stand in flat lists, which a loop
// by index walks ten times faster than `for in` or `for of`.

/**
 * A text without variables, or pieces in turn: text, variable, text, variable … A variable is its encoding's
 * letter and its name, e.g. `porderKey`.
 */
export type Template = string | readonly string[];

/**
 * - p: percent-encoded, for a path
 * - h: printable ASCII only, for a header, so that no answer can add one
 * - j: a JSON value of the variable's own type; s: within a JSON string
 */
export type Encoding = 'p' | 'h' | 'j' | 's';

/** Values of variables by name; captures are put in while the order goes on. */
export type Variables = Record<string, string | number | boolean>;

/** Conditions on an answer; all of them must hold. */
export interface MatchProgram {
  /** null = any 2xx. */
  status: number | null;
  /** Path that must exist and not be null. */
  has: DottedPath | null;
  /** Path, value, path, value …; null = none. */
  where: readonly (string | number | boolean | null)[] | null;
}

export interface StepProgram {
  name: string;
  method: HttpMethod;
  /** Absolute. */
  url: Template;
  /** Name, value, name, value … */
  headers: readonly Template[];
  body: Template | null;
  needsBody: boolean;
  /** Variable, path, variable, path …; null = nothing. */
  capture: readonly string[] | null;
  confirmed: MatchProgram;
  /** `confirmed` asks for more than any 2xx. */
  particular: boolean;
  soldOut: (MatchProgram & { item: DottedPath | null }) | null;
  closed: MatchProgram | null;
  queued: (MatchProgram & { poll: Template | null; everyMs: number }) | null;
}

export interface JourneyProgram {
  name: string;
  /** Scheme, host and port of the target: no answer leads elsewhere. */
  origin: string;
  steps: readonly StepProgram[];
  /** Variables that an order must bring: used, and not captured before. */
  variables: readonly string[];
  data: Readonly<Record<string, readonly string[]>>;
}

/** What the load script carries: the LoadSpec with its journeys compiled. */
export type LoadProgram = Omit<LoadSpec, 'journeys'> & { journeys: readonly JourneyProgram[] };

/** How a step ended, once it is known whether a shopper who was told "closed" moves on. */
export type StepEnd =
  | { how: 'right' }
  | { how: 'sold-out'; item: string | null }
  | { how: 'bad'; kind: BadKind };
