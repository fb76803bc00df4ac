import snappy from 'snappyjs';

// snappyjs inflates; this file decides first whether it may. Its decoder loops for ever on a literal whose
// four-byte length is negative as int32, and cuts silently what exceeds the announced length. So the elements
// are walked once, without copying: their lengths must stay inside the input and sum to the announced length.
// Format: https://github.com/google/snappy/blob/main/format_description.txt

export type Inflated = { ok: true; bytes: Uint8Array } | { ok: false; why: 'malformed' | 'too-large' };

/** Inflates one snappy block of at most `maxBytes` inflated bytes. Never throws. */
export function inflateSnappy(block: Uint8Array, maxBytes: number): Inflated {
  const header = announcedLength(block);
  if (header === null) return { ok: false, why: 'malformed' };
  if (header.length > maxBytes) return { ok: false, why: 'too-large' };
  if (!elementsFill(block, header.end, header.length)) return { ok: false, why: 'malformed' };
  // A plain view: for a Buffer, snappyjs would return a Buffer.
  const view = new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
  return { ok: true, bytes: snappy.uncompress(view, maxBytes) };
}

function announcedLength(block: Uint8Array): { length: number; end: number } | null {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length < 2 ** 32 ? { length, end: index + 1 } : null;
  }
  return null;
}

function elementsFill(block: Uint8Array, start: number, announced: number): boolean {
  let at = start;
  let inflated = 0;
  while (at < block.length) {
    const element = elementAt(block, at);
    if (element === null || element.end > block.length || element.offset > inflated) return false;
    at = element.end;
    inflated += element.length;
    if (inflated > announced) return false;
  }
  return inflated === announced;
}

/** `length` inflated bytes; `end` = where the next element begins; `offset` 0 = a literal. */
interface SnappyElement {
  length: number;
  end: number;
  offset: number;
}

function elementAt(block: Uint8Array, at: number): SnappyElement | null {
  const tag = block[at];
  if (tag === undefined) return null;
  const kind = tag & 3;
  if (kind === 0) return literalAt(block, at, tag >>> 2);
  const width = kind === 3 ? 4 : kind;
  const tail = littleEndian(block, at + 1, width);
  if (tail === null) return null;
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
  const offset = kind === 1 ? (tag >>> 5) * 256 + tail : tail;
  return offset === 0 ? null : { length, end: at + 1 + width, offset };
}

function literalAt(block: Uint8Array, at: number, code: number): SnappyElement | null {
  if (code < 60) return { length: code + 1, end: at + 1 + code + 1, offset: 0 };
  const width = code - 59;
  const tail = littleEndian(block, at + 1, width);
  if (tail === null) return null;
  return { length: tail + 1, end: at + 1 + width + tail + 1, offset: 0 };
}

function littleEndian(block: Uint8Array, at: number, width: number): number | null {
  let value = 0;
  for (let index = 0; index < width; index++) {
    const byte = block[at + index];
    if (byte === undefined) return null;
    value += byte * 256 ** index;
  }
  return value;
}
