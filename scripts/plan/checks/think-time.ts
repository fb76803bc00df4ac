import { longestLatencyMs, meanLatencyMs } from '../../core/latency.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import { type JourneyInput, mostMessages } from '../schema/journeys-schema.ts';
import type { Finding } from '../source/problems.ts';
import type { PlanParts } from './parts.ts';
import { stepLength } from './timing.ts';

/** A shopper who is away for longer comes back as another order would. */
const LONGEST_THINK_MS = 600_000;
const PATH = ['client', 'thinkTime'];

/** Think time that nobody would need, or that is longer than there is time for. */
export function thinkTimeFindings(parts: PlanParts): Finding[] {
  const thinkTime = parts.client?.thinkTime;
  if (thinkTime === undefined || longestLatencyMs(thinkTime) === 0) return [];
  const steps = parts.journeys.map(({ read }) => (read ? turnsOf(read, parts) : null));
  const most = Math.max(1, ...steps.map((count) => count ?? 1));
  if (steps.length > 0 && steps.every((count) => count === 1)) {
    return [
      {
        code: 'think-time-unused',
        path: PATH,
        at: 'key',
        message: 'nobody would think: no journey has a second step',
        allowed: 'a plan without it, or a journey of several steps',
      },
    ];
  }
  return [
    ...drawTooLong(longestLatencyMs(thinkTime)),
    ...orderTooLong(parts, (most - 1) * meanLatencyMs(thinkTime)),
  ];
}

/** Turns of an order with think time, at the most. */
function turnsOf(journey: JourneyInput, { journeys }: PlanParts): number {
  if (journey.kind === 'steps') return journey.steps.length;
  if (journey.kind === 'script') return journey.requests;
  if (journey.kind === 'chat-bot') return mostMessages(journey.turns);
  const next = journeys.find(({ name }) => name === journey.then)?.read;
  return journey.turns.length + (next?.kind === 'steps' ? next.steps.length : 0);
}

function drawTooLong(longestMs: number): Finding[] {
  if (longestMs <= LONGEST_THINK_MS) return [];
  return [
    {
      code: 'think-time-too-long',
      path: PATH,
      message: `a shopper may think for ${formatDurationMs(longestMs)}`,
      allowed: `at most ${formatDurationMs(LONGEST_THINK_MS)}, four deviations above the mean included`,
    },
  ];
}

function orderTooLong(parts: PlanParts, thinkingMs: number): Finding[] {
  const replayedMs = stepLength(parts)?.replayedMs ?? null;
  if (replayedMs === null || thinkingMs < replayedMs) return [];
  return [
    {
      code: 'think-time-too-long',
      path: PATH,
      message: `between its steps an order thinks for ${formatDurationMs(thinkingMs)} on average`,
      allowed: `less than the replayed part of ${formatDurationMs(replayedMs)}`,
    },
  ];
}
