import type { TurnTally } from '../timeline.ts';
import type { TurnFate } from './turn-labels.ts';

const FIRST_LENGTH = 1_024;

/**
 * Tallies of turns as columns, as there are very many: objects of them would be half of the memory that a long run needs
 * to be judged.
 */
export class TallyColumns implements Iterable<TurnTally> {
  readonly #fates: TurnFate[] = [];
  readonly #indexOf = new Map<TurnFate, number>();
  #length = 0;
  #ascending = true;
  #fate = new Uint32Array(FIRST_LENGTH);
  #second = new Float64Array(FIRST_LENGTH);
  #count = new Float64Array(FIRST_LENGTH);
  #endedBy = new Float64Array(FIRST_LENGTH);

  add(fate: TurnFate, second: number, count: number, endedBy: number): void {
    if (this.#length === this.#count.length) this.#grow();
    const row = this.#length++;
    this.#ascending &&= row === 0 || endedBy >= (this.#endedBy[row - 1] ?? 0);
    this.#fate[row] = this.#fateIndex(fate);
    this.#second[row] = second;
    this.#count[row] = count;
    this.#endedBy[row] = endedBy;
  }

  /** As they are now, in the order in which they ended; shares nothing that changes later. */
  inOrder(): TallyColumns {
    const ordered = new TallyColumns();
    for (const fate of this.#fates) ordered.#fateIndex(fate);
    ordered.#length = this.#length;
    const rows = this.#ascending ? null : this.#rowsByEnd();
    const column = <Column extends Uint32Array | Float64Array>(of: Column): Column => {
      const copy = of.slice(0, this.#length) as Column;
      if (rows) for (const [at, row] of rows.entries()) copy[at] = of[row] ?? 0;
      return copy;
    };
    ordered.#fate = column(this.#fate);
    ordered.#second = column(this.#second);
    ordered.#count = column(this.#count);
    ordered.#endedBy = column(this.#endedBy);
    return ordered;
  }

  *[Symbol.iterator](): Generator<TurnTally> {
    for (let row = 0; row < this.#length; row++) {
      const fate = this.#fates[this.#fate[row] ?? 0];
      if (!fate) continue;
      const [second, count, endedBy] = [
        this.#second[row] ?? 0,
        this.#count[row] ?? 0,
        this.#endedBy[row] ?? 0,
      ];
      const { journey, outcome, kind, at, first, item, cafe, unnamed } = fate;
      const tally = { journey, second, outcome, kind, at, first, item, cafe, count, endedBy };
      yield unnamed ? { ...tally, unnamed } : tally;
    }
  }

  #rowsByEnd(): Uint32Array {
    const ended = this.#endedBy;
    return Uint32Array.from({ length: this.#length }, (_, row) => row).sort(
      (a, b) => (ended[a] ?? 0) - (ended[b] ?? 0) || a - b,
    );
  }

  #fateIndex(fate: TurnFate): number {
    const known = this.#indexOf.get(fate);
    if (known !== undefined) return known;
    this.#indexOf.set(fate, this.#fates.length);
    return this.#fates.push(fate) - 1;
  }

  #grow(): void {
    const length = this.#length * 2;
    this.#fate = widened(this.#fate, new Uint32Array(length));
    this.#second = widened(this.#second, new Float64Array(length));
    this.#count = widened(this.#count, new Float64Array(length));
    this.#endedBy = widened(this.#endedBy, new Float64Array(length));
  }
}

function widened<Column extends Uint32Array | Float64Array>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
