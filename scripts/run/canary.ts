import type { TurnEnd } from '../../k6/contract.ts';
import type { Answer } from '../../k6/effects.ts';
import { compileJourney } from '../../k6/journeys/compile.ts';
import type { JourneyProgram } from '../../k6/journeys/program.ts';
import { type Manners, order } from '../../k6/journeys/steps.ts';
import { type ShopperMaker, shoppers } from '../../k6/shopper.ts';
import type { ProbeObservation } from '../observe/observation.ts';
import { canaryClient, type ProberConfig } from './prober-config.ts';
import { driveOverFreshConnection } from './send.ts';

// One full canary turn, and what it is reported as.

/** Long enough to find a secret of the plan in it; what is kept is shorter. */
const LONGEST_DETAIL = 2_000;

export interface CanaryStream {
  journey: string;
  /** Sends canary number `number` now and reports it; throws only when `signal` aborts. */
  run(number: number, scheduledAt: number, signal: AbortSignal): Promise<ProbeObservation>;
}

/** One stream for each journey. */
export function canaryStreams(config: ProberConfig): CanaryStream[] {
  const { people, client } = config;
  const pool = { count: people.length, at: (index: number) => people[index] ?? firstOf(people) };
  const manners = { client: canaryClient(client), limitMs: client.slowAfterMs };
  return config.journeys.map((spec) => {
    const journey = compileJourney(spec, config);
    const shopper = shoppers(config, spec.name, journey.variables, pool, 'canary');
    return {
      journey: spec.name,
      run: (number, scheduledAt, signal) => probe({ journey, manners, shopper }, number, scheduledAt, signal),
    };
  });
}

interface Canary {
  journey: JourneyProgram;
  manners: Manners;
  shopper: ShopperMaker;
}

async function probe(
  { journey, manners, shopper }: Canary,
  number: number,
  scheduledAt: number,
  signal: AbortSignal,
): Promise<ProbeObservation> {
  const startedAt = Date.now();
  let end: TurnEnd | null = null;
  let last: Answer | null = null;
  const flow = order(journey, manners, {
    // From its real start: lateness of the prober itself shows as startedAt − scheduledAt and is not the target's.
    intendedAt: startedAt,
    ...shopper(number),
    now: Date.now,
    onTurnStart: () => undefined,
    onTurnEnd: (turn) => {
      end = turn;
    },
  });
  await driveOverFreshConnection(flow, {
    signal,
    onAnswer: (answer) => {
      last = answer;
    },
  });
  return observed(journey.name, { scheduledAt, startedAt }, end, last);
}

function observed(
  journey: string,
  times: { scheduledAt: number; startedAt: number },
  end: TurnEnd | null,
  last: Answer | null,
): ProbeObservation {
  if (end === null) throw new TypeError(`journey ${journey} ended without ending its turn`);
  const { endedAt, outcome, kind, item } = end;
  const wasRight = outcome !== 'bad' && outcome !== 'generator' && outcome !== 'sold-out';
  const detail = wasRight ? null : describe(last);
  return { type: 'probe', at: endedAt, journey, ...times, endedAt, outcome, kind, item, detail };
}

/** Last answer on one line of at most 2,000 characters, control characters removed; null without a try. */
export function describe(answer: Answer | null): string | null {
  if (answer === null) return null;
  const text = answer.error === null ? `${answer.status} ${answer.body ?? ''}` : answer.error;
  const line = text
    .slice(0, 4 * LONGEST_DETAIL)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_DETAIL).join('');
}

function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new RangeError('the prober needs at least one person');
  return first;
}
