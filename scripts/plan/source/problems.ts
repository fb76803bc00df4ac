/** Keys and list indexes from the top of the plan. */
export type PlanPath = readonly (string | number)[];

/** One thing that is wrong with a launch plan. Its texts hold no secret and no control character. */
export interface PlanProblem {
  /** Stable, kebab-case; listed in `docs/errors.md`. */
  code: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** E.g. `partners.pay.latency`, `journeys.checkout.steps[2].post`; empty for the file as a whole. */
  path: string;
  message: string;
  /** What was read, as short JSON; `nothing` for a missing key. */
  received: string;
  /** What is allowed, in plain words. */
  allowed: string;
  hint?: string;
}

/** A problem before it has its place in the file. */
export interface Finding {
  code: string;
  path: PlanPath;
  /** Whether it is about the key itself or, by default, about its value. */
  at?: 'key';
  message: string;
  allowed: string;
  hint?: string;
}

const RECEIVED_MAX = 80;

export function pathText(path: PlanPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

/** The value at a path; undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: PlanPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** Short JSON of a value, on one line, with secrets masked before it is cut. */
export function receivedText(value: unknown, mask: (text: string) => string): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const json = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? mask(inner) : inner,
  );
  return json.length > RECEIVED_MAX ? `${json.slice(0, RECEIVED_MAX - 1)}…` : json;
}

/** The same problem with nothing in it that may not be shown. */
export function presentable(problem: PlanProblem, mask: (text: string) => string): PlanProblem {
  const clean = (text: string): string => mask(text).replace(/\p{Cc}/gu, ' ');
  return {
    ...problem,
    path: clean(problem.path),
    message: clean(problem.message),
    received: clean(problem.received),
    allowed: clean(problem.allowed),
    ...(problem.hint === undefined ? {} : { hint: clean(problem.hint) }),
  };
}

/** The problems for a terminal, by line, each with what was read and what is allowed, and their number. */
export function formatProblems(problems: readonly PlanProblem[], fileName: string): string {
  const blocks = [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map((problem) => formatProblem(problem, fileName));
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [...blocks, `${count} in ${fileName}; nothing was started`].join('\n');
}

function formatProblem(problem: PlanProblem, fileName: string): string {
  const place = `${fileName}:${problem.line}:${problem.column}`;
  const about = problem.path === '' ? '' : ` ${problem.path}:`;
  return [
    `${place}${about} ${problem.message} [${problem.code}]`,
    `    read ${problem.received}, allowed ${problem.allowed}`,
    ...(problem.hint === undefined ? [] : [`    ${problem.hint}`]),
  ].join('\n');
}
