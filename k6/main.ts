import { sleep } from 'k6';
import type { ScriptEvent, TurnEnd } from './contract.ts';
import type { Answer } from './effects.ts';
import { plainLine } from './journeys/http/answer-line.ts';
import { orderOfSteps } from './journeys/order.ts';
import type { JourneyProgram, LoadProgram } from './journeys/program.ts';
import { saysNothing, toldLine } from './journeys/told.ts';
import type { FlowOf, Manners, OrderStart } from './journeys/turn.ts';
import { logEvent } from './log-event.ts';
import { type PackedPeople, unpackPerson } from './people.ts';
import {
  countPart,
  countRepeat,
  countTurnStart,
  failedTurn,
  hasFailed,
  recordTurnEnd,
  takeLast,
} from './recording.ts';
import { scenario } from './scenario.ts';
import { type ShopperMaker, shoppers } from './shopper.ts';
import { sendByK6, sendTwiceByK6 } from './transport.ts';

// k6's entry. The bundler puts the two values in; the scenarios are named after the journeys and run `order`.

declare const PEAKPROOF_PROGRAM: LoadProgram;
declare const PEAKPROOF_PEOPLE: PackedPeople;

const program = PEAKPROOF_PROGRAM;
const manners: Manners = { client: program.client, limitMs: program.client.patienceMs };

/** Less is the coarseness of timers and clock. */
const WOKEN_EARLY_MS = 1_000;

interface Traffic {
  journey: JourneyProgram;
  shopper: ShopperMaker;
}
/** Made when a VU meets a journey first: most VUs only ever see one. */
const traffics: Record<string, Traffic> = {};

export function setup(): void {
  // A variable without value is a mistake of the plan: found here, before any load.
  for (const journey of program.journeys) trafficOf(journey.name);
  logEvent({ event: 'load-start', at: Date.now() });
}

export function order(): void {
  perform(orderOfSteps);
}

/** One order of the running scenario; `flowOf` makes it. */
export const perform = (flowOf: FlowOf): void => {
  const intendedAt = Date.now();
  const { name, iterationInTest } = scenario();
  const traffic = trafficOf(name);
  if (iterationInTest === 0) logEvent({ event: 'first-start', journey: name, at: intendedAt });
  const flow = flowOf(traffic.journey, manners, startOf(traffic, iterationInTest, intendedAt));
  let next = flow.next(null);
  let asked = '';
  let shown: Answer | null = null;
  while (!next.done) {
    const effect = next.value;
    if (effect.do === 'sleep') {
      const untilAt = Date.now() + effect.ms;
      sleep(effect.ms / 1_000);
      // Woken early by our own stop: what comes next would begin in the future, in a second that slots can't tell.
      if (Date.now() < untilAt - WOKEN_EARLY_MS) return;
      next = flow.next(null);
    } else {
      const { request } = effect;
      const answer = effect.twice === true ? sendTwiceByK6(request) : sendByK6(request);
      // Cut off by our own stop: the turn has no end, neither good nor bad.
      if (answer === null) return;
      if (shown === null || !saysNothing(request.name, answer)) {
        asked = request.name;
        shown = answer;
      }
      next = flow.next(answer);
    }
  }
  const end = takeLast();
  if (end === null) return;
  if (hasFailed(end)) show(end, iterationInTest, asked, shown);
};

const startOf = (traffic: Traffic, orderNumber: number, intendedAt: number): OrderStart => {
  const { variables, random, traceId, moveOn, invent, tapsTwice } = traffic.shopper(orderNumber);
  const start: OrderStart = {
    intendedAt,
    variables,
    random,
    traceId,
    now: Date.now,
    onTurnStart: countTurnStart,
    onTurnEnd: recordTurnEnd,
    onThrown: keepThrown,
    onRepeat: countRepeat,
    onPart: countPart,
    tapsTwice,
  };
  if (moveOn !== undefined) start.moveOn = moveOn;
  if (invent !== undefined) start.invent = invent;
  return start;
};

/** The error that own code threw in the running order. */
let thrown: string | null = null;

const keepThrown = (message: string): void => {
  thrown = message;
};

/** The harness takes secrets out of what it reads of the log; a script that stands alone has to do it itself. */
let hidden = (event: ScriptEvent): ScriptEvent => event;

export const hideInLog = (hide: typeof hidden): void => {
  hidden = hide;
};

/** Writes a failed turn to the log with what the target answered last; one without any answer tells nothing. */
const show = (end: TurnEnd, orderNumber: number, name: string, answer: Answer | null): void => {
  const detail = thrown === null ? answer && toldLine(name, answer) : plainLine(thrown);
  thrown = null;
  if (detail === null || orderNumber % (program.loggedEvery[end.journey] ?? 1) !== 0) return;
  logEvent(hidden(failedTurn(end, name, detail)));
};

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
    shopper: shoppers(program, journey, people),
  };
  traffics[name] = traffic;
  return traffic;
};
