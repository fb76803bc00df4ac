// `traceparent` of W3C Trace Context: one trace a turn, one span a try.

export interface Trace {
  /** What the turn's headers have in common: version, trace id, and 12 of the span id's 16 digits. */
  readonly head: string;
  /** The span id's last 4 digits, counted up by each try. Never all zeros, which would be no id. */
  nextSpan: number;
}

/** Drawing is dear in k6, so a turn draws its trace id and no more; span ids need to differ within it only. */
export const startTrace = (random: () => number): Trace => {
  const high = hex8(random) + hex8(random);
  const low = hex8(random) + hex8(random);
  return { head: `00-${high}${low}-${high.slice(0, 12)}`, nextSpan: 0x1000 };
};

/** Header value of one try. */
export const traceParent = (trace: Trace): string => {
  const span = trace.nextSpan;
  trace.nextSpan = span === 0xffff ? 0x1000 : span + 1;
  return `${trace.head}${span.toString(16)}-01`;
};

/** Eight hex digits, never all zero. */
const hex8 = (random: () => number): string => {
  return (0x1_0000_0001 + Math.floor(random() * 0xffff_ffff)).toString(16).slice(1);
};
