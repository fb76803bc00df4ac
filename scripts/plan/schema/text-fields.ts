import { z } from 'zod';

// Texts of a launch plan. The message of each is what is allowed; the problem's own words are put before it.

/** A text of a form; `allowed` says which. */
export const named = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });

/** Key of a journey or a partner: a k6 scenario, a metric tag and an environment variable are made from it. */
export const keyName = () =>
  named(
    /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
    'a name of up to 40 letters, digits, - and _, beginning with a letter',
  );

/** Name of a template variable. */
export const variableName = () =>
  named(
    /^[A-Za-z_][A-Za-z0-9_]{0,39}$/,
    'a name of up to 40 letters, digits and _, beginning with a letter or _',
  );

/** Where a value stands in a JSON answer. */
export const dottedPath = () =>
  named(/^[^.\s]+(\.[^.\s]+)*$/, 'a path in the JSON answer, such as id, order.id or lines.0.sku');

/** Path on the target, perhaps with `{{variables}}`. */
export const targetPath = () =>
  named(/^\/[^\r\n]*$/, 'a path that begins with /, such as /menu or /tickets/{{ticket}}').refine(
    (path) => !/\s/.test(path.replace(/\{\{[^{}]*\}\}/g, '')),
    { error: 'a path without spaces (write %20), such as /menu' },
  );

/** A path, or `{{variable}}` alone: a whole address, as an answer gave it. */
export const linkOrPath = () =>
  z.union([targetPath(), z.string().regex(/^\{\{\s*[A-Za-z_][A-Za-z0-9_]*\s*\}\}$/)], {
    error: 'a path that begins with /, such as /menu, or {{link}} alone, an address that was captured',
  });

/** Source of a regular expression. */
export const pattern = () =>
  z
    .string({ error: 'a regular expression' })
    .min(1, { error: 'a regular expression' })
    .max(500, { error: 'a regular expression of at most 500 characters' })
    .refine(isPattern, { error: 'a regular expression as JavaScript knows it, without slashes around it' });

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

export const headerName = () =>
  named(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'a header name of letters, digits and -');

/** The plan's name: it becomes part of a folder name. */
export const planName = () =>
  named(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name of up to 64 letters, digits, ".", - and _, beginning with a letter or a digit',
  );

export const nonEmptyText = (allowed: string) =>
  z.string({ error: allowed }).trim().min(1, { error: allowed });

/** One of the texts. */
export const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });
