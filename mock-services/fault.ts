import { z } from 'zod';
import type { Latency } from '../scripts/core/latency.ts';
import { duration } from '../scripts/core/quantities.ts';

/** Keys of every fault kind, in launch.yaml. */
export const faultKeys = {
  /** Name of the partner that it befalls. */
  partner: z.string().min(1),
  /** When it comes into force: offset from the start of the replayed part, ms. */
  at: duration(),
  /** How long it stays in force, ms. */
  for: duration({ minMs: 1 }),
};

/** What a fault does to its partner while it is in force. */
export interface FaultEffect {
  /** Added to the partner's own latency; null = nothing. Of several faults all are added. */
  addedLatency: Latency | null;
  /** Items that answer SOLD_OUT though there is stock. Of several faults all are out. */
  soldOut: 'menu' | readonly string[];
}
