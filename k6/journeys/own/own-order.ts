import type { Answer } from '../../effects.ts';
import type { OwnProgram } from '../program.ts';
import type { OrderUnderWay } from '../turn.ts';

// Where an order in own code stands.

export interface OwnOrderUnderWay extends OrderUnderWay {
  readonly own: OwnProgram;
  /** How many requests were begun, polls and retries not counted. */
  requests: number;
  last: Answer | null;
}

/** Index of the last request, within what the plan says of an order. Only an order that is placed ends with the last one. */
export const lastAt = ({ requests, own }: OwnOrderUnderWay): number => {
  return Math.max(0, Math.min(requests, own.requestsPerOrder) - 1);
};
