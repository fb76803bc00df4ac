import { createHistogram } from 'node:perf_hooks';
import type { MockEvent } from '../contract.ts';
import { drawUnit } from '../core/seeded.ts';
import type { FaultEffect } from '../fault.ts';
import { isMeant } from '../http/router.ts';
import type { PartnerVoice } from '../partner-voice.ts';
import { FAULT_KINDS, type FaultSpec } from '../registry.ts';

type FaultSpecs = { [Kind in keyof typeof FAULT_KINDS]: Extract<FaultSpec, { kind: Kind }> };
type Effects = {
  [Kind in keyof FaultSpecs]: { effect: (spec: FaultSpecs[Kind], voice: PartnerVoice) => FaultEffect };
};

function effectOf<Kind extends keyof FaultSpecs>(
  kind: Kind,
  spec: FaultSpecs[Kind],
  voice: PartnerVoice,
): FaultEffect {
  const effects: Effects = FAULT_KINDS;
  return effects[kind].effect(spec, voice);
}

/** Which requests a fault is about; kinds without these keys are about all. */
interface Scope {
  route: string | null;
  shop: string | null;
  share: number;
}

function scopeOf(spec: FaultSpec): Scope {
  return {
    route: 'route' in spec ? spec.route : null,
    // A closure's shop is one that says so itself.
    shop: 'share' in spec ? spec.shop : null,
    share: 'share' in spec ? spec.share : 1,
  };
}

/** Where a request goes: its route, or what was really asked for where a route stands for any path. */
export interface Place {
  /** e.g. `POST /orders/:id` */
  label: string;
  /** null = its route says all. */
  asked: string | null;
  /** Asked for only by a fault of one shop. */
  shop: () => string | null;
}

/** A fault in force, and the proof of what it did. */
export class ActiveFault {
  readonly spec: FaultSpec;
  readonly effect: FaultEffect;
  readonly scope: Scope;
  #seen = 0;
  #hit = 0;
  #delayed = 0;
  #answered = 0;
  #ended = false;
  /** Microseconds; to three digits, so medians are exact to 0.1 %. */
  readonly #requested = createHistogram();
  readonly #achieved = createHistogram();
  /** Whether a route is meant, by its label. */
  readonly #routes = new Map<string, boolean>();
  readonly #plannedAt: number;
  readonly #record: (event: MockEvent) => void;

  /** `plannedAt`: when it was to come into force; names this span of the fault in its tallies. */
  constructor(spec: FaultSpec, plannedAt: number, voice: PartnerVoice, record: (event: MockEvent) => void) {
    this.spec = spec;
    this.scope = scopeOf(spec);
    this.#plannedAt = plannedAt;
    this.effect = effectOf(spec.kind, spec, voice);
    this.#record = record;
  }

  keepsOut(item: string, menu: ReadonlySet<string>): boolean {
    const { soldOut } = this.effect;
    return soldOut === 'menu' ? menu.has(item) : soldOut?.includes(item) === true;
  }

  /** Whether it has this shop say that it is closed; null = asked of the partner as a whole. */
  closes(shop: string | null): boolean {
    const { closed } = this.effect;
    return closed !== undefined && (closed.shop === null || closed.shop === shop);
  }

  isAbout({ label, asked, shop }: Place): boolean {
    const { scope } = this;
    return this.#isAboutRoute(label, asked) && (scope.shop === null || scope.shop === shop());
  }

  #isAboutRoute(label: string, asked: string | null): boolean {
    const wanted = this.scope.route;
    if (wanted === null) return true;
    if (asked !== null) return isMeant(asked, wanted);
    const known = this.#routes.get(label);
    if (known !== undefined) return known;
    const meant = isMeant(label, wanted);
    this.#routes.set(label, meant);
    return meant;
  }

  /** Whether it takes a request that it is about: the same ones in every run, whatever the order of arrival. */
  takes(seed: number, requestKey: string): boolean {
    return this.scope.share >= 1 || drawUnit(seed, `${this.spec.id} ${requestKey}`) < this.scope.share;
  }

  /** A request in its scope. `hit` = this fault changed its answer or its delay. */
  saw(hit: boolean): void {
    this.#seen++;
    if (hit) this.#hit++;
  }

  /** A request that this fault delays; `delayed` is called when it is answered. */
  delays(): void {
    this.#delayed++;
  }

  delayed(requestedMs: number, achievedMs: number): void {
    this.#answered++;
    this.#requested.record(Math.max(1, Math.round(requestedMs * 1_000)));
    this.#achieved.record(Math.max(1, Math.round(achievedMs * 1_000)));
    if (this.#ended && this.#answered === this.#delayed) this.tally();
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
