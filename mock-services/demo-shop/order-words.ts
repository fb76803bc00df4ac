import { APOLOGY } from '../core/apology.ts';
import type { OrderResult } from './order-flow.ts';

/** What bot and chat say about an order. */
export function wordsFor(result: OrderResult): string {
  switch (result.kind) {
    case 'confirmed':
      return `Order ${result.id} is confirmed.`;
    case 'sold-out':
      return `Sorry, ${result.item} is sold out.`;
    case 'closed':
      return 'Sorry, we are closed.';
    case 'busy':
      return 'Sorry, we are too busy. Please come back later.';
    case 'voucher-refused':
      return `Sorry, the code ${result.code} can't be used.`;
    case 'failed':
      return APOLOGY;
  }
}
