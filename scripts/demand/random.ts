import { mix } from '../core/seeded.ts';

/** Uniform in (0, 1); each call the next number of the stream. */
export type RandomStream = () => number;

/**
 * A stream of its own for each name: the same name gives the same numbers on every machine. Generator: sfc32 (Chris
 * Doty-Humphrey, PractRand), 32 bits a number, seeded by a Murmur3 hash of the name.
 */
export function randomStream(name: string): RandomStream {
  const next = hashes(name);
  let a = next();
  let b = next();
  let c = next();
  let counter = 1;
  const draw = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    // Half a step in: never 0, whose logarithm the samplers could not take.
    return ((result >>> 0) + 0.5) / 2 ** 32;
  };
  // The author's recommendation: 12 rounds mix a seed of 96 bits.
  for (let round = 0; round < 12; round++) draw();
  return draw;
}

/** Murmur3's 32-bit hash of the text, then its finaliser again and again for more words. */
function hashes(text: string): () => number {
  let hash = 0x9e3779b9 ^ text.length;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0xcc9e2d51);
    hash = (hash << 13) | (hash >>> 19);
  }
  return () => {
    hash = (hash + 0x9e3779b9) | 0;
    return mix(hash);
  };
}
