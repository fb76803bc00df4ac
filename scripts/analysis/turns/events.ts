import { PROVEN_AFTER_SUCCESSES, PUSH_GAP_ABOVE_MS } from '../../core/limits.ts';
import type { RunTimeline, StepTimeline, TurnTally } from '../../observe/timeline.ts';
import { lastJourneyStep } from '../../plan/derived/order-size.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { addEvents, type BadTurn, countBadKind, type EventCounts, noEvents } from './event-counts.ts';
import { type JourneyStepCounts, JourneySteps } from './journey-steps.ts';
import { OrderEndCounts, type OrderEnds } from './order-ends.ts';
import { soldOutTruth } from './stock-truth.ts';
import { CONFIRMING, type Ending, endingOf, SENT_AWAY, UNANSWERED } from './turn-ending.ts';
import { droppedArrivals } from './turned-away.ts';

export interface StepEvents {
  /** By journey, then by epoch second of the intended start. */
  byJourney: ReadonlyMap<string, ReadonlyMap<number, EventCounts>>;
  /** When pushes with turns that were served came, ascending, epoch ms; by journey. */
  confirmedAt: ReadonlyMap<string, readonly number[]>;
  orderEnds: OrderEnds;
  /** By journey: orders that were placed, in time or late, and that nothing names. */
  unnamed: ReadonlyMap<string, number>;
  byJourneyStep: JourneyStepCounts;
  /** Orders confirmed or truly told "sold out", by the epoch second in which a push told of it. */
  servedPerSec: ReadonlyMap<number, number>;
}

/** How often each journey step has succeeded so far in the run, by `journey` and index of its step. */
export type Successes = Map<string, number>;

/**
 * Turns of a step as judged events. `stopAt`: when the load was stopped before its end (or now, in a running step):
 * turns that were still entitled to wait then are censored. Adds to `successes`.
 */
export function stepEvents(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  stopAt: number,
  successes: Successes,
): StepEvents {
  const seconds = new Seconds();
  for (const [journey, started] of step.started) {
    for (const [second, count] of started) seconds.at(journey, second).started += count;
  }
  for (const [journey, started] of step.ordersStarted) {
    for (const [second, count] of started) seconds.at(journey, second).ordersStarted += count;
  }
  const ends = new OrderEndCounts();
  const journeySteps = new Map<string, JourneySteps>();
  countEnded(plan, timeline, step, stopAt, successes, { seconds, ends, journeySteps });
  countUnmatched(plan, step, stopAt, seconds);
  for (const drop of droppedArrivals(step, plan.slo.slowAfterMs)) {
    const counts = seconds.at(drop.journey, drop.second);
    if (!drop.heldByTarget) {
      counts.droppedByK6 += drop.count;
      continue;
    }
    counts.turnedAway += drop.count;
    countBad(counts, 'turned-away', drop.count);
  }
  return {
    byJourney: seconds.byJourney,
    confirmedAt: confirmations(step),
    orderEnds: ends.byJourney,
    unnamed: ends.unnamed,
    byJourneyStep: new Map([...journeySteps].map(([journey, { byStep }]) => [journey, byStep])),
    servedPerSec: ends.servedPerSec,
  };
}

const NOTHING: Readonly<EventCounts> = noEvents();

/** Events of [fromSec, toSec) epoch seconds; of one journey, or of all with null. */
export function eventsBetween(
  events: StepEvents,
  journey: string | null,
  fromSec: number,
  toSec: number,
): Readonly<EventCounts> {
  const { byJourney } = events;
  const [only] = byJourney.keys();
  const one = journey ?? (byJourney.size === 1 ? only : undefined);
  // Most slices are a second long: what is counted already is given out, not copied.
  if (one !== undefined && toSec - fromSec === 1) return byJourney.get(one)?.get(fromSec) ?? NOTHING;
  const total = noEvents();
  for (const [name, seconds] of byJourney) {
    if (one !== undefined && name !== one) continue;
    for (let second = fromSec; second < toSec; second++) {
      const counts = seconds.get(second);
      if (counts) addEvents(total, counts);
    }
  }
  return total;
}

/** Everything that the step saw, warm-up included. */
export function allEvents(events: StepEvents): EventCounts {
  const total = noEvents();
  for (const seconds of events.byJourney.values()) {
    for (const counts of seconds.values()) addEvents(total, counts);
  }
  return total;
}

class Seconds {
  readonly byJourney = new Map<string, Map<number, EventCounts>>();

  at(journey: string, second: number): EventCounts {
    const seconds = this.byJourney.get(journey) ?? new Map<number, EventCounts>();
    this.byJourney.set(journey, seconds);
    const counts = seconds.get(second) ?? noEvents();
    seconds.set(second, counts);
    return counts;
  }
}

function countEnded(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  stopAt: number,
  successes: Successes,
  into: {
    seconds: Seconds;
    ends: OrderEndCounts;
    journeySteps: Map<string, JourneySteps>;
  },
): void {
  const isTrue = soldOutTruth(plan, timeline);
  const eachJourneyStepIsTurn = plan.client.thinkTime !== null;
  const last = new Map(plan.journeys.map((journey) => [journey.name, lastJourneyStep(journey)]));
  const stepOf = ({ journey, at }: TurnTally): number => at ?? last.get(journey) ?? 0;
  const facts = {
    stopAt,
    soldOutIsTrue: (turn: TurnTally) => isTrue(turn, turn.second * 1_000, turn.endedBy),
    journeyStepIsProven: (turn: TurnTally) =>
      (successes.get(`${turn.journey} ${stepOf(turn)}`) ?? 0) >= PROVEN_AFTER_SUCCESSES,
  };
  // Turns of the same push have no order among them: only earlier pushes prove a journey step.
  let samePush: TurnTally[] = [];
  const prove = (): void => {
    for (const turn of samePush) noteSuccess(turn, stepOf(turn), eachJourneyStepIsTurn, successes);
    samePush = [];
  };
  for (const turn of step.turns) {
    if (samePush[0] && samePush[0].endedBy < turn.endedBy) prove();
    samePush.push(turn);
    const ending = endingOf(turn, facts);
    countTurn(turn, into.seconds.at(turn.journey, turn.second), ending);
    into.ends.add(turn, stepOf(turn), ending);
    if (!eachJourneyStepIsTurn) continue;
    const ofJourney = into.journeySteps.get(turn.journey) ?? new JourneySteps();
    into.journeySteps.set(turn.journey, ofJourney);
    ofJourney.add(stepOf(turn), turn, ending);
  }
  prove();
}

/** Journey steps that the turn proves: with think time only its own, as the turns before it have proven theirs. */
function noteSuccess(
  turn: TurnTally,
  endedAt: number,
  eachJourneyStepIsTurn: boolean,
  successes: Successes,
): void {
  if (turn.outcome === 'generator') return;
  const upTo = turn.outcome === 'bad' ? endedAt - 1 : endedAt;
  for (let at = eachJourneyStepIsTurn ? endedAt : 0; at <= upTo; at++) {
    const key = `${turn.journey} ${at}`;
    successes.set(key, (successes.get(key) ?? 0) + turn.count);
  }
}

function countTurn(turn: TurnTally, counts: EventCounts, ending: Ending): void {
  switch (ending) {
    case 'generator':
    case 'censored':
    case 'harness':
      counts[ending] += turn.count;
      if (ending === 'harness' && turn.kind === 'script-error') counts.harnessThrown += turn.count;
      return;
    case 'confirmed':
    case 'good':
    case 'sold-out':
    case 'closed':
      countGood(turn, counts, ending);
      return;
    case 'false-sold-out':
      counts.falseSoldOut += turn.count;
      break;
    default:
      if (SENT_AWAY.has(ending)) counts.waited += turn.count;
  }
  if (ending === 'slow' && turn.at === null) counts.late += turn.count;
  countBad(counts, ending, turn.count);
  if (!UNANSWERED.has(ending)) counts.answered += turn.count;
}

function countGood(
  turn: TurnTally,
  counts: EventCounts,
  ending: 'confirmed' | 'good' | 'sold-out' | 'closed',
): void {
  counts.answered += turn.count;
  counts.good += turn.count;
  if (ending === 'closed') counts.closed += turn.count;
  if (ending === 'sold-out') counts.soldOut += turn.count;
  if ((ending === 'sold-out' || ending === 'closed') && turn.item === null)
    counts.politeUnnamed += turn.count;
  if (ending === 'confirmed') counts.confirmed += turn.count;
  if (turn.outcome === 'by-ticket') counts.byTicket += turn.count;
  if (turn.outcome === 'by-retry-after') {
    counts.byRetryAfter += turn.count;
    counts.waited += turn.count;
  }
  if (turn.first === 'bad') counts.firstBad += turn.count;
}

function countBad(counts: EventCounts, kind: BadTurn, count: number): void {
  counts.bad += count;
  counts.firstBad += count;
  countBadKind(counts, kind, count);
}

/** Turns that started without an end, and the other way round. */
function countUnmatched(plan: LaunchPlan, step: StepTimeline, stopAt: number, seconds: Seconds): void {
  const ended = endedBySecond(step);
  for (const [journey, perSecond] of ended) {
    for (const [second, count] of perSecond) {
      const excess = count - (step.started.get(journey)?.get(second) ?? 0);
      if (excess > 0) seconds.at(journey, second).neverStarted += excess;
    }
  }
  for (const [journey, started] of step.started) {
    for (const [second, count] of started) {
      const open = count - (ended.get(journey)?.get(second) ?? 0);
      if (open <= 0) continue;
      const counts = seconds.at(journey, second);
      const endedAt = (second + 1) * 1_000 + plan.client.patienceMs;
      if (endedAt > stopAt) {
        counts.censored += open;
        continue;
      }
      countBad(counts, 'never-ended', open);
      // The client gives up by itself, and k6 completes only when every turn is over: what has not arrived was lost.
      if (step.how === 'completed' || endedAt + PUSH_GAP_ABOVE_MS <= stopAt) counts.endsMissing += open;
    }
  }
}

/** Turns that ended, by journey and second of their intended start. */
function endedBySecond(step: StepTimeline): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const ended = new Map<string, Map<number, number>>();
  for (const { journey, second, count } of step.turns) {
    const seconds = ended.get(journey) ?? new Map<number, number>();
    ended.set(journey, seconds.set(second, (seconds.get(second) ?? 0) + count));
  }
  return ended;
}

function confirmations(step: StepTimeline): ReadonlyMap<string, readonly number[]> {
  const byJourney = new Map<string, Set<number>>();
  for (const turn of step.turns) {
    if (!CONFIRMING.has(turn.outcome)) continue;
    byJourney.set(turn.journey, (byJourney.get(turn.journey) ?? new Set()).add(turn.endedBy));
  }
  return new Map([...byJourney].map(([journey, times]) => [journey, [...times].sort((a, b) => a - b)]));
}
