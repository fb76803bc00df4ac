import type { Exchange } from '../../contract/figures.ts';
import { MOST_EXCHANGES } from '../../core/limits.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { IncidentKind, Span } from '../judgement.ts';
import type { FailingRun } from '../slices/prober.ts';
import type { BadTurn } from '../turns/event-counts.ts';
import { soldOutTruth } from '../turns/stock-truth.ts';

// What failing turns were answered: a few examples for people beside the figures.

/** Kind of a turn that was told "sold out" though it was not; the client can't know. */
export const FALSE_SOLD_OUT: BadTurn = 'false-sold-out';

/** An example of the load's turns that failed. */
export interface FailingTurn extends Exchange {
  /** Intended start, epoch ms. */
  startedAt: number;
}

/** The logged turns that were bad, without those that were rightly told "sold out"; oldest first. */
export function failingTurns(plan: LaunchPlan, timeline: RunTimeline, step: StepTimeline): FailingTurn[] {
  const isTrue = soldOutTruth(plan, timeline);
  return step.failedTurns
    .filter((turn) => turn.kind !== null || !isTrue(turn, turn.startedAt, turn.endedAt))
    .map(({ startedAt, endedAt, journey, kind, name, detail }) => ({
      startedAt,
      at: endedAt,
      source: 'load' as const,
      journey,
      kind: kind ?? FALSE_SOLD_OUT,
      request: name,
      detail,
    }))
    .sort((a, b) => a.at - b.at);
}

/**
 * Up to five exchanges of an incident, oldest first: turns of the load that were meant to start in its DOWN slices,
 * spread over their kinds; canaries where these are too few.
 * @param kinds of the incident, most frequent first; a logged turn of another kind was not held against the target
 */
export function exchangesOf(
  kinds: readonly IncidentKind[],
  down: readonly Span[],
  turns: readonly FailingTurn[],
  runs: readonly FailingRun[],
): Exchange[] {
  const load = turns
    .filter(({ startedAt }) => down.some(({ fromAt, toAt }) => startedAt >= fromAt && startedAt < toAt))
    .map(({ startedAt: _startedAt, ...exchange }) => exchange);
  const ofLoad = spread(kinds, load, MOST_EXCHANGES);
  const probed = canaries(runs);
  const probedKinds = [...new Set<string>([...kinds, ...probed.map(({ kind }) => kind)])];
  const ofCanaries = spread(probedKinds, probed, MOST_EXCHANGES - ofLoad.length);
  return [...ofLoad, ...ofCanaries].sort((a, b) => a.at - b.at);
}

function canaries(runs: readonly FailingRun[]): Exchange[] {
  return runs
    .flatMap((run) => run.probes)
    .flatMap(({ at, journey, kind, name, detail }) =>
      detail === null
        ? []
        : [
            {
              at,
              source: 'canary' as const,
              journey,
              kind: kind ?? FALSE_SOLD_OUT,
              request: name,
              detail,
            },
          ],
    )
    .sort((a, b) => a.at - b.at);
}

/** The oldest of each kind in turn, until there are `most`. */
function spread(kinds: readonly string[], exchanges: readonly Exchange[], most: number): Exchange[] {
  const byKind = kinds.map((kind) => exchanges.filter((one) => one.kind === kind));
  const chosen: Exchange[] = [];
  for (let round = 0; chosen.length < most && byKind.some((ones) => round < ones.length); round++) {
    chosen.push(...byKind.flatMap((ones) => ones[round] ?? []));
  }
  return chosen.slice(0, most);
}
