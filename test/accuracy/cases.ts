// What is made to go wrong, how long, and under which load. Kinds, lengths and rates are paired so that any two of
// them meet at least once; the rest turns with them.

export type Kind =
  | 'none'
  | 'refused'
  | 'killed'
  | '503'
  | 'hang'
  | 'freeze'
  | '60 % errors'
  | 'slow'
  | 'prose';

/** Requests of an order, without think time between them. */
export type Requests = 1 | 2 | 3;

export interface AccuracyCase {
  name: string;
  kind: Kind;
  /** Offsets from `LEAD_SEC` after the start of the replayed part. */
  outages: readonly { atSec: number; forSec: number }[];
  ratePerSec: number;
  requests: Requests;
  sliceSec: 1 | 2 | 5;
  slowAfterMs: number;
  timeoutMs: number;
  patienceMs: number;
  /** The default retries: 3, after up to 1, 2 and 4 s. */
  retries: boolean;
  /** Where in a second the trouble begins, so that edges fall everywhere in a slice. */
  phaseMs: number;
}

export const WARM_UP_SEC = 2;
/** Undisturbed time before the first trouble and after the last. */
export const LEAD_SEC = 4;
const TAIL_SEC = 8;
/** Start of the command, canary, VUs and the drain of the last turns. */
const AROUND_SEC = 8;

export function lengthSec({ outages, sliceSec }: AccuracyCase): number {
  const end = Math.max(...outages.map(({ atSec, forSec }) => atSec + forSec), 0);
  return LEAD_SEC + end + Math.max(TAIL_SEC, 3 * sliceSec);
}

export function expectedSec(cases: readonly AccuracyCase[]): number {
  return cases.reduce((sum, one) => sum + WARM_UP_SEC + lengthSec(one) + AROUND_SEC, 0);
}

type Wanted = Pick<AccuracyCase, 'kind' | 'ratePerSec'> &
  Partial<AccuracyCase> & {
    /** One outage of this length. */
    forSec?: number;
    note?: string;
  };

function make({ forSec, note, ...wanted }: Wanted, index: number): AccuracyCase {
  const retries = wanted.retries ?? false;
  const outages = wanted.outages ?? (forSec === undefined ? [] : [{ atSec: 0, forSec }]);
  const lengths = outages.map((outage) => `${outage.forSec} s`).join(' and ');
  return {
    requests: 1,
    sliceSec: wanted.ratePerSec < 100 ? 2 : 1,
    slowAfterMs: retries ? 3_000 : 1_000,
    timeoutMs: retries ? 4_000 : 3_000,
    patienceMs: retries ? 8_000 : 4_000,
    phaseMs: (index * 370) % 1_000,
    ...wanted,
    retries,
    outages,
    name: [
      lengths === '' ? wanted.kind : `${wanted.kind} ${lengths}`,
      `${wanted.ratePerSec}/s`,
      ...(retries ? ['retries'] : []),
      ...(note ? [note] : []),
    ].join(', '),
  };
}

const EVERY_SORT: readonly Wanted[] = [
  { kind: 'refused', forSec: 5, ratePerSec: 100, requests: 2 },
  { kind: 'freeze', forSec: 5, ratePerSec: 100 },
  { kind: 'prose', forSec: 2, ratePerSec: 300, slowAfterMs: 500 },
  { kind: '503', forSec: 5, ratePerSec: 100, requests: 2, retries: true },
];

const PAIRS: readonly Wanted[] = [
  { kind: 'refused', forSec: 2, ratePerSec: 20, requests: 3 },
  { kind: 'refused', forSec: 20, ratePerSec: 300, requests: 1 },
  { kind: 'killed', forSec: 2, ratePerSec: 100, requests: 1, slowAfterMs: 500 },
  { kind: 'killed', forSec: 5, ratePerSec: 300, requests: 2 },
  { kind: 'killed', forSec: 20, ratePerSec: 20, requests: 3, slowAfterMs: 2_000 },
  { kind: '503', forSec: 2, ratePerSec: 300, requests: 1 },
  { kind: '503', forSec: 5, ratePerSec: 20, requests: 2, slowAfterMs: 500 },
  { kind: '503', forSec: 20, ratePerSec: 100, requests: 3 },
  { kind: 'hang', forSec: 2, ratePerSec: 20, requests: 2 },
  { kind: 'hang', forSec: 5, ratePerSec: 100, requests: 3, slowAfterMs: 2_000 },
  { kind: 'hang', forSec: 20, ratePerSec: 300, requests: 1 },
  { kind: 'freeze', forSec: 2, ratePerSec: 300, requests: 2, slowAfterMs: 500 },
  { kind: 'freeze', forSec: 2, ratePerSec: 100, requests: 2, slowAfterMs: 3_000, note: 'slowAfter 3 s' },
  { kind: 'freeze', forSec: 20, ratePerSec: 20, requests: 3 },
  { kind: 'freeze', forSec: 5, ratePerSec: 300, requests: 1, slowAfterMs: 500 },
  { kind: '60 % errors', forSec: 2, ratePerSec: 100, requests: 1 },
  { kind: '60 % errors', forSec: 5, ratePerSec: 20, requests: 2 },
  { kind: '60 % errors', forSec: 20, ratePerSec: 300, requests: 2 },
  { kind: 'slow', forSec: 2, ratePerSec: 20, requests: 1 },
  { kind: 'slow', forSec: 5, ratePerSec: 300, requests: 2, slowAfterMs: 500 },
  { kind: 'slow', forSec: 20, ratePerSec: 100, requests: 3, slowAfterMs: 2_000 },
  { kind: 'prose', forSec: 5, ratePerSec: 100, requests: 3, slowAfterMs: 2_000 },
  { kind: 'prose', forSec: 20, ratePerSec: 20, requests: 2 },
];

/** Short waits, so that k6 needs fewer VUs. */
const FAST_CLIENT = { timeoutMs: 2_000, patienceMs: 2_500 };
const FAST: readonly Wanted[] = [
  { kind: 'refused', forSec: 5, ratePerSec: 1_000, ...FAST_CLIENT },
  { kind: 'prose', forSec: 2, ratePerSec: 1_000, ...FAST_CLIENT },
];

const WITH_RETRIES: readonly Wanted[] = [
  { kind: 'refused', forSec: 5, ratePerSec: 100, retries: true },
  { kind: 'killed', forSec: 5, ratePerSec: 100, retries: true, requests: 2 },
  // A try that is given up early leaves time for another one.
  { kind: 'hang', forSec: 5, ratePerSec: 100, retries: true, timeoutMs: 1_000 },
  { kind: 'freeze', forSec: 5, ratePerSec: 100, retries: true },
  { kind: '60 % errors', forSec: 5, ratePerSec: 100, retries: true },
  { kind: 'slow', forSec: 5, ratePerSec: 100, retries: true },
  { kind: 'prose', forSec: 5, ratePerSec: 100, retries: true, requests: 2 },
];

/** Two outages become one incident when the gap between them is shorter than 30 s. */
const CLOSE_TOGETHER: readonly Wanted[] = [
  { kind: 'refused', ratePerSec: 100, outages: apart(3, 4) },
  { kind: 'freeze', ratePerSec: 100, outages: apart(5, 12), requests: 2 },
  { kind: '503', ratePerSec: 100, outages: apart(4, 36) },
];

function apart(forSec: number, gapSec: number): AccuracyCase['outages'] {
  return [
    { atSec: 0, forSec },
    { atSec: forSec + gapSec, forSec },
  ];
}

const UNDISTURBED: readonly Wanted[] = [
  { kind: 'none', ratePerSec: 300, requests: 3, slowAfterMs: 500 },
  { kind: 'none', ratePerSec: 20, requests: 2, retries: true },
];

const COARSE: readonly Wanted[] = [
  { kind: 'refused', forSec: 20, ratePerSec: 20, sliceSec: 5, note: 'slices of 5 s' },
];

export const CASES: readonly AccuracyCase[] = [
  ...EVERY_SORT,
  ...PAIRS,
  ...FAST,
  ...WITH_RETRIES,
  ...CLOSE_TOGETHER,
  ...UNDISTURBED,
  ...COARSE,
].map(make);

/**
 * `npm test` runs these. Where retries heal more and more of an outage's last orders, its end is blurred: such a case
 * belongs into the table, not into a quick check.
 */
export const REPRESENTATIVE_CASES = CASES.filter(({ name }) =>
  ['prose 2 s, 300/s', 'prose 5 s, 100/s, retries'].includes(name),
);
