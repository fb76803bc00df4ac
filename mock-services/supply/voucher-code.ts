import { createHash } from 'node:crypto';

/** Capitals and digits that nobody takes for another one (no I, O, 0, 1); 32, so that a byte has no favourites. */
const READABLE = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SHORTEST = 10;

/** The code of a voucher, the same for the same seed and key; longer only where `isTaken` says so. */
export function voucherCode(seed: number, key: string, isTaken: (code: string) => boolean): string {
  const digest = createHash('sha256').update(`voucher ${seed} ${key}`).digest();
  let code = '';
  for (const byte of digest) {
    code += READABLE[byte % READABLE.length];
    if (code.length >= SHORTEST && !isTaken(code)) break;
  }
  return code;
}
