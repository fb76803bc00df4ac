/** Order keys of canaries begin with this; partners keep such orders out of stock, money and invariants. */
export const CANARY_PREFIX = 'canary-';
