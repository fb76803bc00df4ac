import { z } from 'zod';
import { nearestHint } from '../source/nearest.ts';
import { type Finding, type PlanPath, valueAt } from '../source/problems.ts';

type Issue = z.core.$ZodIssue;

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list',
  tuple: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  nonoptional: 'a value',
};

// Marks a message that zod made and this file puts into words; texts of the schemas come without it.
const OWN_WORDS = '\u0000';

/** What does not fit a schema, in plain words: one finding for each thing that the user can mend. */
export function schemaFindings(schema: z.ZodType, value: unknown): Finding[] {
  const result = schema.safeParse(value, { error: (issue) => `${OWN_WORDS}${knownKeys(issue).join(' ')}` });
  return result.success ? [] : result.error.issues.flatMap((issue) => fromIssue(issue, [], value));
}

/** Keys of the mapping that refused one: zod keeps them only in the schema that raised the issue. */
function knownKeys(issue: z.core.$ZodRawIssue): string[] {
  return issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject
    ? Object.keys(issue.inst.shape)
    : [];
}

function fromIssue(issue: Issue, above: PlanPath, root: unknown): Finding[] {
  const path: PlanPath = [
    ...above,
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], listedKeys(issue.message)));
    case 'invalid_union':
      return fromUnion(issue, path, root);
    case 'invalid_key':
      return [keyRefused(issue, path)];
    default:
      return [leaf(path, valueAt(root, path), allowedBy(issue))];
  }
}

function listedKeys(message: string): string[] {
  return message.startsWith(OWN_WORDS) ? message.slice(OWN_WORDS.length).split(' ') : [];
}

export function unknownKey(path: PlanPath, known: readonly string[]): Finding {
  return {
    code: 'unknown-key',
    path,
    at: 'key',
    message: 'is not a known key',
    allowed: known.join(', '),
    ...nearestHint(String(path.at(-1)), known),
  };
}

function keyRefused(issue: Extract<Issue, { code: 'invalid_key' }>, path: PlanPath): Finding {
  const allowed = issue.issues[0] ? allowedBy(issue.issues[0]) : 'another name';
  return { code: 'invalid-key', path, at: 'key', message: 'cannot be used as a name here', allowed };
}

function leaf(path: PlanPath, value: unknown, allowed: string): Finding {
  return value === undefined
    ? { code: 'missing-key', path, message: 'is missing', allowed }
    : { code: 'invalid-value', path, message: 'cannot be used', allowed };
}

/** A union is reported by the form that the user meant: the one whose keys fit best. */
function fromUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PlanPath,
  root: unknown,
): Finding[] {
  const value = valueAt(root, path);
  if (issue.errors.length === 0) return [kindRefused(issue, path, value)];
  const forms = issue.errors
    .filter((form) => !form.some(refusesWhole))
    .map((form) => ({ form, misfit: misfit(form, value), shared: sharesKey(form, value) }))
    .filter(({ shared }) => shared)
    .sort((a, b) => a.misfit - b.misfit);
  const meant = forms[0];
  if (!meant) return [leaf(path, value, allowedBy(issue))];
  return meant.form.flatMap((inner) => fromIssue(inner, path, root));
}

function kindRefused(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PlanPath,
  value: unknown,
): Finding {
  const options =
    'options' in issue && Array.isArray(issue.options)
      ? issue.options.filter((option) => option !== undefined).map(String)
      : [];
  return { ...leaf(path, value, `one of ${options.join(', ')}`), ...nearestHint(String(value), options) };
}

/** The form is of another type altogether, e.g. a text where a mapping was written. */
function refusesWhole(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== 'unrecognized_keys';
}

function misfit(form: readonly Issue[], value: unknown): number {
  return form.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    return sum + (issue.path.length === 1 && valueAt(value, [String(issue.path[0])]) === undefined ? 1 : 0);
  }, 0);
}

function sharesKey(form: readonly Issue[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const strange = form.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  return Object.keys(value).some((key) => !strange.includes(key));
}

function allowedBy(issue: Issue): string {
  if (!issue.message.startsWith(OWN_WORDS)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${counted(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${counted(issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.pattern ? `a text that matches ${issue.pattern}` : `a text in the format ${issue.format}`;
    case 'invalid_union':
      return 'one of the forms in the reference (docs/launch-plan.md)';
    default:
      return 'what the reference says (docs/launch-plan.md)';
  }
}

function counted(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
