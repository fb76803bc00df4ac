import type { Answer } from '../../k6/effects.ts';
import type { AnswerMatch, HttpStep } from '../../k6/journey-spec.ts';
import { hasErrors, isEmpty, parseJson, readAnswer, valueAt } from '../../k6/journeys/http/answers.ts';
import { eventData } from '../../k6/journeys/http/sse.ts';
import type { Redact } from '../core/secrets.ts';
import { type Leaf, leavesOf, nearestPath } from './json-paths.ts';

// A match of the plan held against an answer, condition by condition.

type ConditionReading = Pick<HttpStep, 'answer' | 'graphql'>;

/** A condition that an answer does not meet. */
export interface Unmet {
  /** As it can be read after "wants", e.g. `status 201` or `order.id`. */
  wants: string;
  /** Path that the answer has instead; null = none that is like it. */
  nearest: string | null;
  /** The body lacks something, so that it helps to know what it has. */
  lacking: boolean;
}

export function unmetConditions(match: AnswerMatch, answer: Answer, reading: ConditionReading): Unmet[] {
  const read = readAnswer(answer, reading.answer);
  const paths = bodyPaths(answer, reading);
  const unmet: Unmet[] = [];
  if (match.status === null ? read.status < 200 || read.status > 299 : read.status !== match.status) {
    const wants = match.status === null ? 'any 2xx' : `status ${match.status}`;
    unmet.push({ wants, nearest: null, lacking: false });
  }
  if (match.has !== null && isEmpty(valueAt(read, match.has))) {
    const found = valueAt(read, match.has) ?? null;
    const lacking = found === null;
    const wants = lacking ? match.has : `${match.has} with a value (it is ${JSON.stringify(found)})`;
    unmet.push({ wants, nearest: lacking ? nearestPath(match.has, paths) : null, lacking });
  }
  for (const [path, value] of Object.entries(match.where)) {
    const found = valueAt(read, path);
    if (found === value) continue;
    const lacking = found === undefined;
    const instead = lacking ? '' : ` (it is ${JSON.stringify(found)})`;
    unmet.push({
      wants: `${path} = ${JSON.stringify(value)}${instead}`,
      nearest: lacking ? nearestPath(path, paths) : null,
      lacking,
    });
  }
  return unmet;
}

/** `confirmed`, and that a GraphQL answer tells of no errors. */
export function unmetByConfirmed(step: HttpStep, answer: Answer): Unmet[] {
  const unmet = unmetConditions(step.confirmed, answer, step);
  const read = readAnswer(answer, step.answer);
  if (!step.graphql || !hasErrors(read)) return unmet;
  const message = valueAt(read, 'errors.0.message');
  const wants = `no errors (it has: ${JSON.stringify(message ?? valueAt(read, 'errors'))})`;
  return [...unmet, { wants, nearest: null, lacking: false }];
}

/** Paths of values in the answer's JSON, of a stream in all of its events; empty for anything else. */
export function bodyPaths(answer: Answer, reading: Pick<ConditionReading, 'answer'>): string[] {
  return distinct(leaves(answer, reading).flatMap(({ path, isNull }) => (isNull ? [] : [path])));
}

function leaves({ body }: Answer, { answer }: Pick<ConditionReading, 'answer'>): Leaf[] {
  const texts = answer === 'sse' ? eventData(body ?? '') : [body ?? ''];
  return texts.flatMap((text) => leavesOf(parseJson(text)));
}

const distinct = (paths: readonly string[]): string[] => [...new Set(paths)];

const MOST_PATHS = 12;
const LONGEST_PROSE = 80;

/** What the body holds instead of what was looked for. */
export function describeBody(answer: Answer, reading: ConditionReading, redact: Redact): string {
  const body = (answer.body ?? '').trim();
  if (body === '') return 'the body is empty';
  const paths = distinct(
    leaves(answer, reading).map(({ path, isNull }) => (isNull ? `${path} (null)` : path)),
  );
  if (paths.length === 0)
    return `the body ${lacks(answer.body ?? '', reading)}: ${redact(body).slice(0, LONGEST_PROSE)}`;
  const more = paths.length > MOST_PATHS ? `, and ${paths.length - MOST_PATHS} more` : '';
  return `the body has: ${paths.slice(0, MOST_PATHS).join(', ')}${more}`;
}

function lacks(body: string, { answer }: Pick<ConditionReading, 'answer'>): string {
  if (body.startsWith('\uFEFF')) return 'begins with a byte order mark, which JSON must not';
  if (answer === 'json') return parseJson(body) === undefined ? 'is no JSON' : 'has no fields to be named';
  const events = eventData(body);
  return events.length === 0 ? 'is no stream of events' : 'is a stream without JSON';
}

export function didYouMean(nearest: readonly (string | null)[]): string {
  const near = nearest.filter((path) => path !== null);
  return near.length === 0 ? '' : ` (did you mean ${near.join(', ')}?)`;
}

/** The other way to read the answer, if that finds fields where the plan's finds none; null = it does not. */
export function otherReading(step: HttpStep, answer: Answer): string | null {
  const other = step.answer === 'json' ? 'sse' : 'json';
  const finds = leaves(answer, step).length === 0 && leaves(answer, { answer: other }).length > 0;
  return finds ? `answer: ${other}` : null;
}

/** Conditions with which this answer would have confirmed the step, as they stand in a plan; null = it is a refusal. */
export function wouldConfirm(step: HttpStep, answer: Answer): string | null {
  const { confirmed } = step;
  const { status } = answer;
  const read = readAnswer(answer, step.answer);
  if (status < 200 || status > 399 || (step.graphql && hasErrors(read))) return null;
  const conditions: string[] = [];
  if (confirmed.status !== null || status > 299) conditions.push(`status: ${status}`);
  if (confirmed.has !== null) {
    const found = !isEmpty(valueAt(read, confirmed.has));
    const path = found ? confirmed.has : nearestPath(confirmed.has, bodyPaths(answer, step));
    if (path === null) return null;
    conditions.push(`has: ${path}`);
  }
  const where = Object.keys(confirmed.where).map((path) => [path, valueAt(read, path)] as const);
  if (where.some(([, value]) => value === undefined)) return null;
  if (where.length > 0) {
    conditions.push(
      `where: { ${where.map(([path, value]) => `${path}: ${JSON.stringify(value)}`).join(', ')} }`,
    );
  }
  return conditions.length === 0 ? null : `confirmed: { ${conditions.join(', ')} }`;
}
