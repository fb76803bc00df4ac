import type { MockEvent } from '../contract.ts';
import type { Invariant } from '../core/invariant.ts';

const EXAMPLES = 5;
const LONGEST_EXAMPLE = 80;

interface Tally {
  partner: string;
  invariant: Invariant;
  checked: number;
  broken: number;
  examples: string[];
  changed: boolean;
}

/** What partners saw hold or break since the last reset. */
export class Invariants {
  readonly #tallies = new Map<string, Tally>();
  readonly #record: (event: MockEvent) => void;

  constructor(record: (event: MockEvent) => void) {
    this.#record = record;
  }

  check(partner: string, invariant: Invariant, broken: boolean, key: string): void {
    this.count(partner, invariant, 1, broken ? [key] : []);
  }

  /** So many looks at once, and the keys for which it was found broken. */
  count(partner: string, invariant: Invariant, checked: number, brokenKeys: readonly string[]): void {
    const id = `${invariant} ${partner}`;
    let tally = this.#tallies.get(id);
    if (!tally) {
      tally = { partner, invariant, checked: 0, broken: 0, examples: [], changed: true };
      this.#tallies.set(id, tally);
    }
    tally.checked += checked;
    tally.changed = true;
    tally.broken += brokenKeys.length;
    for (const key of brokenKeys.slice(0, EXAMPLES - tally.examples.length)) {
      tally.examples.push(key.slice(0, LONGEST_EXAMPLE));
    }
  }

  /** Says what has changed since the last time. */
  tally(): void {
    for (const tally of this.#tallies.values()) {
      if (!tally.changed) continue;
      tally.changed = false;
      const { partner, invariant, checked, broken, examples } = tally;
      const at = Date.now();
      this.#record({
        type: 'invariant-tally',
        at,
        partner,
        invariant,
        checked,
        broken,
        examples: [...examples],
      });
    }
  }

  clear(): void {
    this.#tallies.clear();
  }
}
