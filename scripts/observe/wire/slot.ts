import { SLOT_MODULUS } from '../../../k6/contract.ts';

/** k6's clock may be read just before the sample is stamped, never seconds later; 2 s also cover a clock step. */
const AHEAD_MS = 2_000;

/** The slot that a label names; null if it names none. */
export function parseSlot(label: string | undefined): number | null {
  if (label === undefined || !/^\d{1,3}$/.test(label)) return null;
  const slot = Number(label);
  return slot < SLOT_MODULUS ? slot : null;
}

/** The newest epoch second at or before `sampleAt` + 2 s (epoch ms) whose number has this slot. */
export function secondOfSlot(slot: number, sampleAt: number): number {
  const newest = Math.floor((sampleAt + AHEAD_MS) / 1_000);
  const back = (newest - slot) % SLOT_MODULUS;
  return newest - (back < 0 ? back + SLOT_MODULUS : back);
}
