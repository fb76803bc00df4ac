import { atDeadline } from '../core/deadline.ts';

/** A way to a customer. Its state follows from the clock. */
export interface Trip {
  lengthMs: number;
  /** Whether anybody wants to be told of its end. */
  watched: boolean;
  /** When a courier takes it, epoch ms; infinite while it waits for one. */
  assignedAt: number;
  /** When it has arrived, epoch ms. */
  deliveredAt: number;
}

interface Watcher<Carried extends Trip> {
  /** A courier has taken it after a wait. */
  assigned: (trip: Carried) => void;
  delivered: (trip: Carried) => void;
}

/** Couriers who take trips, and the trips that wait for one in the order in which they came. */
export class Fleet<Carried extends Trip> {
  readonly #couriers: number | null;
  readonly #queue: number;
  readonly #watcher: Watcher<Carried>;
  /** How to stop what is to come, by trip under way; without a bound of couriers only those that are watched. */
  readonly #underWay = new Map<Carried, () => void>();
  readonly #waiting = new Set<Carried>();

  /** @param couriers null = any number. @param queue trips that may wait. */
  constructor(couriers: number | null, queue: number, watcher: Watcher<Carried>) {
    this.#couriers = couriers;
    this.#queue = queue;
    this.#watcher = watcher;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Trips that are kept in memory until they end. */
  get watching(): number {
    return this.#underWay.size;
  }

  get hasFree(): boolean {
    return this.#couriers === null || this.#underWay.size < this.#couriers;
  }

  get isFull(): boolean {
    return !this.hasFree && this.#waiting.size >= this.#queue;
  }

  /** How long a new trip would wait, if trips take so long on average, ms. */
  waitMs(meanTripMs: number): number {
    return this.#couriers === null || this.hasFree
      ? 0
      : ((this.#waiting.size + 1) * meanTripMs) / this.#couriers;
  }

  /** The caller has looked whether it is full. */
  send(trip: Carried, now: number): void {
    if (this.hasFree) this.#begin(trip, now);
    else this.#waiting.add(trip);
  }

  cancel(trip: Carried): void {
    this.#waiting.delete(trip);
    this.#end(trip);
  }

  stop(): void {
    for (const stop of this.#underWay.values()) stop();
    this.#underWay.clear();
    this.#waiting.clear();
  }

  #begin(trip: Carried, now: number): void {
    trip.assignedAt = now;
    trip.deliveredAt = now + trip.lengthMs;
    if (this.#couriers === null && !trip.watched) return;
    const stop = atDeadline(trip.deliveredAt, Date.now, () => {
      this.#watcher.delivered(trip);
      this.#end(trip);
    });
    this.#underWay.set(trip, stop);
  }

  /** Its courier takes the next one. */
  #end(trip: Carried): void {
    this.#underWay.get(trip)?.();
    this.#underWay.delete(trip);
    for (const next of this.#waiting) {
      if (!this.hasFree) return;
      this.#waiting.delete(next);
      this.#begin(next, Date.now());
      this.#watcher.assigned(next);
    }
  }
}
