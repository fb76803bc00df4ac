import type { Forecast } from '../../plan/launch-plan.ts';
import type { DemandShape } from './demand-shape.ts';

type CurveForecast = Extract<Forecast, { form: 'curve' }>;

interface Line {
  fromMs: number;
  fromPerSec: number;
  slopePerSecPerMs: number;
  ordersBefore: number;
}

/** Straight lines between the points; two points at the same offset are a jump. */
export function pointsShape(forecast: CurveForecast): DemandShape {
  const lines = linesBetween(forecast.points);
  return {
    ratePerSecAt: (offsetMs) => {
      const last = forecast.points.at(-1);
      if (last && offsetMs >= last.atMs) return last.ratePerSec;
      const line = lineAt(lines, offsetMs);
      return line ? line.fromPerSec + line.slopePerSecPerMs * (offsetMs - line.fromMs) : 0;
    },
    ordersBefore: (offsetMs) => {
      const line = lineAt(lines, offsetMs);
      return line ? line.ordersBefore + ordersOn(line, offsetMs) : 0;
    },
  };
}

function linesBetween(points: CurveForecast['points']): Line[] {
  const lines: Line[] = [];
  let ordersBefore = 0;
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    if (!next || next.atMs <= point.atMs) continue;
    const line = {
      fromMs: point.atMs,
      fromPerSec: point.ratePerSec,
      slopePerSecPerMs: (next.ratePerSec - point.ratePerSec) / (next.atMs - point.atMs),
      ordersBefore,
    };
    lines.push(line);
    ordersBefore += ordersOn(line, next.atMs);
  }
  return lines;
}

function ordersOn(line: Line, offsetMs: number): number {
  const lengthMs = offsetMs - line.fromMs;
  return ((line.fromPerSec + (line.slopePerSecPerMs * lengthMs) / 2) * lengthMs) / 1_000;
}

/** The last line that begins at or before the offset. */
function lineAt(lines: readonly Line[], offsetMs: number): Line | undefined {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle]?.fromMs ?? Number.POSITIVE_INFINITY) <= offsetMs) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1];
}
