// `traceparent` of W3C Trace Context: one trace a turn, one span a try. Ids are counted, as drawing is dear in k6.

export interface Trace {
  /** What the turn's headers have in common: version, trace id, and 12 of the span id's 16 digits. */
  readonly head: string;
  /** Of the order, from 0. */
  readonly turn: number;
  /** The span id's last 4 digits, counted up by each try. Never all zeros, which would be no id. */
  nextSpan: number;
}

/**
 * @param orderId 24 hex digits that no other order has
 * @param turn of the order, from 0
 */
export const startTrace = (orderId: string, turn: number): Trace => {
  const digits = turn === 0 ? '00000000' : (0x1_0000_0000 + turn).toString(16).slice(1);
  return { head: `00-${orderId}${digits}-${orderId.slice(16)}${digits.slice(4)}`, turn, nextSpan: 0x1000 };
};

/** Header value of one try. */
export const traceParent = (trace: Trace): string => {
  const span = trace.nextSpan;
  trace.nextSpan = span === 0xffff ? 0x1000 : span + 1;
  return `${trace.head}${span.toString(16)}-01`;
};
