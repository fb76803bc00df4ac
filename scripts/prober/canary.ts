import { isPolite, type TurnEnd } from '../../k6/contract.ts';
import { compileJourney } from '../../k6/journeys/compile.ts';
import { plainLine } from '../../k6/journeys/http/answer-line.ts';
import { orderOfSteps } from '../../k6/journeys/order.ts';
import type { JourneyProgram } from '../../k6/journeys/program.ts';
import { saysNothing, toldLine } from '../../k6/journeys/told.ts';
import type { FlowOf, Manners } from '../../k6/journeys/turn.ts';
import { type ShopperMaker, shoppers } from '../../k6/shopper.ts';
import { driveOverFreshConnection } from '../check/driver/send.ts';
import type { ProbeObservation } from '../observe/observation.ts';
import { canaryClient, type ProberConfig } from './prober-config.ts';

// One full canary turn, and what it is reported as.

export interface CanaryStream {
  journey: string;
  /** Sends canary number `number` now and reports it; throws only when `signal` aborts. */
  run(number: number, scheduledAt: number, signal: AbortSignal): Promise<ProbeObservation>;
}

/** One stream for each journey. */
export function canaryStreams(
  config: Omit<ProberConfig, 'ownCodeFile'>,
  flowOf: FlowOf = orderOfSteps,
): CanaryStream[] {
  const { people, client } = config;
  const pool = { count: people.length, at: (index: number) => people[index] ?? firstOf(people) };
  const manners = { client: canaryClient(client), limitMs: client.slowAfterMs };
  return config.journeys.map((spec) => {
    const journey = compileJourney(spec, config);
    const shopper = shoppers(config, journey, pool, 'canary');
    return {
      journey: spec.name,
      run: (number, scheduledAt, signal) =>
        probe({ journey, manners, shopper, flowOf }, number, scheduledAt, signal),
    };
  });
}

interface CanaryOrder {
  journey: JourneyProgram;
  manners: Manners;
  shopper: ShopperMaker;
  flowOf: FlowOf;
}

async function probe(
  { journey, manners, shopper, flowOf }: CanaryOrder,
  number: number,
  scheduledAt: number,
  signal: AbortSignal,
): Promise<ProbeObservation> {
  const startedAt = Date.now();
  let end: TurnEnd | null = null;
  let last: LastAnswer | null = null;
  let thrown: string | null = null;
  const flow = flowOf(journey, manners, {
    // From its real start: lateness of the prober itself shows as startedAt − scheduledAt and is not the target's.
    intendedAt: startedAt,
    ...shopper(number),
    now: Date.now,
    onTurnStart: () => undefined,
    onTurnEnd: (turn) => {
      end = turn;
    },
    onThrown: (message) => {
      thrown = message;
    },
  });
  await driveOverFreshConnection(flow, {
    signal,
    onAnswer: (answer, { name }) => {
      if (last === null || !saysNothing(name, answer)) last = { name, detail: toldLine(name, answer) };
    },
  });
  const told = thrown === null ? last : { name: 'own code', detail: plainLine(thrown) };
  return observed(journey.name, { scheduledAt, startedAt }, end, told);
}

function observed(
  journey: string,
  times: { scheduledAt: number; startedAt: number },
  end: TurnEnd | null,
  last: LastAnswer | null,
): ProbeObservation {
  if (end === null) throw new TypeError(`journey ${journey} ended without ending its turn`);
  const { endedAt, outcome, kind, item, cafe } = end;
  const wasRight = outcome !== 'bad' && outcome !== 'generator' && !isPolite(outcome);
  const told = wasRight ? null : last;
  return {
    type: 'probe',
    at: endedAt,
    journey,
    ...times,
    outcome,
    kind,
    item,
    cafe,
    name: told?.name ?? null,
    detail: told?.detail ?? null,
  };
}

/** What was asked last, and the answer; or the error that own code threw. */
interface LastAnswer {
  name: string;
  detail: string;
}

function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new RangeError('the prober needs at least one person');
  return first;
}
