/** Keys of the prober's orders begin with this; the same value as in k6/contract.ts, which the mocks may not import. */
export const CANARY_PREFIX = 'canary-';

export const isCanary = (key: unknown): boolean => typeof key === 'string' && key.startsWith(CANARY_PREFIX);
