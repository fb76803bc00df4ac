import { z } from 'zod';

// Texts of a launch plan. The message of each is what is allowed; the problem's own words are put before it.

const named = (pattern: RegExp, allowed: string) =>
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
