import type { Menu } from './partners.ts';

/** How an order ended. */
export type OrderResult =
  | { kind: 'confirmed'; id: string; payment: 'captured' | 'deferred' }
  | { kind: 'sold-out'; item: string }
  /** The café's shop is closed. */
  | { kind: 'closed'; shop: string }
  /** The voucher is unknown or was redeemed already. */
  | { kind: 'voucher-refused'; code: string }
  /** Politely turned away: come back after that many seconds. */
  | { kind: 'busy'; retryAfterSec: number }
  /** A partner failed it. */
  | { kind: 'failed'; message: string };

export interface OrderRequest {
  sku: string;
  orderKey: string;
  /** Of a voucher that the order redeems. */
  code: string | null;
}

/** What the two shops do differently. */
export interface OrderFlow {
  menu: () => Promise<Menu>;
  /** @param discount off the price, in the minor unit. */
  place: (order: OrderRequest, discount: number) => Promise<OrderResult>;
}

/** @returns the price of an item in the minor unit; null when it is not on the menu. */
export function priceOn(menu: Menu, sku: string): number | null {
  return menu.items.find((item) => item.sku === sku)?.price ?? null;
}
