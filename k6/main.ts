import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import {
  LOG_PREFIX,
  METRIC,
  type Part,
  type Repeat,
  type ScriptEvent,
  SLOT_MODULUS,
  type TurnEnd,
} from './contract.ts';
import type { Answer } from './effects.ts';
import { answerLine } from './journeys/answer-line.ts';
import { order as journeyOrder, type Manners, type OrderStart } from './journeys/order.ts';
import type { JourneyProgram, LoadProgram } from './journeys/program.ts';
import { type PackedPeople, unpackPerson } from './people.ts';
import { type ShopperMaker, shoppers } from './shopper.ts';
import { sendByK6, sendTwiceByK6 } from './transport.ts';

// k6's entry. The bundler puts the two values in; the scenarios are named after the journeys and run `order`.

declare const PEAKPROOF_PROGRAM: LoadProgram;
declare const PEAKPROOF_PEOPLE: PackedPeople;

const program = PEAKPROOF_PROGRAM;
const manners: Manners = { client: program.client, limitMs: program.client.patienceMs };
const turnsStarted = new Counter(METRIC.turnsStarted);
const turnsEnded = new Counter(METRIC.turnsEnded);
const turnDuration = new Trend(METRIC.turnDuration, true);
const repeats = new Counter(METRIC.repeats);
const partDuration = new Trend(METRIC.partDuration, true);

/** Less is the coarseness of timers and clock. */
const WOKEN_EARLY_MS = 1_000;

interface Traffic {
  journey: JourneyProgram;
  shopper: ShopperMaker;
  onTurnStart: (intendedAt: number, at: number | null) => void;
  onRepeat: (why: Repeat) => void;
  onPart: (part: Part, ms: number) => void;
}
/** Made when a VU meets a journey first: most VUs only ever see one. */
const traffics: Record<string, Traffic> = {};

export function setup(): void {
  // A variable without value is a mistake of the plan: found here, before any load.
  for (const journey of program.journeys) trafficOf(journey.name);
  log({ event: 'load-start', at: Date.now() });
}

export function order(): void {
  const intendedAt = Date.now();
  const { name, iterationInTest } = exec.scenario;
  const { journey, shopper, onTurnStart, onRepeat, onPart } = trafficOf(name);
  if (iterationInTest === 0) log({ event: 'first-start', journey: name, at: intendedAt });
  const { variables, random, moveOn, tapsTwice } = shopper(iterationInTest);
  const start: OrderStart = {
    intendedAt,
    variables,
    random,
    now: Date.now,
    onTurnStart,
    onTurnEnd: record,
    onRepeat,
    onPart,
    tapsTwice,
  };
  if (moveOn !== undefined) start.moveOn = moveOn;
  const flow = journeyOrder(journey, manners, start);
  let next = flow.next(null);
  let asked = '';
  let answer: Answer | null = null;
  while (!next.done) {
    const effect = next.value;
    if (effect.do === 'sleep') {
      const untilAt = Date.now() + effect.ms;
      sleep(effect.ms / 1_000);
      // Woken early by our own stop: what comes next would begin in the future, in a second that slots can't tell.
      if (Date.now() < untilAt - WOKEN_EARLY_MS) return;
      next = flow.next(null);
    } else {
      asked = effect.request.name;
      answer = effect.twice === true ? sendTwiceByK6(effect.request) : sendByK6(effect.request);
      // Cut off by our own stop: the turn has no end, neither good nor bad.
      if (answer === null) return;
      next = flow.next(answer);
    }
  }
  // A turn that failed ended the order, so looking here costs the others nothing more.
  if (failed !== null) show(failed, iterationInTest, asked, answer);
}

/** How the running order failed or was sold out; a VU has one order at a time. */
let failed: TurnEnd | null = null;

const record = (end: TurnEnd): void => {
  const { journey, outcome, kind } = end;
  // k6 drops empty tags on the way out; they keep the object's shape the same.
  const tags: Record<string, string> = {
    journey,
    slot: slot(end.intendedAt),
    outcome,
    kind: kind ?? '',
    at: String(end.at),
    first: end.first,
    item: end.item ?? '',
  };
  if (outcome === 'bad' || outcome === 'sold-out') failed = end;
  if (end.cafe !== null) tags['cafe'] = end.cafe;
  turnsEnded.add(1, tags);
  turnDuration.add(end.endedAt - end.intendedAt, { journey, outcome, kind: kind ?? '' });
};

/** Writes a failed turn to the log if its order is one of those that are shown. */
const show = (end: TurnEnd, orderNumber: number, name: string, answer: Answer | null): void => {
  failed = null;
  const { journey, intendedAt, endedAt, kind, at, item, cafe } = end;
  if (answer === null || orderNumber % (program.loggedEvery[journey] ?? 1) !== 0) return;
  const detail = answerLine(answer);
  log({ event: 'failed-turn', journey, intendedAt, endedAt, kind, at, item, cafe, name, detail });
};

const slot = (intendedAt: number): string => String(Math.floor(intendedAt / 1_000) % SLOT_MODULUS);

const trafficOf = (name: string): Traffic => {
  const known = traffics[name];
  if (known) return known;
  const journey = program.journeys.find((one) => one.name === name);
  if (!journey) throw new TypeError(`no journey is called ${name}`);
  const people = {
    count: PEAKPROOF_PEOPLE.count,
    at: (index: number) => unpackPerson(PEAKPROOF_PEOPLE, index),
  };
  const traffic = {
    journey,
    shopper: shoppers(program, name, journey.variables, people),
    // A step's number only where no order begins: a tag more would cost every order.
    onTurnStart: (intendedAt: number, at: number | null) =>
      turnsStarted.add(
        1,
        at === null
          ? { journey: name, slot: slot(intendedAt) }
          : { journey: name, slot: slot(intendedAt), at: String(at) },
      ),
    onRepeat: (why: Repeat) => repeats.add(1, { journey: name, why }),
    onPart: (part: Part, ms: number) => partDuration.add(ms, { journey: name, part }),
  };
  traffics[name] = traffic;
  return traffic;
};

const log = (event: ScriptEvent): void => {
  console.log(LOG_PREFIX + JSON.stringify(event));
};
