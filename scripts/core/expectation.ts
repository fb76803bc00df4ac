/** What a target may promise for the time of a fault, and what is seen of it; lightest first. */
export const EXPECTATIONS = ['unaffected', 'degraded', 'queued', 'polite-refusal', 'down'] as const;
export type Expectation = (typeof EXPECTATIONS)[number];
