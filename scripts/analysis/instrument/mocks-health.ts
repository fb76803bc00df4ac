import {
  LATENCY_HITS,
  LATENCY_OFF_MS,
  LATENCY_OFF_RATIO,
  MOCKS_DELAY_ABOVE_MS,
  SILENCE_ABOVE_MS,
  STALL_ABOVE_MS,
} from '../../core/limits.ts';
import { medianOf } from '../../core/statistics.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import { sustained } from './sustained.ts';
import type { Trouble } from './trouble.ts';

/** What the mock partners say of themselves against the load evidence. */
export function mockTroubles(timeline: RunTimeline, untilAt: number): Trouble[] {
  return [...slowLoop(timeline), ...mockStalls(timeline, untilAt), ...latencyOff(timeline)];
}

function slowLoop(timeline: RunTimeline): Trouble[] {
  const readings = timeline.mockHealth.map(({ at, loopDelayP99Ms }) => ({ at, value: loopDelayP99Ms }));
  // Each reading is the p99 of one second. Their median is above the limit when most of the 5 s were slow; a p99 of all
  // 5 s would be that of the worst second alone, and one collection of garbage would void five slices.
  return sustained(readings, medianOf, MOCKS_DELAY_ABOVE_MS).map((span) => ({
    ...span,
    ...slow(span.reading, MOCKS_DELAY_ABOVE_MS),
  }));
}

/** Mocks that stood still: one long delay, or readings (one a second) that did not come up to `untilAt`. The median hides both. */
export function mockStalls({ mockHealth }: RunTimeline, untilAt: number): Trouble[] {
  const delayed = mockHealth
    .filter((one) => one.loopDelayP99Ms > STALL_ABOVE_MS)
    .map(({ at, loopDelayP99Ms: delayMs }) => ({
      fromAt: at - 1_000 - delayMs,
      toAt: at,
      ...slow(delayMs, STALL_ABOVE_MS),
    }));
  const silent = mockHealth.flatMap(({ at }, index) => {
    const toAt = mockHealth[index + 1]?.at ?? untilAt;
    return toAt - at > SILENCE_ABOVE_MS ? [{ fromAt: at, toAt, ...slow(toAt - at, SILENCE_ABOVE_MS) }] : [];
  });
  return [...delayed, ...silent];
}

const slow = (readingMs: number, allowedMs: number) => ({
  why: 'mocks-slow' as const,
  reading: readingMs,
  allowed: allowedMs,
  unit: 'ms' as const,
});

function latencyOff(timeline: RunTimeline): Trouble[] {
  return timeline.faultSpans.flatMap((span) => {
    const { requestedMedianMs: wanted, achievedMedianMs: got } = span;
    if (wanted === null || got === null || span.hit < LATENCY_HITS) return [];
    const offMs = Math.abs(got - wanted);
    const allowedMs = Math.max(LATENCY_OFF_MS, LATENCY_OFF_RATIO * wanted);
    if (offMs <= allowedMs) return [];
    return [
      {
        fromAt: span.onAt,
        toAt: span.offAt ?? Number.POSITIVE_INFINITY,
        why: 'latency-off' as const,
        reading: offMs,
        allowed: allowedMs,
        unit: 'ms' as const,
      },
    ];
  });
}
