import type { PartnerCall } from '../partner.ts';
import { Stock } from './stock.ts';

/** The item for want of which something cannot be sold, and whether only a fault keeps it out. */
export interface Lack {
  item: string;
  byFault: boolean;
}

/** What there is for the items of a menu: each needs itself, and what every order uses up beside it. */
export class MenuStock {
  readonly menu: readonly string[];
  /** The menu, and what is used up. */
  readonly items: readonly string[];
  readonly #stock: Stock;
  readonly #needed: ReadonlyMap<string, readonly string[]>;

  /** @param planned what of it is on the menu or not: an item that is not is used up, one an order. */
  constructor(
    menu: readonly string[],
    planned: Readonly<Record<string, number>>,
    depleted: (item: string) => void,
  ) {
    const onMenu = new Set(menu);
    const consumables = Object.keys(planned).filter((item) => !onMenu.has(item));
    this.menu = menu;
    this.items = [...onMenu, ...consumables];
    this.#stock = new Stock(planned, depleted);
    this.#needed = new Map(menu.map((sku) => [sku, [sku, ...consumables]]));
  }

  sells(sku: string): boolean {
    return this.#needed.has(sku);
  }

  lacking(sku: string, keptOut: PartnerCall['keptOut']): Lack | null {
    const needed = this.#neededFor(sku);
    for (const item of needed) if (this.#stock.isGone(item)) return { item, byFault: false };
    for (const item of needed) if (keptOut(item)) return { item, byFault: true };
    return null;
  }

  use(sku: string): void {
    for (const item of this.#neededFor(sku)) this.#stock.use(item);
  }

  giveBack(sku: string): void {
    for (const item of this.#neededFor(sku)) this.#stock.giveBack(item);
  }

  left(): Record<string, number> {
    return this.#stock.left();
  }

  restock(stock: Readonly<Record<string, number>>): void {
    this.#stock.restock(stock);
  }

  reset(): void {
    this.#stock.reset();
  }

  #neededFor(sku: string): readonly string[] {
    return this.#needed.get(sku) ?? [];
  }
}
