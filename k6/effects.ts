import type { HttpMethod } from './journey-spec.ts';

// What a journey asks of the world and what it is told. A journey is a generator that does no I/O: k6, undici and
// unit tests drive the same code.

/** One try of one HTTP request, ready to be sent. Redirects are never followed: a 3xx is an answer like any other. */
export interface WireRequest {
  /** Label of the request; the same few in the whole run. */
  name: string;
  method: HttpMethod;
  /** Absolute. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** null = no body. */
  body: string | null;
  /** No answer within this time ends the try as `timeout`; whole ms, at least 1. */
  timeoutMs: number;
  /** false: nobody looks at the answer's body, it may be thrown away (it must still arrive whole). */
  needsBody: boolean;
}

/**
 * Why a try has no answer.
 * - timeout: not answered within `timeoutMs`; refused: connection refused; reset: connection broken on the way
 * - network: DNS, TLS, protocol and the rest; local: the generator's own machine (open files, ports, memory)
 */
export type WireError = 'timeout' | 'refused' | 'reset' | 'network' | 'local';

export interface Answer {
  /** HTTP status; 0 without an answer. */
  status: number;
  /** Names in lower case; at least `retry-after` and `location`. The others may have to be looked up in `raw`. */
  headers: Readonly<Record<string, string | undefined>>;
  /** null = none, or thrown away because of `needsBody: false`. */
  body: string | null;
  /** null if, and only if, there is an answer. */
  error: WireError | null;
  /** How long the answer took from its first byte to its last one, ms. */
  receivedInMs: number;
  /** Of a request that was sent twice: the answer to its twin. */
  twin?: Answer;
  /** Absent: `headers` has all of them, and the body is all there is. */
  raw?: RawAnswer;
}

/** An answer as k6 has it: what most orders never look at stays there. */
export interface RawAnswer {
  /** Names as k6 writes them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Value at a path of gjson in the body; undefined = nothing there, or the body is no JSON. Throws without a body. */
  json(path: string): unknown;
}

/** The headers of an answer that drivers give in any case. */
export const ANSWER_HEADERS = ['retry-after', 'location'] as const;

/** `twice`: two of the same at once, over connections of their own. */
export type Effect = { do: 'send'; request: WireRequest; twice?: true } | { do: 'sleep'; ms: number };

/** A piece of a journey: yields effects, receives the Answer of a `send` and null after a `sleep`. */
export type Flow<Result> = Generator<Effect, Result, Answer | null>;
