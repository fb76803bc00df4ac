import { failureKind } from '../../client.ts';
import { provesNothing } from '../../journey-spec.ts';
import type { Doing, OrderEnd, PollOptions, Reply, RequestOptions, Shop } from '../../kit.ts';
import { isEmpty, isNaming, itemName } from '../http/answers.ts';
import type { StepEnd } from '../program.ts';
import { bad, RIGHT } from '../turn.ts';
import { poll, sendRequest, thinkOver } from './acts.ts';
import type { OwnOrderUnderWay } from './own-order.ts';

/** The shop as the code of an order sees it. */
export class OwnShop implements Shop {
  readonly #order: OwnOrderUnderWay;

  constructor(order: OwnOrderUnderWay) {
    this.#order = order;
  }

  get orderKey(): string {
    return this.#variable('orderKey');
  }
  get shopper(): string {
    return this.#variable('shopper');
  }
  get firstName(): string {
    return this.#variable('firstName');
  }
  get lastName(): string {
    return this.#variable('lastName');
  }
  get email(): string {
    return this.#variable('email');
  }
  get phone(): string {
    return this.#variable('phone');
  }
  get street(): string {
    return this.#variable('street');
  }
  get city(): string {
    return this.#variable('city');
  }
  get sku(): string {
    return this.#variable('sku');
  }
  get cafe(): string {
    return this.#variable('cafe');
  }
  data(name: string): string {
    return this.#variable(name);
  }
  random(): number {
    return this.#order.start.random();
  }

  get(path: string, options?: RequestOptions): Doing<Reply> {
    return sendRequest(this.#order, 'GET', path, options);
  }
  post(path: string, options?: RequestOptions): Doing<Reply> {
    return sendRequest(this.#order, 'POST', path, options);
  }
  put(path: string, options?: RequestOptions): Doing<Reply> {
    return sendRequest(this.#order, 'PUT', path, options);
  }
  patch(path: string, options?: RequestOptions): Doing<Reply> {
    return sendRequest(this.#order, 'PATCH', path, options);
  }
  delete(path: string, options?: RequestOptions): Doing<Reply> {
    return sendRequest(this.#order, 'DELETE', path, options);
  }
  poll(path: string, options: PollOptions): Doing<Reply> {
    return poll(this.#order, path, options);
  }
  think(): Doing<void> {
    return thinkOver(this.#order);
  }

  /** An id that is missing is given as undefined, too: only by their number arguments tell that none was given. */
  confirmed(...given: [value?: unknown]): OrderEnd {
    const [value] = given;
    if (given.length > 0 && isEmpty(value)) return this.#bad();
    this.#order.proven = isNaming(value);
    return this.#unlessRefused(RIGHT);
  }
  soldOut(item?: unknown): OrderEnd {
    return this.#unlessRefused({ how: 'sold-out', item: itemName(item) });
  }
  closed(): OrderEnd {
    return this.#unlessRefused({ how: 'closed' });
  }

  /** An order ends badly by its last answer if that can't prove anything, whatever the code makes of it. */
  #unlessRefused(end: StepEnd): StepEnd {
    const { last } = this.#order;
    return last === null || (last.error === null && !provesNothing(last.status)) ? end : this.#bad();
  }
  #bad(): StepEnd {
    const { last } = this.#order;
    return bad(last === null ? 'wrong-answer' : failureKind(last));
  }

  #variable(name: string): string {
    const { variables, invent } = this.#order.start;
    const value = variables[name] ?? invent?.(name);
    if (value !== undefined) return String(value);
    const why = name === 'sku' || name === 'cafe' ? 'a partner of kind cafe, or ' : '';
    throw new TypeError(`the order has no ${name}: give the plan ${why}the journey data: { ${name}: [...] }`);
  }
}
