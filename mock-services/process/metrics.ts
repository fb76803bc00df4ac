import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BUCKETS_SEC, type Durations, type PartnerReading } from '../partner-figures.ts';

// Prometheus metrics of the mocks. Requests only add to arrays; prom-client is given their values when it is asked.

export interface Readings {
  partners: readonly PartnerReading[];
  faults: readonly { id: string; kind: string; partner: string; active: boolean }[];
  /** null before the first second has passed. */
  loopDelayP99Ms: number | null;
}

type Sample = [labels: Record<string, string>, value: number | null];

interface GaugeSpec {
  name: string;
  help: string;
  labelNames: readonly string[];
  samples: (readings: Readings) => Sample[];
}

const byPartner =
  (figure: (partner: PartnerReading) => number | null) =>
  ({ partners }: Readings): Sample[] =>
    partners.map((partner) => [{ partner: partner.name }, figure(partner)]);

const GAUGES: readonly GaugeSpec[] = [
  {
    name: 'peakproof_partner_stock_left',
    help: 'Stock left of each item in finite supply',
    labelNames: ['partner', 'item'],
    samples: ({ partners }) =>
      partners.flatMap(({ name, stock }) =>
        Object.entries(stock).map(([item, count]): Sample => [{ partner: name, item }, count]),
      ),
  },
  {
    name: 'peakproof_partner_queue_length',
    help: 'Orders or requests that wait for capacity',
    labelNames: ['partner'],
    samples: byPartner(({ queueLength }) => queueLength),
  },
  {
    name: 'peakproof_partner_shops_open',
    help: 'Shops that do not say they are closed',
    labelNames: ['partner'],
    samples: byPartner(({ shopsOpen }) => shopsOpen),
  },
  {
    name: 'peakproof_fault_active',
    help: '1 while the fault is in force',
    labelNames: ['fault', 'kind', 'partner'],
    samples: ({ faults }) =>
      faults.map(({ id, kind, partner, active }) => [{ fault: id, kind, partner }, active ? 1 : 0]),
  },
  {
    name: 'peakproof_mocks_event_loop_delay_p99_seconds',
    help: 'p99 of the event-loop delay in the last second',
    labelNames: [],
    samples: ({ loopDelayP99Ms }) => [[{}, loopDelayP99Ms === null ? null : loopDelayP99Ms / 1_000]],
  },
];

/** @returns what prints all metrics as Prometheus text. */
export function mockMetrics(read: () => Readings): () => Promise<string> {
  const registry = new Registry();
  // Read once for all metrics of a text: a café with thousands of shops looks at each of them.
  let readings: Readings = { partners: [], faults: [], loopDelayP99Ms: null };
  const now = (): Readings => readings;
  addRequestCounter(registry, now);
  registry.registerMetric(
    new DurationsHistogram(
      'peakproof_partner_latency_requested_seconds',
      'Delay that each answer was meant to have, own latency and faults',
      () => readings.partners.map(({ name, figures }) => [name, figures.requested]),
    ),
  );
  registry.registerMetric(
    new DurationsHistogram(
      'peakproof_partner_latency_achieved_seconds',
      'Delay that each answer had, from arrival of the request',
      () => readings.partners.map(({ name, figures }) => [name, figures.achieved]),
    ),
  );
  for (const gauge of GAUGES) addGauge(registry, gauge, now);
  return () => {
    readings = read();
    return registry.metrics();
  };
}

function addRequestCounter(registry: Registry, now: () => Readings): void {
  new Counter({
    name: 'peakproof_partner_requests_total',
    help: 'Requests to mocked partners by outcome',
    labelNames: ['partner', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, figures } of now().partners) {
        for (const [outcome, count] of figures.byOutcome) this.inc({ partner: name, outcome }, count);
      }
    },
  });
}

function addGauge(
  registry: Registry,
  { name, help, labelNames, samples }: GaugeSpec,
  now: () => Readings,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      // Without a label prom-client begins at 0, which nobody measured.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of samples(now())) if (value !== null) this.set(labels, value);
    },
  });
}

/** A histogram whose values stand in arrays; prom-client asks for them by `getForPromString`. */
class DurationsHistogram extends Histogram<'partner'> {
  readonly #described: { name: string; help: string };
  readonly #read: () => [string, Durations][];

  constructor(name: string, help: string, read: () => [string, Durations][]) {
    super({ name, help, labelNames: ['partner'], buckets: BUCKETS_SEC, registers: [] });
    this.#described = { name, help };
    this.#read = read;
  }

  async getForPromString() {
    const { name } = this.#described;
    const values = this.#read().flatMap(([partner, { counts, sumMs }]) => {
      let below = 0;
      const buckets = [...counts].map((count, index) => {
        below += count;
        const labels = { partner, le: BUCKETS_SEC[index] ?? '+Inf' };
        return { metricName: `${name}_bucket`, labels, value: below };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: { partner }, value: sumMs / 1_000 },
        { metricName: `${name}_count`, labels: { partner }, value: below },
      ];
    });
    return { ...this.#described, type: 'histogram', aggregator: 'sum', values };
  }
}
