import { sumBy } from '../core/statistics.ts';
import { thinkingMs } from '../plan/derived/thinking.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { StepSchedule } from './draw.ts';

/** What the generator's machine has; null where the platform does not say. */
export interface GeneratorMachine {
  freeMemoryBytes: number | null;
  openFileLimit: number | null;
  /** Local ports usable at the same time towards one target address. */
  localPorts: number | null;
}

export type VuCap = 'memory' | 'open-files' | 'local-ports';

export interface VuSizing {
  byJourney: Readonly<Record<string, number>>;
  total: number;
  /** What the plan needs without caps: 1.25 x peak rate x (patience + think time of an order). */
  wanted: number;
  /** The lowest cap in VUs, whether it bound or not; null if nothing is known about the machine. */
  cap: number | null;
  /** Which cap made `total` smaller than `wanted`; null if none did. */
  cappedBy: VuCap | null;
  /** After how long of total hang at the peak rate the first journey runs out of VUs, ms; null = never. */
  hangCoveredMs: number | null;
  /** False when the cap leaves a journey fewer VUs than the orders of its busiest second and the shoppers that think. */
  coversNormalSecond: boolean;
}

const HEADROOM = 1.25;
const MEMORY_SHARE_RATIO = 0.7;
// An open connection takes a file and a local port; the rest is for k6 itself and for sockets in TIME_WAIT.
const CONNECTIONS_SHARE_RATIO = 0.8;
const BYTES_PER_MB = 1_000_000;

/**
 * VUs for one step, by journey, all of them to be allocated before it starts. By Little's law, orders under way = rate x
 * time under way. When the target hangs, an order is under way for its think time (mean of a draw x (steps - 1)) plus
 * one patience: the turn that meets the hang is its last. A journey gets at least 1, and at least the orders of its
 * busiest second and the shoppers that think, unless the machine's cap is lower.
 * @param mbPerVu resident memory of one VU in MB (10^6 bytes), as measured
 */
export function sizeVus(
  plan: LaunchPlan,
  step: StepSchedule,
  machine: GeneratorMachine,
  mbPerVu: number,
): VuSizing {
  const journeys = plan.journeys.map((journey) => journeyNeed(plan, step, journey));
  const wanted = sumBy(journeys, (journey) => journey.wanted);
  const lowest = lowestCap(machine, mbPerVu);
  const fits = lowest === null || wanted <= lowest.vus;
  const sized = journeys.map((journey) => ({
    ...journey,
    vus: fits ? journey.wanted : Math.max(1, Math.floor((journey.wanted / wanted) * lowest.vus)),
  }));
  return {
    byJourney: Object.fromEntries(sized.map(({ name, vus }) => [name, vus])),
    total: sumBy(sized, ({ vus }) => vus),
    wanted,
    cap: lowest?.vus ?? null,
    cappedBy: fits ? null : lowest.by,
    hangCoveredMs: hangCoveredMs(sized, plan.client.patienceMs),
    coversNormalSecond: sized.every(({ vus, normalSecond }) => vus >= normalSecond),
  };
}

interface JourneyNeed {
  name: string;
  peakPerSec: number;
  thinkMs: number;
  /** VUs for the orders of its busiest second and the shoppers that think. */
  normalSecond: number;
  /** VUs. */
  wanted: number;
}

function journeyNeed(
  plan: LaunchPlan,
  step: StepSchedule,
  journey: LaunchPlan['journeys'][number],
): JourneyNeed {
  const { name, shareRatio } = journey;
  const peakPerSec = step.peakOrdersPerSec * shareRatio;
  const thinkMs = thinkingMs(plan, journey);
  const arrivals = step.schedules.find((one) => one.journey === name)?.arrivalsPerSec ?? [];
  const busiest = arrivals.reduce((most, count) => Math.max(most, count), 1);
  // 1e-6: the rate is a difference of two integrals, so 3,750 can come as 3,750.0000001.
  const normalSecond = busiest + Math.ceil((peakPerSec * thinkMs) / 1_000 - 1e-6);
  const { patienceMs } = plan.client;
  const forPatience = Math.ceil((HEADROOM * peakPerSec * (patienceMs + thinkMs)) / 1_000 - 1e-6);
  return { name, peakPerSec, thinkMs, normalSecond, wanted: Math.max(forPatience, normalSecond) };
}

function hangCoveredMs(
  journeys: readonly (JourneyNeed & { vus: number })[],
  patienceMs: number,
): VuSizing['hangCoveredMs'] {
  const hangsMs = journeys
    .map(({ vus, peakPerSec, thinkMs }) =>
      // Those that think when the hang begins keep their VUs: they come to wait in it too.
      peakPerSec > 0 ? Math.max(0, (vus / peakPerSec) * 1_000 - thinkMs) : Number.POSITIVE_INFINITY,
    )
    // A turn gives its VU back when its patience ends, so VUs for that long are VUs for ever.
    .filter((ms) => ms < patienceMs);
  return hangsMs.length === 0 ? null : Math.round(Math.min(...hangsMs));
}

function lowestCap(machine: GeneratorMachine, mbPerVu: number): { by: VuCap; vus: number } | null {
  const { freeMemoryBytes, openFileLimit, localPorts } = machine;
  const caps: { by: VuCap; vus: number }[] = [];
  const add = (by: VuCap, vus: number): number => caps.push({ by, vus: Math.floor(vus) });
  if (freeMemoryBytes !== null) {
    add('memory', (freeMemoryBytes * MEMORY_SHARE_RATIO) / (mbPerVu * BYTES_PER_MB));
  }
  if (openFileLimit !== null) add('open-files', openFileLimit * CONNECTIONS_SHARE_RATIO);
  if (localPorts !== null) add('local-ports', localPorts * CONNECTIONS_SHARE_RATIO);
  return caps.sort((one, other) => one.vus - other.vus)[0] ?? null;
}
