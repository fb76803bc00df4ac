import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { PartnerSlice } from '../contract.ts';
import { atDeadline, monotonicMs } from '../core/deadline.ts';
import type { OrderBook } from '../core/order-book.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import type { Delivery } from '../fault.ts';
import { limitedServer, readBody } from '../http/http-limits.ts';
import { canSpoil, reply } from '../http/reply.ts';
import { RequestKeys } from '../http/request-keys.ts';
import type { KnownRoute } from '../http/router.ts';
import type { ActiveFault } from '../injection/active-fault.ts';
import { FaultsInForce, NO_FAULTS } from '../injection/faults-in-force.ts';
import type { Invariants } from '../ledger/invariants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { StockRecord } from '../ledger/stock-record.ts';
import { failed, type PartnerAnswer, type PartnerBehaviour, type PartnerCall } from '../partner.ts';
import { PartnerFigures, type PartnerReading, SliceFigures } from '../partner-figures.ts';
import { type PartnerVoice, voiceOf } from '../partner-voice.ts';
import { openPartner, type PartnerSpec } from '../registry.ts';
import { Incoming } from './incoming.ts';

interface HostParts {
  seed: number;
  ledger: Ledger;
  invariants: Invariants;
  book: OrderBook;
  /** Index of a fault in the plan: of two faults that answer, the earlier one does. */
  rank: (fault: string) => number;
}

/**
 * One partner as its clients see it: its behaviour, its latency, and the faults in force. Faults act in this order: the
 * request is lost; it is answered in the partner's place; the partner acts, with what is kept out or closed; delays add
 * up; the delivery is spoilt.
 */
export class PartnerHost {
  readonly spec: PartnerSpec;
  readonly server: Server;
  readonly voice: PartnerVoice;
  readonly #seed: number;
  readonly #behaviour: PartnerBehaviour;
  readonly #menu: ReadonlySet<string>;
  readonly #incoming: Incoming;
  readonly #figures = new PartnerFigures();
  readonly #slice = new SliceFigures();
  readonly faults: FaultsInForce;
  readonly #stock: StockRecord;
  readonly #keys: RequestKeys;
  #requests = 0;

  constructor(spec: PartnerSpec, { seed, ledger, invariants, book, rank }: HostParts) {
    const { name } = spec;
    this.spec = spec;
    this.#seed = seed;
    this.#behaviour = openPartner(spec, {
      name,
      seed,
      depleted: () => this.recordStock(),
      check: (invariant, broken, key) => invariants.check(name, invariant, broken, key),
      book,
    });
    this.#menu = new Set(this.#behaviour.menu);
    this.voice = voiceOf(this.#behaviour, seed);
    this.#incoming = new Incoming(this.#behaviour, { keptOut: this.#keptOut, keptClosed: this.#keptClosed });
    this.faults = new FaultsInForce(name, ledger, rank);
    this.#stock = new StockRecord(name, ledger);
    this.#keys = new RequestKeys(name);
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
    const open = shops?.filter((shop) => !this.faults.close(shop)).length ?? null;
    return { name: this.spec.name, figures: this.#figures, stock: this.left(), queueLength, shopsOpen: open };
  }

  /** Looks at its queue; ten times a second are enough. */
  lookAtQueue(): void {
    const { queueLength } = this.#behaviour.gauges?.() ?? {};
    if (queueLength !== undefined) this.#slice.waiting(queueLength);
  }

  /** What it did since this was asked last. */
  takeSlice(): PartnerSlice {
    this.lookAtQueue();
    const { shopsOpen, stock } = this.reading();
    return {
      ...this.#slice.take(),
      ...(shopsOpen !== null && { shopsOpen }),
      ...(Object.keys(stock).length > 0 && { stock }),
    };
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const arrivedAtMs = performance.now();
    this.#requests++;
    readBody(message, (raw) => {
      const read = this.#incoming.read(message, raw);
      if ('refused' in read) {
        this.#figures.request('refused');
        this.#slice.request();
        this.#slice.answer(read.refused.status, 'refused', false);
        reply(response, { ...read.refused, outcome: 'refused' }, undefined);
        return;
      }
      const { call, route } = read;
      this.#serve({
        call,
        route,
        response,
        arrivedAtMs,
        request: '',
        inScope: NO_FAULTS,
        chosen: NO_FAULTS,
        delaying: NO_FAULTS,
        spoiling: null,
        by: null,
        requestedMs: 0,
      });
    });
  }

  #serve(exchange: UnderWay): void {
    const { call, route, response } = exchange;
    if (route.exempt === true) {
      this.#act(exchange, (answer) => {
        if (!response.destroyed) reply(response, answer, undefined);
      });
      return;
    }
    this.#slice.request();
    const inScope = this.faults.about({
      label: route.label,
      asked: route.path.endsWith('*') ? `${call.method} ${call.path}` : null,
      shop: () => this.#behaviour.shopOf?.(call) ?? null,
    });
    if (inScope.length > 0 || this.#keys.countsAttempts) {
      const request = this.#keys.ofAttempt(this.#keys.ofRequest(call, route));
      exchange.request = request;
      exchange.inScope = inScope;
      exchange.chosen = inScope.filter((fault) => fault.takes(this.#seed, request));
    }
    const { chosen } = exchange;
    const lost = chosen.find(({ effect }) => effect.lostBefore !== undefined);
    if (lost) {
      for (const fault of inScope) fault.saw(fault === lost);
      this.#figures.request('lost');
      this.#slice.answer(null, 'lost', true);
      this.#send(response, NOTHING, lost.effect.lostBefore, lost);
      return;
    }
    for (const fault of chosen) {
      const answer = fault.effect.instead?.(call) ?? null;
      if (answer === null) continue;
      this.#finish(exchange, answer, fault);
      return;
    }
    this.#act(exchange, (answer) => this.#finish(exchange, answer, null));
  }

  #act({ call, route, response }: UnderWay, done: (answer: PartnerAnswer) => void): void {
    let answer: PartnerAnswer | Promise<PartnerAnswer>;
    try {
      answer = route.act(call);
    } catch (error) {
      answer = failed(error);
    }
    if (!(answer instanceof Promise)) done(answer);
    else {
      void answer.catch(failed).then((late) => {
        if (response.destroyed) this.#slice.answer(null, late.outcome, false);
        else done(late);
      });
    }
  }

  /** @param by the fault that answered in place of the partner. */
  #finish(exchange: UnderWay, answer: PartnerAnswer, by: ActiveFault | null): void {
    exchange.by = by;
    exchange.arrivedAtMs += answer.waitedMs ?? 0;
    exchange.requestedMs = this.#ownLatencyMs(exchange) + (answer.takesMs ?? 0);
    if (exchange.inScope.length > 0) this.#befall(exchange, answer, by);
    if (exchange.requestedMs <= 0) this.#leave(exchange, answer);
    else {
      atDeadline(exchange.arrivedAtMs + exchange.requestedMs, monotonicMs, () =>
        this.#leave(exchange, answer),
      );
    }
  }

  /** What the faults add to an answer, and which of them it counts for. */
  #befall(exchange: UnderWay, answer: PartnerAnswer, by: ActiveFault | null): void {
    const { call, inScope, chosen, request } = exchange;
    const delaying: ActiveFault[] = [];
    for (const fault of chosen) {
      // Who turns a request away does not also make it wait.
      const addedMs = fault === by ? 0 : (fault.effect.addedMs?.(call, `${fault.spec.id} ${request}`) ?? 0);
      exchange.requestedMs += addedMs;
      if (addedMs > 0) delaying.push(fault);
    }
    const spoiling =
      chosen.find(({ effect: { delivery } }) => delivery && canSpoil(answer, delivery, call.method)) ?? null;
    for (const fault of inScope) {
      const acted = fault === by || fault === spoiling || delaying.includes(fault);
      fault.saw(acted || this.#changed(fault, answer));
    }
    for (const fault of delaying) fault.delays();
    exchange.delaying = delaying;
    exchange.spoiling = spoiling;
  }

  #leave(exchange: UnderWay, answer: PartnerAnswer): void {
    const { response, arrivedAtMs, requestedMs, delaying, spoiling, by } = exchange;
    const achievedMs = performance.now() - arrivedAtMs;
    for (const fault of delaying) fault.delayed(requestedMs, achievedMs);
    this.#figures.latency(requestedMs, achievedMs);
    this.#figures.request(answer.outcome);
    this.#slice.delayed(requestedMs, achievedMs);
    const delivery = spoiling?.effect.delivery;
    const leavesNone = response.destroyed || delivery?.kind === 'hang' || delivery?.kind === 'reset';
    this.#slice.answer(leavesNone ? null : answer.status, answer.outcome, by !== null);
    if (!response.destroyed) this.#send(response, answer, delivery, spoiling);
  }

  #ownLatencyMs({ call, route, request }: UnderWay): number {
    const { latency } = this.spec;
    if (latency.shape === 'fixed') return latency.ms;
    return drawLatencyMs(latency, this.#seed, request === '' ? this.#keys.ofRequest(call, route) : request);
  }

  #changed(fault: ActiveFault, { withheld, closedBy }: PartnerAnswer): boolean {
    if (withheld?.some((item) => fault.keepsOut(item, this.#menu))) return true;
    return closedBy !== undefined && fault.closes(closedBy.shop);
  }

  #send(
    response: ServerResponse,
    answer: PartnerAnswer,
    delivery: Delivery | undefined,
    by: ActiveFault | null,
  ): void {
    if (delivery?.kind === 'hang') this.faults.hold(by, response);
    else reply(response, answer, delivery);
  }

  /** A fault of this partner may take a share of its requests: their attempts count from now on. */
  countAttempts(): void {
    this.#keys.countAttempts();
  }

  beginFault(fault: ActiveFault): void {
    if (fault.scope.share < 1) this.countAttempts();
    this.faults.begin(fault);
    this.recordStock();
  }

  endFault(id: string): void {
    this.faults.end(id);
    this.recordStock();
  }

  /** Every item that is out is recorded as back; call `reset` next. */
  closeStockRecord(): void {
    this.#stock.close();
  }

  /** As at the start of a step. */
  reset(stock: Readonly<Record<string, number>>): void {
    this.#keys.reset();
    this.#slice.take();
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
    const { items } = this.#behaviour;
    if (!items) return;
    const left = new Map(Object.entries(this.left()));
    this.#stock.look(items, (item) => left.get(item) === 0 || this.#keptOut(item));
  }

  readonly #keptOut = (item: string): boolean => this.faults.keepOut(item, this.#menu);
  readonly #keptClosed = (shop: string | null): boolean => this.faults.close(shop);
}

/** A request on its way to its answer. */
interface UnderWay {
  call: PartnerCall;
  route: KnownRoute;
  response: ServerResponse;
  /** When its headers had arrived, on the clock of performance.now(). */
  arrivedAtMs: number;
  /** What this attempt is known by; empty where no fault asks for it. */
  request: string;
  /** Faults in force that are about it, and those of them that take it. */
  inScope: readonly ActiveFault[];
  chosen: readonly ActiveFault[];
  /** Faults that make it wait, and the one that spoils its delivery. */
  delaying: readonly ActiveFault[];
  spoiling: ActiveFault | null;
  /** The fault that answered in place of the partner. */
  by: ActiveFault | null;
  /** How long the answer is to take from arrival, ms. */
  requestedMs: number;
}

const NOTHING: PartnerAnswer = { status: 200, body: '', outcome: 'lost' };
