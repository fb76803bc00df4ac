import { type Outcome, SLOT_MODULUS } from '../../../k6/contract.ts';
import { HELD_BY_TARGET_RATIO } from '../../core/limits.ts';
import type { DrawnSchedule } from '../../core/schedule.ts';
import type { StepTimeline, TurnTally } from '../../observe/timeline.ts';
import { plannedPerSecond } from '../time/arrivals.ts';

/** Served after they had been told to wait. */
const BY_INVITATION: ReadonlySet<Outcome> = new Set(['by-ticket', 'by-retry-after']);

export interface DroppedArrivals {
  journey: string;
  second: number;
  count: number;
  /** true: the target held the VUs (`turned-away`, bad); false: the generator had too few. */
  heldByTarget: boolean;
}

/** Arrivals that k6 dropped, placed in their seconds, with whose fault it was. */
export function droppedArrivals(step: StepTimeline, slowAfterMs: number): DroppedArrivals[] {
  const missing = new Map(step.schedules.map((one) => [one.journey, missingStarts(step, one)]));
  if (step.dropped.length === 0) return [];
  const turns = turnsByAge(step);
  return step.dropped.flatMap((drop) => {
    const heldByTarget = targetHoldsVus(step, turns, drop.toAt, slowAfterMs);
    const places = place(drop, missing.get(drop.journey) ?? new Map());
    return places.map(({ second, count }) => ({ journey: drop.journey, second, count, heldByTarget }));
  });
}

/** Orders that were planned for a second and did not start in it. */
function missingStarts(step: StepTimeline, schedule: DrawnSchedule): Map<number, number> {
  const started = step.ordersStarted.get(schedule.journey);
  return new Map(
    [...plannedPerSecond(step, schedule)].map(([second, count]) => [
      second,
      count - (started?.get(second) ?? 0),
    ]),
  );
}

type TurnsBySecond = ReadonlyMap<number, readonly TurnTally[]>;

function turnsByAge(step: StepTimeline): TurnsBySecond {
  const bySecond = new Map<number, TurnTally[]>();
  for (const turn of step.turns) {
    const same = bySecond.get(turn.second);
    if (same) same.push(turn);
    else bySecond.set(turn.second, [turn]);
  }
  return bySecond;
}

function targetHoldsVus(step: StepTimeline, turns: TurnsBySecond, at: number, slowAfterMs: number): boolean {
  const sample = step.vusSamples.findLast((one) => one.at <= at && one.busy !== null);
  // A dropped arrival means that every VU was busy, so the allocated ones stand in for a missing gauge.
  const busy = sample?.busy ?? step.vus;
  return busy > 0 && oldTurns(step, turns, at, slowAfterMs) >= HELD_BY_TARGET_RATIO * busy;
}

/** Turns running at `at` that were older than slowAfter and had no ticket. */
function oldTurns(step: StepTimeline, turns: TurnsBySecond, at: number, slowAfterMs: number): number {
  const newest = Math.floor((at - slowAfterMs) / 1_000) - 1;
  // No turn is older than the slots can tell apart.
  const oldest = newest - SLOT_MODULUS;
  let open = 0;
  for (const seconds of step.started.values()) {
    for (let second = oldest; second <= newest; second++) open += seconds.get(second) ?? 0;
  }
  for (let second = oldest; second <= newest; second++) {
    for (const turn of turns.get(second) ?? []) {
      const hadTicket = BY_INVITATION.has(turn.outcome) || turn.kind === 'gave-up';
      if (turn.endedBy <= at || hadTicket) open -= turn.count;
    }
  }
  return open;
}

/**
 * Places the arrivals dropped in (fromAt, toAt] where starts are missing, oldest second first: a push tells only how
 * many there were since the one before. What the plan can't place belongs to the last second.
 */
function place(
  drop: { fromAt: number; toAt: number; count: number },
  missing: Map<number, number>,
): { second: number; count: number }[] {
  const parts: { second: number; count: number }[] = [];
  const last = Math.floor(Math.max(drop.fromAt, drop.toAt - 1) / 1_000);
  let left = drop.count;
  for (let second = Math.floor(drop.fromAt / 1_000); second <= last && left > 0; second++) {
    const room = Math.max(0, missing.get(second) ?? 0);
    const count = second === last ? left : Math.min(left, room);
    if (count > 0) parts.push({ second, count });
    missing.set(second, room - count);
    left -= count;
  }
  return parts;
}
