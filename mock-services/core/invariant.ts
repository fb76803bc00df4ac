/** What must hold whatever fails; a partner that sees it broken counts it, with the keys of examples. */
export const INVARIANTS = [
  /** One order of a shopper was accepted more than once. */
  'order-twice',
  /** An order was accepted although its item, or something that every order uses up, was gone. */
  'oversold',
  /** A voucher was redeemed again, for another order. */
  'voucher-twice',
  /** A user redeemed more vouchers than one may. */
  'voucher-over-limit',
  /** Vouchers or prizes were given beyond their budget. */
  'budget-overspent',
  /** Money was taken for an order that no café accepted, and was not given back by the end of the step. */
  'charged-without-order',
] as const;
export type Invariant = (typeof INVARIANTS)[number];
