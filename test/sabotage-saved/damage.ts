import { OUTCOMES } from '../../k6/contract.ts';
import type { Observation } from '../../scripts/observe/observation.ts';

// Random damage by seed: the same seed does the same damage.

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  /** 0 (included) to 1 (excluded). mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** Whole, 0 (included) to `below` (excluded). */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

type Run = readonly Observation[];
export type Damage = (run: Run, dice: Dice) => Run;

/** Which observations are hit: one, a stretch, every nth, or all of one type from a point on. */
function victims(run: Run, dice: Dice): (observation: Observation, index: number) => boolean {
  const at = dice.below(run.length);
  // A run is mostly pushes and canaries: half of the time a rarer type is chosen instead.
  const type = dice.pick([...new Set(run.map((one) => one.type))]);
  const oneOfType = run.findIndex((one, index) => one.type === type && index >= at * dice.fraction());
  const until = at + 1 + dice.below(60);
  const nth = 2 + dice.below(20);
  return dice.pick([
    (_: Observation, index: number) => index === at,
    (_: Observation, index: number) => index === oneOfType,
    (_: Observation, index: number) => index >= at && index < until,
    (_: Observation, index: number) => index % nth === 0,
    (one: Observation) => one.type === type,
    (one: Observation, index: number) => one.type === type && index >= at,
  ]);
}

const drop: Damage = (run, dice) => {
  const hit = victims(run, dice);
  return run.filter((one, index) => !hit(one, index));
};

/** A time of an observation; `at` of a turn's labels is text, and no number here is both. */
const isTime = (key: string): boolean => /(^at|At)$/.test(key);

const shift: Damage = (run, dice) => {
  const hit = victims(run, dice);
  const byMs = Math.round((dice.fraction() - 0.5) * dice.pick([400, 4_000, 40_000, 700_000]));
  return run.map((one, index) => (hit(one, index) ? shiftedBy(one, byMs) : one));
};

function shiftedBy(observation: Observation, byMs: number): Observation {
  const moved = mapNumbers(observation, (value, key) => (isTime(key) ? value + byMs : value));
  if (moved.type !== 'push') return moved;
  return {
    ...moved,
    samples: moved.samples.map(([id, at, value]) => [id, at + byMs, value] as const),
    histograms: moved.histograms.map(([id, at, state]) => [id, at + byMs, state] as const),
  };
}

const duplicate: Damage = (run, dice) => {
  const hit = victims(run, dice);
  const atTheEnd = dice.fraction() < 0.5;
  const twice = run.filter(hit);
  return atTheEnd ? [...run, ...twice] : run.flatMap((one, index) => (hit(one, index) ? [one, one] : [one]));
};

const zero: Damage = (run, dice) => {
  const hit = victims(run, dice);
  return run.map((one, index) => (hit(one, index) ? emptied(one) : one));
};

function emptied(observation: Observation): Observation {
  if (observation.type === 'push') {
    return {
      ...observation,
      samples: observation.samples.map(([id, at]) => [id, at, 0] as const),
      histograms: observation.histograms.map(([id, at, state]) => {
        return [id, at, { ...state, count: 0, sum: 0, zeroCount: 0, buckets: [] }] as const;
      }),
    };
  }
  return mapNumbers(observation, (value, key) =>
    isTime(key) || key === 'id' || /sliceMs/i.test(key) ? value : 0,
  );
}

/** One number, or one label, of each victim is wrong. */
const corrupt: Damage = (run, dice) => {
  const hit = victims(run, dice);
  return run.map((one, index) => (hit(one, index) ? corrupted(one, dice) : one));
};

function corrupted(observation: Observation, dice: Dice): Observation {
  if (observation.type === 'series') return relabelled(observation, dice);
  if (observation.type === 'push' && observation.samples.length > 0) {
    const victim = dice.below(observation.samples.length);
    const wrong = wrongNumber(dice);
    return {
      ...observation,
      samples: observation.samples.map(([id, at, value], index) =>
        index === victim ? ([id, at, wrong(value)] as const) : ([id, at, value] as const),
      ),
    };
  }
  let numbers = 0;
  mapNumbers(observation, (value) => {
    numbers++;
    return value;
  });
  const victim = dice.below(numbers);
  const wrong = wrongNumber(dice);
  let seen = 0;
  return mapNumbers(observation, (value, key) => {
    // A slice without length is no slice: the plan's file says how long they are.
    const fixed = /sliceMs/i.test(key) || key === 'step';
    return seen++ === victim && !fixed ? wrong(value) : value;
  });
}

function wrongNumber(dice: Dice): (value: number) => number {
  const by = 1 + dice.below(200);
  return dice.pick([
    (value: number) => value * 2,
    (value: number) => Math.floor(value / 2),
    (value: number) => value + by,
    (value: number) => value - by,
    (value: number) => -value,
    (value: number) => value * 1_000,
  ]);
}

function relabelled(series: Extract<Observation, { type: 'series' }>, dice: Dice): Observation {
  const labels = { ...series.labels };
  const change = dice.pick(['slot', 'outcome', 'journey', 'instance', 'name'] as const);
  if (change === 'name') return { ...series, name: `${series.name}_x` };
  if (change === 'slot') labels['slot'] = String(dice.below(300));
  else if (change === 'outcome') labels['outcome'] = dice.pick(OUTCOMES);
  else labels[change] = `${labels[change] ?? ''}x`;
  return { ...series, labels };
}

/** Every number of an observation but the inside of pushes; `key` of an array is that of the field. */
function mapNumbers<T extends Observation>(
  observation: T,
  change: (value: number, key: string) => number,
): T {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'number') return change(value, key);
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
  };
  const { samples, histograms, ...rest } = { samples: null, histograms: null, ...observation };
  const inside = samples === null ? {} : { samples, histograms };
  return { ...(walk(rest, '') as T), ...inside };
}

export const DAMAGES = { drop, shift, duplicate, zero, corrupt } as const;

/** Damage to the text of a log, as a bad disk or an editor does it. */
export const TEXT_DAMAGES = {
  drop: (text: string, dice: Dice) => onLines(text, (lines, at, to) => lines.toSpliced(at, to - at), dice),
  duplicate: (text: string, dice: Dice) =>
    onLines(text, (lines, at, to) => lines.toSpliced(to, 0, ...lines.slice(at, to)), dice),
  shift: (text: string, dice: Dice) =>
    onLines(
      text,
      (lines, at, to) => [...lines.slice(0, at), ...lines.slice(to), ...lines.slice(at, to)],
      dice,
    ),
  zero: (text: string, dice: Dice) => {
    const [at, length] = [dice.below(text.length), 1 + dice.below(200)];
    return text.slice(0, at) + '\0'.repeat(length) + text.slice(at + length);
  },
  corrupt: (text: string, dice: Dice) => {
    const at = dice.below(text.length);
    const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(7)));
    return text.slice(0, at) + other + text.slice(at + 1);
  },
} as const;

function onLines(
  text: string,
  edit: (lines: string[], at: number, to: number) => string[],
  dice: Dice,
): string {
  const lines = text.trimEnd().split('\n');
  const at = dice.below(lines.length);
  return `${edit(lines, at, Math.min(lines.length, at + 1 + dice.below(5))).join('\n')}\n`;
}
