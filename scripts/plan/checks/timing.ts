import { SLOT_MODULUS } from '../../../k6/contract.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import { measuredMsOf } from '../../core/step-length.ts';
import type { Replay } from '../launch-plan.ts';
import { resolveForecast, resolveReplay } from '../resolve.ts';
import type { ForecastInput } from '../schema/forecast-schema.ts';
import type { Finding } from '../source/problems.ts';
import type { PlanParts } from './parts.ts';

// A second is told from the others by its number modulo SLOT_MODULUS; pushes may be this late besides.
const SLOT_MARGIN_MS = 30_000;

/** Where forecast, slo, rehearsal and client contradict each other in time. */
export function timingFindings(parts: PlanParts): Finding[] {
  return [
    ...(parts.forecast ? forecastFindings(parts.forecast) : []),
    ...replayFindings(parts),
    ...multiplesFindings(parts),
    ...allowanceFindings(parts),
    ...clientFindings(parts),
  ];
}

/** Length of the replayed part and of the settle after it, ms; null when the plan does not say them readably. */
export function stepLength(parts: PlanParts): { replayedMs: number; settleMs: number } | null {
  if (!parts.rehearsal || !parts.forecast) return null;
  const { windowMs } = resolveForecast(parts.forecast);
  const replay = resolveReplay(parts.rehearsal.replay, windowMs);
  return {
    replayedMs: replay.kind === 'whole' ? windowMs : replay.lengthMs,
    settleMs: parts.rehearsal.settle,
  };
}

function forecastFindings(forecast: ForecastInput): Finding[] {
  if ('curve' in forecast) return curveFindings(forecast.curve);
  const findings: Finding[] = [];
  const allowed = `less than the window of ${formatDurationMs(forecast.window)}`;
  for (const [index, push] of forecast.pushes.entries()) {
    if (push.at < forecast.window) continue;
    const path = ['forecast', 'pushes', index, 'at'];
    findings.push({ code: 'push-outside-window', path, message: 'the push comes after the window', allowed });
  }
  const pushed = sumBy(forecast.pushes, (push) => push.share);
  if (pushed > 1 + 1e-9) {
    findings.push({
      code: 'push-shares-too-high',
      path: ['forecast', 'pushes'],
      message: `the shares of the pushes sum to ${percent(pushed)}`,
      allowed: 'at most 100%',
      hint: 'What they leave is the demand that comes without a push.',
    });
  }
  return findings;
}

function curveFindings(curve: readonly { at: number; rate: number }[]): Finding[] {
  const findings: Finding[] = [];
  for (const [index, point] of curve.entries()) {
    const before = curve[index - 1];
    const path = ['forecast', 'curve', index, 'at'];
    if (!before && point.at !== 0) {
      findings.push({
        code: 'curve-start',
        path,
        message: 'the first point is not at the start',
        allowed: '0s',
      });
    }
    if (before && point.at <= before.at) {
      const allowed = `more than ${formatDurationMs(before.at)}`;
      findings.push({ code: 'curve-order', path, message: 'the points do not ascend', allowed });
    }
  }
  if (curve.every(({ rate }) => rate === 0)) {
    const path = ['forecast', 'curve'];
    findings.push({ code: 'no-demand', path, message: 'the curve has no orders', allowed: 'a rate above 0' });
  }
  return findings;
}

function replayFindings(parts: PlanParts): Finding[] {
  if (!parts.rehearsal || !parts.forecast) return [];
  const { windowMs } = resolveForecast(parts.forecast);
  const replay: Replay = resolveReplay(parts.rehearsal.replay, windowMs);
  if (replay.kind === 'whole') return [];
  const fromMs = replay.kind === 'from' ? replay.fromMs : 0;
  if (fromMs + replay.lengthMs <= windowMs) return [];
  return [
    {
      code: 'replay-outside-window',
      path: ['rehearsal', 'replay'],
      message: 'the piece does not lie within the window',
      allowed: `a piece of the window of ${formatDurationMs(windowMs)}`,
    },
  ];
}

function multiplesFindings({ rehearsal }: PlanParts): Finding[] {
  if (!rehearsal) return [];
  const { multiples, mustHold } = rehearsal;
  const findings: Finding[] = multiples.flatMap((multiple, index) =>
    multiples.indexOf(multiple) === index
      ? []
      : [
          {
            code: 'multiple-twice',
            path: ['rehearsal', 'multiples', index],
            message: `${multiple}x is listed twice`,
            allowed: 'each multiple once',
          },
        ],
  );
  if (mustHold !== undefined && !multiples.includes(mustHold)) {
    const allowed = `one of the multiples: ${multiples.join(', ')}`;
    const path = ['rehearsal', 'mustHold'];
    findings.push({ code: 'must-hold-unlisted', path, message: 'no step runs this multiple', allowed });
  }
  return findings;
}

function allowanceFindings(parts: PlanParts): Finding[] {
  const findings: Finding[] = [];
  const { slo } = parts;
  if (!slo || !parts.forecast) return findings;
  const { windowMs } = resolveForecast(parts.forecast);
  if (slo.allowedDowntime >= windowMs) {
    findings.push({
      code: 'allowance-too-long',
      path: ['slo', 'allowedDowntime'],
      message: 'the whole window may be down: nothing could fail',
      allowed: `less than the window of ${formatDurationMs(windowMs)}`,
    });
  }
  const step = stepLength(parts);
  const measuredMs = step === null ? null : measuredMsOf(step);
  if (measuredMs !== null && slo.downtimeBudget !== undefined && slo.downtimeBudget >= measuredMs) {
    findings.push({
      code: 'allowance-too-long',
      path: ['slo', 'downtimeBudget'],
      message: 'the whole step may be down: nothing could fail',
      allowed: `less than replayed part and settle, ${formatDurationMs(measuredMs)}`,
    });
  }
  return findings;
}

function clientFindings({ client, slo }: PlanParts): Finding[] {
  if (!client) return [];
  const findings: Finding[] = [];
  const patience = formatDurationMs(client.patience);
  const longestMs = 2 * (client.patience + client.timeout) + SLOT_MARGIN_MS;
  if (longestMs >= SLOT_MODULUS * 1_000) {
    const roomMs = (SLOT_MODULUS * 1_000 - SLOT_MARGIN_MS) / 2;
    findings.push({
      code: 'turn-too-long',
      path: ['client', 'patience'],
      message: 'a turn may last too long to be placed in its second',
      allowed: `timeout and patience together less than ${formatDurationMs(roomMs)}`,
    });
  }
  if (client.timeout > client.patience) {
    findings.push({
      code: 'timeout-over-patience',
      path: ['client', 'timeout'],
      message: 'a request may last longer than the shopper waits',
      allowed: `at most patience, ${patience}`,
    });
  }
  if (slo && slo.slowAfter > client.patience) {
    findings.push({
      code: 'slow-after-patience',
      path: ['slo', 'slowAfter'],
      message: 'an answer cannot be slow before the shopper is gone',
      allowed: `at most client.patience, ${patience}`,
    });
  }
  return findings;
}

/** 0.9 → `90%`, with at most one digit behind the point. */
export function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))}%`;
}
