import { createHistogram } from 'node:perf_hooks';
import { FAULT_KINDS, type FaultSpec, type MockEvent } from './contract.ts';
import type { FaultEffect } from './fault.ts';

type FaultSpecs = { [Kind in keyof typeof FAULT_KINDS]: Extract<FaultSpec, { kind: Kind }> };
type Effects = { [Kind in keyof FaultSpecs]: { effect: (spec: FaultSpecs[Kind]) => FaultEffect } };

function effectOf<Kind extends keyof FaultSpecs>(kind: Kind, spec: FaultSpecs[Kind]): FaultEffect {
  const effects: Effects = FAULT_KINDS;
  return effects[kind].effect(spec);
}

/** A fault in force, and the proof of what it did. */
export class ActiveFault {
  readonly spec: FaultSpec;
  readonly effect: FaultEffect;
  #seen = 0;
  #hit = 0;
  #delayed = 0;
  #answered = 0;
  #ended = false;
  /** Microseconds; to three digits, so medians are exact to 0.1 %. */
  readonly #requested = createHistogram();
  readonly #achieved = createHistogram();
  readonly #plannedAt: number;
  readonly #record: (event: MockEvent) => void;

  /** `plannedAt`: when it was to come into force; names this span of the fault in its tallies. */
  constructor(spec: FaultSpec, plannedAt: number, record: (event: MockEvent) => void) {
    this.spec = spec;
    this.#plannedAt = plannedAt;
    this.effect = effectOf(spec.kind, spec);
    this.#record = record;
  }

  keepsOut(item: string, menu: readonly string[]): boolean {
    const { soldOut } = this.effect;
    return (soldOut === 'menu' ? menu : soldOut).includes(item);
  }

  /** A request reached the partner. `hit` = this fault changed its answer or its delay. */
  saw(hit: boolean): void {
    this.#seen++;
    if (hit) this.#hit++;
  }

  /** A request that this fault delays; call the result when it is answered. */
  delaying(requestedMs: number): (achievedMs: number) => void {
    this.#delayed++;
    return (achievedMs) => {
      this.#answered++;
      this.#requested.record(Math.max(1, Math.round(requestedMs * 1_000)));
      this.#achieved.record(Math.max(1, Math.round(achievedMs * 1_000)));
      if (this.#ended && this.#answered === this.#delayed) this.tally();
    };
  }

  tally(): void {
    this.#record({
      type: 'fault-tally',
      at: Date.now(),
      fault: this.spec.id,
      plannedOnAt: this.#plannedAt,
      seen: this.#seen,
      hit: this.#hit,
      requestedMedianMs: this.#answered > 0 ? this.#requested.percentile(50) / 1_000 : null,
      achievedMedianMs: this.#answered > 0 ? this.#achieved.percentile(50) / 1_000 : null,
    });
  }

  end(): void {
    this.#ended = true;
    this.tally();
  }
}
