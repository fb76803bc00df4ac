// Draws that follow from a seed and a text alone, wherever and whenever they are made. Without imports: it is part of
// k6's load script too, where arrow functions cost a VU less than declared ones.

/** The finaliser of MurmurHash3 (Austin Appleby). Unsigned 32 bits. */
export const mix = (value: number): number => {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** FNV-1a over UTF-16 units, finished by `mix`, so that the low bits are good too. Unsigned 32 bits. */
export const hashText = (text: string, salt: number): number => {
  let hash = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
};
