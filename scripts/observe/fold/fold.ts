import type { Observation, ObservationOf } from '../observation.ts';
import type { RunTimeline } from '../timeline.ts';
import { stepOfInstance } from '../wire/instance.ts';
import type { LiveRates } from './live-rates.ts';
import { MockFold } from './mock-fold.ts';
import { type Growing, StepFold } from './step-fold.ts';
import { type TrackedSeries, trackSeries } from './step-series.ts';

type Push = ObservationOf<'push'>;

/** Folds observations into a timeline, one by one and in their order: while the run lives and after it. */
export class TimelineBuilder {
  readonly #steps = new Map<number, StepFold>();
  readonly #series = new Map<number, TrackedSeries>();
  readonly #mocks = new MockFold();
  readonly #probes: Growing<RunTimeline['probes']> = [];
  readonly #proberHealth: Growing<RunTimeline['proberHealth']> = [];
  readonly #mockHealth: Growing<RunTimeline['mockHealth']> = [];
  readonly #clockSteps: Growing<RunTimeline['clockSteps']> = [];
  readonly #deaths: Growing<RunTimeline['deaths']> = [];
  #run: Pick<RunTimeline, 'runId' | 'startedAt' | 'k6Version'> = {
    runId: null,
    startedAt: null,
    k6Version: null,
  };
  #end: Pick<RunTimeline, 'endedAt' | 'how'> = { endedAt: null, how: null };
  /** The step planned last: owner of what names no step. */
  #current: StepFold | null = null;
  /** Index of the step whose load started last; 0 before any. The mocks are reset between plan and start of a step. */
  #underLoad = 0;

  /** Cost: proportional to the observation itself. An observation of an unknown type is passed over. */
  add(observation: Observation): void {
    switch (observation.type) {
      case 'run-started':
        this.#run = {
          runId: observation.runId,
          startedAt: observation.at,
          k6Version: observation.k6Version,
        };
        return;
      case 'run-ended':
        this.#end = { endedAt: observation.at, how: observation.how };
        return;
      case 'step-planned':
      case 'load-started':
      case 'first-start':
      case 'step-ended':
        this.#addStepEvent(observation);
        return;
      case 'series': {
        const tracked = trackSeries(observation);
        if (tracked) this.#series.set(observation.id, tracked);
        return;
      }
      case 'push':
        this.#addPush(observation);
        return;
      case 'fault-on':
      case 'fault-off':
      case 'fault-tally':
        this.#mocks.addFault(observation);
        return;
      case 'stock-out':
      case 'stock-back':
        this.#mocks.addStock(observation);
        return;
      case 'shop-closed':
      case 'shop-open':
        this.#mocks.addShop(observation);
        return;
      case 'invariant-tally':
        this.#mocks.addInvariant(observation, this.#underLoad);
        return;
      case 'partners':
        this.#mocks.addSlice(observation, this.#underLoad);
        return;
      default:
        this.#addReading(observation);
    }
  }

  /** The timeline so far; later observations do not change it. Cost: proportional to the run so far. */
  snapshot(): RunTimeline {
    const byNumber = [...this.#steps].sort(([a], [b]) => a - b);
    return {
      ...this.#run,
      ...this.#end,
      steps: byNumber.map(([, step]) => step.timeline()).filter((timeline) => timeline !== null),
      probes: this.#probes.slice(),
      proberHealth: this.#proberHealth.slice(),
      mockHealth: this.#mockHealth.slice(),
      faultSpans: this.#mocks.faultSpans,
      stockOuts: this.#mocks.stockOuts,
      closures: this.#mocks.closures,
      invariants: this.#mocks.invariants,
      partnerSlices: this.#mocks.partnerSlices,
      clockSteps: this.#clockSteps.slice(),
      deaths: this.#deaths.slice(),
    };
  }

  /** Rates of the step planned last, from its newest pushes; null before its first one. Cheap. */
  live(): LiveRates | null {
    return this.#current?.live() ?? null;
  }

  #step(number: number): StepFold {
    const known = this.#steps.get(number);
    if (known) return known;
    const step = new StepFold();
    this.#steps.set(number, step);
    return step;
  }

  #addStepEvent(event: ObservationOf<'step-planned' | 'load-started' | 'first-start' | 'step-ended'>): void {
    const step = this.#step(event.step);
    if (event.type === 'step-planned') {
      step.planned = event;
      this.#current = step;
    } else if (event.type === 'load-started') {
      step.startedAt ??= event.startedAt;
      this.#underLoad = event.step;
    } else if (event.type === 'first-start') {
      const known = step.firstStartAt.get(event.journey) ?? event.startedAt;
      step.firstStartAt.set(event.journey, Math.min(known, event.startedAt));
    } else {
      step.endedAt = event.at;
      step.how = event.how;
    }
  }

  #addPush({ at, samples, histograms }: Push): void {
    for (const [origin, newestSampleAt] of this.#origins(samples, histograms)) {
      this.#step(origin.step).openPush(origin.instance, at, newestSampleAt);
    }
    if (samples.length + histograms.length === 0) this.#current?.openPush(null, at, null);
    for (const [id, sampleAt, value] of samples) {
      const series = this.#series.get(id);
      if (series) this.#step(series.step).addSample(series, sampleAt, value);
    }
    for (const [id, sampleAt, state] of histograms) {
      const series = this.#series.get(id);
      if (series) this.#step(series.step).addHistogram(series, sampleAt, state);
    }
  }

  /** One k6 process sends a push; its newest sample time. */
  #origins(samples: Push['samples'], histograms: Push['histograms']): Map<TrackedSeries, number> {
    const newest = new Map<string, { series: TrackedSeries; at: number }>();
    for (const list of [samples, histograms]) {
      for (const [id, at] of list) {
        const series = this.#series.get(id);
        if (!series) continue;
        const known = newest.get(series.instance);
        if (!known) newest.set(series.instance, { series, at });
        else if (at > known.at) known.at = at;
      }
    }
    return new Map([...newest.values()].map(({ series, at }) => [series, at]));
  }

  #addReading(reading: Observation): void {
    const { at } = reading;
    if (reading.type === 'probe') this.#probes.push(reading);
    else if (reading.type === 'prober-health')
      this.#proberHealth.push({ at, loopDelayP99Ms: reading.loopDelayP99Ms });
    else if (reading.type === 'mock-health')
      this.#mockHealth.push({ at, loopDelayP99Ms: reading.loopDelayP99Ms, requests: reading.requests });
    else if (reading.type === 'clock-step') this.#clockSteps.push({ at, byMs: reading.byMs });
    else if (reading.type === 'child-died') this.#deaths.push(reading);
    else if (reading.type === 'failed-turn') {
      const { type: _type, step, ...turn } = reading;
      this.#step(step).failedTurns.push(turn);
    } else if (reading.type === 'threshold') {
      const { metric, threshold, passed } = reading;
      this.#step(reading.step).thresholds.push({ metric, threshold, passed });
    } else if (reading.type === 'push-refused')
      this.#current?.refusedPushes.push({ at, status: reading.status, reason: reading.reason });
    else if (reading.type === 'cpu' && reading.who === 'k6')
      this.#stepOf(reading.instance)?.cpu.push({
        at,
        instance: reading.instance,
        cpuRatio: reading.cpuRatio,
        waitedRatio: reading.waitedRatio ?? null,
        rssBytes: reading.rssBytes,
      });
    else if (reading.type === 'k6-log')
      this.#stepOf(reading.instance)?.k6Log.push({ at, level: reading.level, message: reading.message });
  }

  #stepOf(instance: string): StepFold | null {
    const number = stepOfInstance(instance);
    return number === null ? null : this.#step(number);
  }
}
