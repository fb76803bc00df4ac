import type { ActiveFault } from './active-fault.ts';
import { CANARY_PREFIX, PARTNER_KINDS, type PartnerSpec } from './contract.ts';
import { delayUntil } from './deadline.ts';
import { type JsonAnswer, type JsonRequest, notRouted } from './json-server.ts';
import { drawLatencyMs } from './latency-draw.ts';
import type { Ledger } from './ledger.ts';
import type { PartnerMetrics } from './metrics.ts';
import type { PartnerAnswer, PartnerBehaviour } from './partner.ts';

type PartnerSpecs = { [Kind in keyof typeof PARTNER_KINDS]: Extract<PartnerSpec, { kind: Kind }> };
type Openers = {
  [Kind in keyof PartnerSpecs]: {
    open: (spec: PartnerSpecs[Kind], depleted: (item: string) => void) => PartnerBehaviour;
  };
};

function open<Kind extends keyof PartnerSpecs>(
  kind: Kind,
  spec: PartnerSpecs[Kind],
  depleted: (item: string) => void,
): PartnerBehaviour {
  const openers: Openers = PARTNER_KINDS;
  return openers[kind].open(spec, depleted);
}

interface HostParts {
  seed: number;
  ledger: Ledger;
  metrics: PartnerMetrics;
}

/** One partner as its clients see it: its behaviour, its latency, and the faults in force. */
export class PartnerHost {
  readonly spec: PartnerSpec;
  readonly #parts: HostParts;
  readonly #behaviour: PartnerBehaviour;
  readonly #faults = new Map<string, ActiveFault>();
  readonly #out = new Set<string>();
  #requests = 0;
  #keyless = 0;

  constructor(spec: PartnerSpec, parts: HostParts) {
    this.spec = spec;
    this.#parts = parts;
    this.#behaviour = open(spec.kind, spec, () => this.recordStock());
  }

  get items(): readonly string[] {
    return this.#behaviour.items;
  }

  /** Requests since the process started. */
  get requests(): number {
    return this.#requests;
  }

  left(): Record<string, number> {
    return this.#behaviour.left();
  }

  /** The answer is decided when the request arrives and leaves when its latency has passed. */
  async handle(request: JsonRequest): Promise<JsonAnswer> {
    this.#requests++;
    const methods = this.#behaviour.routes.get(request.path);
    const action = methods?.get(request.method);
    if (!action) {
      this.#parts.metrics.request('refused');
      return notRouted(request, methods?.keys());
    }
    const key = this.#behaviour.keyOf(request.body);
    const keptOut = (item: string): boolean => this.#isKeptOut(item);
    const answer = action({ body: request.body, canary: key?.startsWith(CANARY_PREFIX) ?? false, keptOut });
    const { requestedMs, answered } = this.#delay(`${request.path} ${key ?? ++this.#keyless}`, answer);
    if (requestedMs > 0) await delayUntil(request.arrivedAtMs + requestedMs);
    const achievedMs = performance.now() - request.arrivedAtMs;
    for (const done of answered) done(achievedMs);
    this.#parts.metrics.latency(requestedMs, achievedMs);
    this.#parts.metrics.request(answer.outcome);
    return { status: answer.status, body: answer.body };
  }

  #delay(requestKey: string, answer: PartnerAnswer) {
    const key = `${this.spec.name} ${requestKey}`;
    let requestedMs = drawLatencyMs(this.spec.latency, this.#parts.seed, key);
    const delaying: ActiveFault[] = [];
    for (const fault of this.#faults.values()) {
      const { addedLatency } = fault.effect;
      const addedMs = addedLatency
        ? drawLatencyMs(addedLatency, this.#parts.seed, `${fault.spec.id} ${key}`)
        : 0;
      requestedMs += addedMs;
      if (addedMs > 0) delaying.push(fault);
      fault.saw(addedMs > 0 || answer.withheld.some((item) => fault.keepsOut(item, this.#behaviour.menu)));
    }
    return { requestedMs, answered: delaying.map((fault) => fault.delaying(requestedMs)) };
  }

  beginFault(fault: ActiveFault): void {
    this.#faults.set(fault.spec.id, fault);
    this.recordStock();
  }

  endFault(id: string): void {
    this.#faults.get(id)?.end();
    this.#faults.delete(id);
    this.recordStock();
  }

  isActive(id: string): boolean {
    return this.#faults.has(id);
  }

  tallyFaults(): void {
    for (const fault of this.#faults.values()) fault.tally();
  }

  /** Every item that is out is recorded as back; call `reset` next. */
  closeStockRecord(): void {
    for (const item of this.#out) this.#record('stock-back', item);
    this.#out.clear();
  }

  /** As at the start of a step. */
  reset(stock: Readonly<Record<string, number>>): void {
    this.#keyless = 0;
    this.#behaviour.reset(stock);
    this.recordStock();
  }

  /** Records what went out or came back since the last look, be it by orders or by a fault. */
  recordStock(): void {
    const left = new Map(Object.entries(this.#behaviour.left()));
    for (const item of this.#behaviour.items) {
      const out = left.get(item) === 0 || this.#isKeptOut(item);
      if (out === this.#out.has(item)) continue;
      this.#record(out ? 'stock-out' : 'stock-back', item);
      if (out) this.#out.add(item);
      else this.#out.delete(item);
    }
  }

  #isKeptOut(item: string): boolean {
    for (const fault of this.#faults.values()) if (fault.keepsOut(item, this.#behaviour.menu)) return true;
    return false;
  }

  #record(type: 'stock-out' | 'stock-back', item: string): void {
    this.#parts.ledger.record({ type, at: Date.now(), partner: this.spec.name, item });
  }
}
