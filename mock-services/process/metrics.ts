import { BUCKETS_SEC, Durations, type PartnerReading } from '../partner-figures.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

// Prometheus metrics of the mocks. Requests only add to arrays; prom-client is given their values when it is asked.

export interface Readings {
  partners: readonly PartnerReading[];
  faults: readonly { id: string; kind: string; partner: string; active: boolean }[];
  /** null before the first second has passed. */
  loopDelayP99Ms: number | null;
}

/** @returns what prints all metrics as Prometheus text. */
export function mockMetrics(read: () => Readings): () => Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'peakproof_partner_requests_total',
    help: 'Requests to mocked partners by outcome',
    labelNames: ['partner', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { name, figures } of read().partners) {
        for (const [outcome, count] of figures.byOutcome) this.inc({ partner: name, outcome }, count);
      }
    },
  });
  registry.registerMetric(
    new DurationsHistogram(
      'peakproof_partner_latency_requested_seconds',
      'Delay that each answer was meant to have, own latency and faults',
      () => read().partners.map(({ name, figures }) => [name, figures.requested]),
    ),
  );
  registry.registerMetric(
    new DurationsHistogram(
      'peakproof_partner_latency_achieved_seconds',
      'Delay that each answer had, from arrival of the request',
      () => read().partners.map(({ name, figures }) => [name, figures.achieved]),
    ),
  );
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    values: (readings: Readings) => [Record<string, string>, number | null][],
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        // Without a label prom-client begins at 0, which nobody measured.
        if (labelNames.length === 0) this.remove();
        for (const [labels, value] of values(read())) if (value !== null) this.set(labels, value);
      },
    });
  };
  const byPartner =
    (figure: (partner: PartnerReading) => number | null) =>
    ({ partners }: Readings): [Record<string, string>, number | null][] =>
      partners.map((partner) => [{ partner: partner.name }, figure(partner)]);
  gauge(
    'peakproof_partner_stock_left',
    'Stock left of each item in finite supply',
    ['partner', 'item'],
    ({ partners }) =>
      partners.flatMap(({ name, stock }) =>
        Object.entries(stock).map(([item, count]): [Record<string, string>, number] => [
          { partner: name, item },
          count,
        ]),
      ),
  );
  gauge(
    'peakproof_partner_queue_length',
    'Orders or requests that wait for capacity',
    ['partner'],
    byPartner(({ queueLength }) => queueLength),
  );
  gauge(
    'peakproof_partner_shops_open',
    'Shops that do not say they are closed',
    ['partner'],
    byPartner(({ shopsOpen }) => shopsOpen),
  );
  gauge(
    'peakproof_fault_active',
    '1 while the fault is in force',
    ['fault', 'kind', 'partner'],
    ({ faults }) =>
      faults.map(({ id, kind, partner, active }) => [{ fault: id, kind, partner }, active ? 1 : 0]),
  );
  gauge(
    'peakproof_mocks_event_loop_delay_p99_seconds',
    'p99 of the event-loop delay in the last second',
    [],
    ({ loopDelayP99Ms }) => [[{}, loopDelayP99Ms === null ? null : loopDelayP99Ms / 1_000]],
  );
  return () => registry.metrics();
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
