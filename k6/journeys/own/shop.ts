import { failureKind } from '../../client.ts';
import type { Doing, OrderEnd, PollOptions, Reply, RequestOptions, Shop } from '../../kit.ts';
import { itemName } from '../http/answers.ts';
import { bad, RIGHT } from '../turn.ts';
import { type OwnWalk, poll, request, thinkOver } from './acts.ts';

/** The shop as the code of an order sees it. */
export class OwnShop implements Shop {
  readonly #walk: OwnWalk;

  constructor(walk: OwnWalk) {
    this.#walk = walk;
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
    return this.#walk.start.random();
  }

  get(path: string, options?: RequestOptions): Doing<Reply> {
    return request(this.#walk, 'GET', path, options);
  }
  post(path: string, options?: RequestOptions): Doing<Reply> {
    return request(this.#walk, 'POST', path, options);
  }
  put(path: string, options?: RequestOptions): Doing<Reply> {
    return request(this.#walk, 'PUT', path, options);
  }
  patch(path: string, options?: RequestOptions): Doing<Reply> {
    return request(this.#walk, 'PATCH', path, options);
  }
  delete(path: string, options?: RequestOptions): Doing<Reply> {
    return request(this.#walk, 'DELETE', path, options);
  }
  poll(path: string, options: PollOptions): Doing<Reply> {
    return poll(this.#walk, path, options);
  }
  think(): Doing<void> {
    return thinkOver(this.#walk);
  }

  confirmed(isRight = true): OrderEnd {
    if (isRight) return RIGHT;
    const { last } = this.#walk;
    return bad(last === null ? 'wrong-answer' : failureKind(last));
  }
  soldOut(item?: unknown): OrderEnd {
    return { how: 'sold-out', item: itemName(item) } as OrderEnd;
  }
  closed(): OrderEnd {
    return { how: 'closed' };
  }

  #variable(name: string): string {
    const value = this.#walk.start.variables[name];
    if (value !== undefined) return String(value);
    const why = name === 'sku' || name === 'cafe' ? 'a partner of kind cafe, or ' : '';
    throw new TypeError(`the order has no ${name}: give the plan ${why}the journey data: { ${name}: [...] }`);
  }
}
