import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ActiveFault } from './active-fault.ts';
import { CANARY_PREFIX, PARTNER_KINDS, type PartnerSpec } from './contract.ts';
import { atDeadline } from './deadline.ts';
import type { Delivery } from './fault.ts';
import { limitedServer, MAX_BODY_BYTES, readBody } from './http-limits.ts';
import type { Invariants } from './invariants.ts';
import { notRouted, parseJson, problem } from './json-server.ts';
import type { Ledger } from './ledger.ts';
import { PartnerFigures, type PartnerReading } from './metrics.ts';
import type { OrderBook } from './order-book.ts';
import type { PartnerAnswer, PartnerBehaviour, PartnerCall, PartnerContext } from './partner.ts';
import { type PartnerVoice, voiceOf } from './partner-voice.ts';
import { RecentMap } from './recent-map.ts';
import { reply } from './reply.ts';
import { type KnownRoute, Router } from './router.ts';
import { drawLatencyMs } from './seeded.ts';

type PartnerSpecs = { [Kind in keyof typeof PARTNER_KINDS]: Extract<PartnerSpec, { kind: Kind }> };
type Openers = {
  [Kind in keyof PartnerSpecs]: {
    open: (spec: PartnerSpecs[Kind], context: PartnerContext) => PartnerBehaviour;
  };
};

function open<Kind extends keyof PartnerSpecs>(
  kind: Kind,
  spec: PartnerSpecs[Kind],
  context: PartnerContext,
): PartnerBehaviour {
  const openers: Openers = PARTNER_KINDS;
  return openers[kind].open(spec, context);
}

interface HostParts {
  seed: number;
  ledger: Ledger;
  invariants: Invariants;
  book: OrderBook;
  /** Index of a fault in the plan: of two faults that answer, the earlier one does. */
  rank: (fault: string) => number;
}

/** Attempts remembered, by request. */
const REMEMBERED_ATTEMPTS = 100_000;
const NO_FAULTS: readonly ActiveFault[] = [];

/** One partner as its clients see it: its behaviour, its latency, and the faults in force. */
export class PartnerHost {
  readonly spec: PartnerSpec;
  readonly server: Server;
  readonly voice: PartnerVoice;
  readonly #parts: HostParts;
  readonly #behaviour: PartnerBehaviour;
  readonly #router: Router;
  readonly #figures = new PartnerFigures();
  /** In the order of the plan. */
  #faults: ActiveFault[] = [];
  readonly #out = new Set<string>();
  readonly #closed = new Set<string | null>();
  /** Requests that a hang holds, by fault. */
  readonly #held = new Map<ActiveFault, Set<ServerResponse>>();
  readonly #attempts = new RecentMap<number>(REMEMBERED_ATTEMPTS);
  /** Attempts count only where a fault may take a share of the requests. */
  #countsAttempts = false;
  #requests = 0;
  #keyless = new Map<string, number>();

  constructor(spec: PartnerSpec, parts: HostParts) {
    this.spec = spec;
    this.#parts = parts;
    this.#behaviour = open(spec.kind, spec, {
      name: spec.name,
      seed: parts.seed,
      depleted: () => this.recordStock(),
      check: (invariant, broken, key) => parts.invariants.check(spec.name, invariant, broken, key),
      book: parts.book,
    });
    this.voice = voiceOf(this.#behaviour, parts.seed);
    this.#router = new Router(this.#behaviour.routes);
    this.server = limitedServer((message, response) => this.#receive(message, response));
  }

  /** Requests since the process started. */
  get requests(): number {
    return this.#requests;
  }

  left(): Record<string, number> {
    return this.#behaviour.left?.() ?? {};
  }

  reading(): PartnerReading {
    const { queueLength = null, shops } = this.#behaviour.gauges?.() ?? {};
    const open = shops?.filter((shop) => !this.#isKeptClosed(shop)).length ?? null;
    return { name: this.spec.name, figures: this.#figures, stock: this.left(), queueLength, shopsOpen: open };
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const arrivedAtMs = performance.now();
    this.#requests++;
    readBody(message, (raw) => {
      const url = message.url ?? '/';
      const queryAt = url.indexOf('?');
      const path = queryAt < 0 ? url : url.slice(0, queryAt);
      const method = message.method ?? 'GET';
      const found = this.#router.find(method, path);
      if (found === null || 'allowed' in found) {
        this.#refuse(response, notRouted({ method }, found?.allowed));
        return;
      }
      if (raw === null) {
        this.#refuse(response, problem(413, 'BODY_TOO_LARGE', `a body has at most ${MAX_BODY_BYTES} bytes`));
        return;
      }
      const body = this.#bodyOf(raw, message.headers['content-type']);
      if (body === 'bad') {
        this.#refuse(response, problem(400, 'BAD_BODY', 'the body is not what its content-type says'));
        return;
      }
      const query = queryAt < 0 ? '' : url.slice(queryAt + 1);
      const { headers } = message;
      const { params } = found;
      const key = this.#behaviour.keyOf({ body: body.value, params, headers, query });
      const canary = key?.startsWith(CANARY_PREFIX) ?? false;
      const call: PartnerCall = {
        method,
        path,
        query,
        params,
        headers,
        body: body.value,
        raw,
        key,
        canary,
        keptOut: this.#keptOut,
        keptClosed: this.#keptClosed,
      };
      this.#serve({ call, route: found.route, response, arrivedAtMs });
    });
  }

  #refuse(response: ServerResponse, { status, body, headers }: ReturnType<typeof problem>): void {
    this.#figures.request('refused');
    reply(response, { status, body, outcome: 'refused', ...(headers ? { headers } : {}) }, undefined);
  }

  #bodyOf(raw: Buffer, contentType = ''): { value: unknown } | 'bad' {
    if (raw.length === 0) return NO_BODY;
    if (this.#behaviour.readBody) {
      const value = this.#behaviour.readBody(raw, contentType);
      return value === undefined ? 'bad' : { value };
    }
    if (contentType.startsWith('application/x-www-form-urlencoded')) {
      return { value: Object.fromEntries(new URLSearchParams(raw.toString('utf8'))) };
    }
    const parsed = parseJson(raw.toString('utf8'));
    if (parsed !== 'bad-json') return parsed;
    return this.#behaviour.takesAnyBody === true ? NO_BODY : 'bad';
  }

  #serve(exchange: Exchange): void {
    const { call, route, response } = exchange;
    const inScope = this.#inScope(call, route);
    if (inScope.length === 0 && !this.#countsAttempts) {
      this.#act(exchange, NO_FAULTS, NO_FAULTS, '');
      return;
    }
    const requestKey = this.#requestKey(call, route);
    const chosen = inScope.filter((fault) => fault.takes(this.#parts.seed, requestKey));
    const lost = chosen.find(({ effect }) => effect.lostBefore !== undefined);
    if (!lost) {
      this.#act(exchange, inScope, chosen, requestKey);
      return;
    }
    for (const fault of inScope) fault.saw(fault === lost);
    this.#figures.request('lost');
    this.#send(response, NOTHING, lost.effect.lostBefore, lost);
  }

  /** Faults in force that are about this request: most requests meet none. */
  #inScope(call: PartnerCall, route: KnownRoute): readonly ActiveFault[] {
    for (const fault of this.#faults) {
      if (!fault.isAbout(call, route.label, this.#shopOf)) continue;
      return this.#faults.filter((one) => one.isAbout(call, route.label, this.#shopOf));
    }
    return NO_FAULTS;
  }

  #act(
    exchange: Exchange,
    inScope: readonly ActiveFault[],
    chosen: readonly ActiveFault[],
    requestKey: string,
  ): void {
    const { call, route, response } = exchange;
    for (const fault of chosen) {
      const answer = fault.effect.instead?.(call) ?? null;
      if (answer === null) continue;
      this.#finish(exchange, answer, inScope, chosen, requestKey, fault);
      return;
    }
    let answer: PartnerAnswer | Promise<PartnerAnswer>;
    try {
      answer = route.act(call);
    } catch (error) {
      answer = failed(error);
    }
    if (!(answer instanceof Promise)) this.#finish(exchange, answer, inScope, chosen, requestKey, null);
    else {
      void answer.catch(failed).then((late) => {
        if (!response.destroyed) this.#finish(exchange, late, inScope, chosen, requestKey, null);
      });
    }
  }

  /** @param by the fault that answered in place of the partner. */
  #finish(
    exchange: Exchange,
    answer: PartnerAnswer,
    inScope: readonly ActiveFault[],
    chosen: readonly ActiveFault[],
    requestKey: string,
    by: ActiveFault | null,
  ): void {
    const ownMs = this.#ownLatencyMs(exchange.call);
    if (inScope.length === 0) {
      this.#leaveWhenDue(exchange, answer, ownMs, null, NO_FAULTS);
      return;
    }
    let requestedMs = ownMs;
    const delaying: ActiveFault[] = [];
    for (const fault of chosen) {
      const addedMs = fault.effect.addedMs?.(exchange.call, `${fault.spec.id} ${requestKey}`) ?? 0;
      requestedMs += addedMs;
      if (addedMs > 0) delaying.push(fault);
    }
    const last = chosen.find(({ effect }) => effect.delivery !== undefined) ?? null;
    for (const fault of inScope) {
      fault.saw(fault === by || fault === last || delaying.includes(fault) || this.#changed(fault, answer));
    }
    for (const fault of delaying) fault.delays();
    this.#leaveWhenDue(exchange, answer, requestedMs, last, delaying);
  }

  #ownLatencyMs({ path, key }: PartnerCall): number {
    const { latency, name } = this.spec;
    return latency.shape === 'fixed'
      ? latency.ms
      : drawLatencyMs(latency, this.#parts.seed, `${name} ${path} ${key ?? ++this.#unkeyed}`);
  }

  #leaveWhenDue(
    exchange: Exchange,
    answer: PartnerAnswer,
    requestedMs: number,
    last: ActiveFault | null,
    delaying: readonly ActiveFault[],
  ): void {
    if (requestedMs <= 0) this.#leave(exchange, answer, requestedMs, last, delaying);
    else {
      atDeadline(exchange.arrivedAtMs + requestedMs, now, () =>
        this.#leave(exchange, answer, requestedMs, last, delaying),
      );
    }
  }

  #leave(
    { response, arrivedAtMs }: Exchange,
    answer: PartnerAnswer,
    requestedMs: number,
    last: ActiveFault | null,
    delaying: readonly ActiveFault[],
  ): void {
    const achievedMs = performance.now() - arrivedAtMs;
    for (const fault of delaying) fault.delayed(requestedMs, achievedMs);
    this.#figures.latency(requestedMs, achievedMs);
    this.#figures.request(answer.outcome);
    if (!response.destroyed) this.#send(response, answer, last?.effect.delivery, last);
  }
  #unkeyed = 0;

  #changed(fault: ActiveFault, { withheld, closedBy }: PartnerAnswer): boolean {
    if (withheld?.some((item) => fault.keepsOut(item, this.#behaviour.menu ?? []))) return true;
    return closedBy !== undefined && fault.closes(closedBy.shop);
  }

  #send(
    response: ServerResponse,
    answer: PartnerAnswer,
    delivery: Delivery | undefined,
    by: ActiveFault | null,
  ): void {
    if (delivery?.kind === 'hang' && by && this.#faults.includes(by)) this.#hold(by, response);
    // Its fault has ended before the answer was due: there is nothing left that could hold it.
    else if (delivery?.kind === 'hang') response.socket?.destroy();
    else reply(response, answer, delivery);
  }

  #hold(fault: ActiveFault, response: ServerResponse): void {
    const held = this.#held.get(fault) ?? new Set<ServerResponse>();
    this.#held.set(fault, held.add(response));
    response.once('close', () => held.delete(response));
  }

  /** What the request is and which attempt of it this is; a request without a key is known by its number on its route. */
  #requestKey(call: PartnerCall, route: KnownRoute): string {
    const named = call.key ?? headerKey(call);
    if (named === null) {
      const number = (this.#keyless.get(route.label) ?? 0) + 1;
      this.#keyless.set(route.label, number);
      return `${this.spec.name} ${call.path} #${number}`;
    }
    const request = `${this.spec.name} ${call.method} ${call.path} ${named}`;
    if (!this.#countsAttempts) return request;
    const attempt = (this.#attempts.get(request) ?? 0) + 1;
    this.#attempts.set(request, attempt);
    return `${request} ${attempt}`;
  }

  /** A fault of this partner may take a share of its requests: their attempts count from now on. */
  countAttempts(): void {
    this.#countsAttempts = true;
  }

  beginFault(fault: ActiveFault): void {
    const { rank } = this.#parts;
    if (fault.scope.share < 1) this.countAttempts();
    this.#faults = [...this.#faults, fault].sort((a, b) => rank(a.spec.id) - rank(b.spec.id));
    this.recordStock();
    this.#recordClosures();
  }

  endFault(id: string): void {
    const fault = this.#faults.find(({ spec }) => spec.id === id);
    if (!fault) return;
    fault.end();
    this.#faults = this.#faults.filter((other) => other !== fault);
    for (const response of this.#held.get(fault) ?? []) response.socket?.destroy();
    this.#held.delete(fault);
    this.recordStock();
    this.#recordClosures();
  }

  isActive(id: string): boolean {
    return this.#faults.some(({ spec }) => spec.id === id);
  }

  tallyFaults(): void {
    for (const fault of this.#faults) fault.tally();
  }

  /** Every item that is out is recorded as back; call `reset` next. */
  closeStockRecord(): void {
    for (const item of this.#out) this.#recordItem('stock-back', item);
    this.#out.clear();
  }

  /** As at the start of a step. */
  reset(stock: Readonly<Record<string, number>>): void {
    this.#keyless = new Map();
    this.#attempts.clear();
    this.#unkeyed = 0;
    this.#behaviour.reset();
    this.restock(stock);
  }

  restock(stock: Readonly<Record<string, number>>): void {
    this.#behaviour.restock?.(stock);
    this.recordStock();
  }

  close(): void {
    this.#behaviour.close?.();
  }

  /** Records what went out or came back since the last look, be it by orders or by a fault. */
  recordStock(): void {
    const left = new Map(Object.entries(this.left()));
    for (const item of this.#behaviour.items ?? []) {
      const gone = left.get(item);
      const out = (gone !== undefined && gone <= 0) || this.#isKeptOut(item);
      if (out === this.#out.has(item)) continue;
      this.#recordItem(out ? 'stock-out' : 'stock-back', item);
      if (out) this.#out.add(item);
      else this.#out.delete(item);
    }
  }

  #recordClosures(): void {
    const { name } = this.spec;
    const closed = new Set(this.#faults.flatMap(({ effect }) => (effect.closed ? [effect.closed.shop] : [])));
    const at = Date.now();
    for (const shop of closed) {
      if (!this.#closed.has(shop))
        this.#parts.ledger.record({ type: 'shop-closed', at, partner: name, shop });
    }
    for (const shop of this.#closed) {
      if (!closed.has(shop)) this.#parts.ledger.record({ type: 'shop-open', at, partner: name, shop });
    }
    this.#closed.clear();
    for (const shop of closed) this.#closed.add(shop);
  }

  #isKeptOut(item: string): boolean {
    for (const fault of this.#faults) if (fault.keepsOut(item, this.#behaviour.menu ?? [])) return true;
    return false;
  }

  #isKeptClosed(shop: string | null): boolean {
    for (const fault of this.#faults) if (fault.closes(shop)) return true;
    return false;
  }

  readonly #shopOf = (call: PartnerCall): string | null => this.#behaviour.shopOf?.(call) ?? null;
  readonly #keptOut = (item: string): boolean => this.#isKeptOut(item);
  readonly #keptClosed = (shop: string | null): boolean => this.#isKeptClosed(shop);

  #recordItem(type: 'stock-out' | 'stock-back', item: string): void {
    this.#parts.ledger.record({ type, at: Date.now(), partner: this.spec.name, item });
  }
}

/** A request on its way to its answer. */
interface Exchange {
  call: PartnerCall;
  route: KnownRoute;
  response: ServerResponse;
  /** When its headers had arrived, on the clock of performance.now(). */
  arrivedAtMs: number;
}

const NO_BODY = { value: undefined };
const NOTHING: PartnerAnswer = { status: 200, body: '', outcome: 'lost' };

const now = (): number => performance.now();

function failed(error: unknown): PartnerAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: { code: 'INTERNAL', message }, outcome: 'failed' };
}

/** Headers by which clients name their requests. */
function headerKey({ headers }: PartnerCall): string | null {
  const named = headers['idempotency-key'] ?? headers['x-request-id'] ?? headers['traceparent'];
  return typeof named === 'string' ? named : null;
}
