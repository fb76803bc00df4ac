export const SHOP_KINDS = ['checkout', 'telegram', 'chat'] as const;
export type ShopKind = (typeof SHOP_KINDS)[number];

/** What a user says of their launch. The texts are as they would stand in a plan, and may be wrong. */
export interface Wishes {
  shop: ShopKind;
  /** Address of the target; null = the built-in demo shop. */
  target: string | null;
  orders: string;
  window: string;
}

export const DEFAULT_WISHES: Wishes = { shop: 'checkout', target: null, orders: '60k', window: '9h' };
