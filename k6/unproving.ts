/** Statuses that prove neither an order, nor that something is sold out or closed: whoever sends them turned the shopper away. */
export const provesNothing = (status: number): boolean =>
  status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
