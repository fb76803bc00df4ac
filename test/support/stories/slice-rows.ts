import { columnOf } from '../../../scripts/contract/columns.ts';
import type { StepReport } from '../../../scripts/contract/run-report.ts';
import type { Voiding } from '../../../scripts/contract/verdict-words.ts';

const COUNTS = ['planned', 'started', 'dropped', 'turns', 'good', 'bad', 'firstBad', 'confirmed'] as const;

/** A slice as the report tells it, read from its columns. */
export interface SliceRow extends Record<(typeof COUNTS)[number], number> {
  fromAt: number;
  toAt: number;
  phase: string;
  state: string;
  load: string;
  prober: string;
  healthy: boolean;
  disagreement: boolean;
  journeys: readonly string[];
  unhealthy: readonly string[];
  voidedBy: readonly Voiding[];
}

/** Every slice of a step, warm-up included; none if its load never started. */
export function slicesOf({ series }: Pick<StepReport, 'series'>): SliceRow[] {
  if (series === null) return [];
  const { count, startedAt, firstLengthMs, lengthMs, lastLengthMs } = series;
  const column = (name: 'phase' | 'state' | 'load' | 'prober' | 'unsound' | 'disagreement') =>
    columnOf(series, name, count);
  const [phase, state, load, prober] = [column('phase'), column('state'), column('load'), column('prober')];
  const [unsound, disagreement] = [column('unsound'), column('disagreement')];
  const counts = COUNTS.map((name) => [name, columnOf(series.all, name, count)] as const);
  return Array.from({ length: count }, (_, index) => {
    const fromAt = index === 0 ? startedAt : startedAt + firstLengthMs + (index - 1) * lengthMs;
    const ownMs = index === 0 ? firstLengthMs : index === count - 1 ? lastLengthMs : lengthMs;
    const voidedBy = series.voided.flatMap(({ why, unit, slices }) =>
      slices.flatMap(([slice, reading, allowed]) =>
        slice === index ? [{ why, unit, reading, allowed }] : [],
      ),
    );
    return {
      fromAt,
      toAt: fromAt + ownMs,
      phase: String(phase[index]),
      state: String(state[index]),
      load: String(load[index]),
      prober: String(prober[index]),
      healthy: unsound[index] === 0,
      disagreement: disagreement[index] === 1,
      ...(Object.fromEntries(counts.map(([name, values]) => [name, Number(values[index])])) as Record<
        (typeof COUNTS)[number],
        number
      >),
      journeys: series.downBy.find(({ from, to }) => from <= index && index <= to)?.journeys ?? [],
      unhealthy: voidedBy.map(({ why }) => why),
      voidedBy,
    };
  });
}
