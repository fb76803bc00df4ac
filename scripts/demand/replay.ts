import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { formatDurationMs } from '../core/quantities.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { orderRate } from './curve.ts';

/** The piece of the promo window that every step replays. Offsets from the window's start. */
export interface ReplayedPart {
  fromMs: number;
  lengthMs: number;
}

/** @throws PeakproofError (exit 2) `replay-outside-window` when the part does not lie within the window. */
export function replayedPart(plan: LaunchPlan): ReplayedPart {
  const { replay } = plan.rehearsal;
  const { windowMs } = plan.forecast;
  if (replay.kind === 'whole') return { fromMs: 0, lengthMs: windowMs };
  const part = {
    fromMs: replay.kind === 'from' ? replay.fromMs : 0,
    lengthMs: replay.lengthMs,
  };
  if (part.fromMs < 0 || part.lengthMs <= 0 || part.fromMs + part.lengthMs > windowMs) {
    throw outsideWindow(part, windowMs);
  }
  if (replay.kind === 'from') return part;
  return { ...part, fromMs: orderRate(plan.forecast).busiest(part.lengthMs).fromMs };
}

function outsideWindow(part: ReplayedPart, windowMs: number): PeakproofError {
  const asked =
    part.fromMs === 0
      ? formatDurationMs(part.lengthMs)
      : `${formatDurationMs(part.lengthMs)} from ${formatDurationMs(part.fromMs)} on`;
  return new PeakproofError({
    code: 'replay-outside-window',
    message: `rehearsal.replay asks for ${asked}; the forecast's window is ${formatDurationMs(windowMs)} long.`,
    hint: 'Shorten rehearsal.replay.length (longer than 0, within the window), or use replay: whole.',
    exitCode: EXIT.usage,
  });
}
