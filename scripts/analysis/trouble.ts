import type { Span } from './judgement.ts';

/** A time in which the load evidence can't be trusted, and why (stable word). */
export interface Trouble extends Span {
  why: 'cpu' | 'mocks-slow' | 'latency-off' | 'push-gap' | 'push-lost' | 'clock-step';
}
