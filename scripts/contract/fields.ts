import { z } from 'zod';

// What figures of report.json are made of: as they stand in the file, and as code has them. A field that was not measured
// is null, never 0.

/** A time: ISO 8601 UTC in the file, epoch ms in code. */
export const time = z.codec(z.iso.datetime(), z.number(), {
  decode: (text) => Date.parse(text),
  encode: (at) => new Date(Math.round(at)).toISOString(),
});

/** A duration: whole milliseconds in the file. */
export const ms = z.codec(z.int(), z.number(), {
  decode: (whole) => whole,
  encode: (exact) => Math.round(exact),
});

/** A share, 0 to 1. */
export const ratio = z.number().meta({ minimum: 0, maximum: 1 });

/** How many. */
export const count = z.number().meta({ type: 'integer', minimum: 0 });

export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** Text that may come from the target: never to be shown unescaped. */
export const untrusted = z.string();
