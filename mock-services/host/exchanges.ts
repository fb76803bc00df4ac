import type { IncomingMessage, ServerResponse } from 'node:http';
import { atDeadline, monotonicMs } from '../core/deadline.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import type { Delivery } from '../fault.ts';
import { readBody } from '../http/http-limits.ts';
import { canSpoil, reply } from '../http/reply.ts';
import type { RequestKeys } from '../http/request-keys.ts';
import type { KnownRoute } from '../http/router.ts';
import type { ActiveFault } from '../injection/active-fault.ts';
import { type FaultsInForce, NO_FAULTS } from '../injection/faults-in-force.ts';
import { failed, type PartnerAnswer, type PartnerBehaviour, type PartnerCall } from '../partner.ts';
import type { PartnerFigures, SliceFigures } from '../partner-figures.ts';
import type { PartnerSpec } from '../registry.ts';
import type { Incoming } from './incoming.ts';

/** What a partner's requests meet on their way. */
interface Parts {
  spec: PartnerSpec;
  seed: number;
  behaviour: PartnerBehaviour;
  menu: ReadonlySet<string>;
  incoming: Incoming;
  keys: RequestKeys;
  faults: FaultsInForce;
  figures: PartnerFigures;
  slice: SliceFigures;
}

/**
 * The requests to one partner, each from its arrival to its answer. Faults act in this order: the request is lost; it is
 * answered in the partner's place; the partner acts, with what is kept out or closed; delays add up; the delivery is
 * spoilt.
 */
export class Exchanges {
  readonly #parts: Parts;
  #requests = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Requests since the process started. */
  get requests(): number {
    return this.#requests;
  }

  receive(message: IncomingMessage, response: ServerResponse): void {
    const arrivedAtMs = performance.now();
    this.#requests++;
    readBody(message, (raw) => {
      const read = this.#parts.incoming.read(message, raw);
      if ('refused' in read) {
        this.#parts.figures.request('refused');
        this.#parts.slice.request();
        this.#parts.slice.answer(read.refused.status, 'refused', false);
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
    this.#parts.slice.request();
    const inScope = this.#parts.faults.about({
      label: route.label,
      asked: route.path.endsWith('*') ? `${call.method} ${call.path}` : null,
      shop: () => this.#parts.behaviour.shopOf?.(call) ?? null,
    });
    if (inScope.length > 0 || this.#parts.keys.countsAttempts) {
      const request = this.#parts.keys.ofAttempt(this.#parts.keys.ofRequest(call, route));
      exchange.request = request;
      exchange.inScope = inScope;
      exchange.chosen = inScope.filter((fault) => fault.takes(this.#parts.seed, request));
    }
    const { chosen } = exchange;
    const lost = chosen.find(({ effect }) => effect.lostBefore !== undefined);
    if (lost) {
      for (const fault of inScope) fault.saw(fault === lost);
      this.#parts.figures.request('lost');
      this.#parts.slice.answer(null, 'lost', true);
      this.#send(response, NOTHING, lost.effect.lostBefore, lost);
      return;
    }
    for (const fault of chosen) {
      const answer = fault.effect.instead?.(call) ?? null;
      if (answer === null) continue;
      this.#finish(exchange, answer, fault);
      return;
    }
    this.#act(
      exchange,
      (answer) => this.#finish(exchange, answer, null),
      (late) => this.#parts.slice.answer(null, late.outcome, false),
    );
  }

  /** @param gone told of an answer that came when the client had gone */
  #act(
    { call, route, response }: UnderWay,
    done: (answer: PartnerAnswer) => void,
    gone: (late: PartnerAnswer) => void = () => {},
  ): void {
    let answer: PartnerAnswer | Promise<PartnerAnswer>;
    try {
      answer = route.act(call);
    } catch (error) {
      answer = failed(error);
    }
    if (!(answer instanceof Promise)) done(answer);
    else {
      void answer.catch(failed).then((late) => {
        if (response.destroyed) gone(late);
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
    this.#parts.figures.latency(requestedMs, achievedMs);
    this.#parts.figures.request(answer.outcome);
    this.#parts.slice.delayed(requestedMs, achievedMs);
    const delivery = spoiling?.effect.delivery;
    const leavesNone = response.destroyed || delivery?.kind === 'hang' || delivery?.kind === 'reset';
    this.#parts.slice.answer(leavesNone ? null : answer.status, answer.outcome, by !== null);
    if (!response.destroyed) this.#send(response, answer, delivery, spoiling);
  }

  #ownLatencyMs({ call, route, request }: UnderWay): number {
    const { latency } = this.#parts.spec;
    if (latency.shape === 'fixed') return latency.ms;
    return drawLatencyMs(
      latency,
      this.#parts.seed,
      request === '' ? this.#parts.keys.ofRequest(call, route) : request,
    );
  }

  #changed(fault: ActiveFault, { withheld, closedBy }: PartnerAnswer): boolean {
    if (withheld?.some((item) => fault.keepsOut(item, this.#parts.menu))) return true;
    return closedBy !== undefined && fault.closes(closedBy.shop);
  }

  #send(
    response: ServerResponse,
    answer: PartnerAnswer,
    delivery: Delivery | undefined,
    by: ActiveFault | null,
  ): void {
    if (delivery?.kind === 'hang') this.#parts.faults.hold(by, response);
    else reply(response, answer, delivery);
  }
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
