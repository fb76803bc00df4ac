import type { Answer } from '../../k6/effects.ts';
import type { AnswerSource, HttpStep } from '../../k6/journey-spec.ts';
import { capturable, readAnswer, valueAt } from '../../k6/journeys/http/answers.ts';
import type { Variables } from '../../k6/journeys/program.ts';
import type { Redact } from '../core/secrets.ts';
import {
  bodyPaths,
  describeBody,
  didYouMean,
  otherReading,
  unmetByConfirmed,
  unmetConditions,
  wouldConfirm,
} from './conditions.ts';
import { nearestPath } from './json-paths.ts';

// What about an HTTP answer was not as the plan wants it.

/** What came and what was wanted; what would have matched, or what to look at (null = not known). */
export interface Explanation {
  says: string;
  would: string | null;
}

/** An answer, and the names of all headers that came with it. */
export interface Given {
  answer: Answer;
  headerNames: readonly string[];
}

/** What else an explanation needs to know. */
interface Context {
  /** At the end of the order: a capture without value is the one that was missing. */
  variables: Variables;
  /** Of what is quoted and cut. */
  redact: Redact;
}

export function explainAnswer(step: HttpStep, given: Given, context: Context): Explanation {
  const { answer } = given;
  const unmet = unmetByConfirmed(step, answer);
  if (unmet.length === 0) return missingCapture(step, given, context);
  const wants = `confirmed wants ${unmet.map((one) => one.wants).join(' and ')}`;
  const body = unmet.some(({ lacking }) => lacking)
    ? `; ${describeBody(answer, step, context.redact)}${didYouMean(unmet.map(({ nearest }) => nearest))}`
    : '';
  return {
    says: `${received(answer)}, ${wants}${body}${nearMiss(step, answer)}`,
    would: otherReading(step, answer) ?? ticket(step, answer) ?? wouldConfirm(step, answer) ?? advice(answer),
  };
}

/** `answered 303 to /orders/7`. */
export function received({ status, headers }: Answer): string {
  const location = headers['location'];
  return `answered ${status}${status > 299 && status < 400 && location !== undefined ? ` to ${location}` : ''}`;
}

/** Another meaning of the plan whose status was there, but not the rest of it. */
function nearMiss(step: HttpStep, answer: Answer): string {
  const meanings = { soldOut: step.soldOut, closed: step.closed, queued: step.queued };
  return Object.entries(meanings)
    .flatMap(([name, match]) => {
      if (match === null || match.status !== answer.status) return [];
      const unmet = unmetConditions(match, answer, step);
      const wants = unmet.map((one) => one.wants).join(' and ');
      return [`; ${name} wants ${wants}${didYouMean(unmet.map(({ nearest }) => nearest))}`];
    })
    .join('');
}

/** What comes later is no order yet: a shopper asks for it. */
function ticket({ queued }: HttpStep, answer: Answer): string | null {
  if (answer.status !== 202 || queued !== null) return null;
  return 'queued: { status: 202, has: ticket, poll: "/tickets/{{ticket}}" }, with the names of your shop, if that is a ticket';
}

function advice({ status, headers }: Answer): string | null {
  if (status === 401 || status === 403)
    return 'credentials: a header such as Authorization, captured at a login or given as a secret';
  if (status === 404) return 'another path, or another target.baseUrl';
  if (status === 409 || status === 410)
    return `soldOut: { status: ${status} }, if that is how the shop says so`;
  if ((status === 429 || status === 503) && headers['retry-after'] === undefined)
    return 'a Retry-After header, which shoppers wait for, or client.retries';
  return null;
}

function missingCapture(
  step: HttpStep,
  { answer, headerNames }: Given,
  { variables, redact }: Context,
): Explanation {
  const missing = Object.entries(step.capture).filter(([name]) => variables[name] === undefined);
  if (missing.length === 0) {
    const says = `${received(answer)}; each condition of confirmed is met by some event of the stream, but no single event meets them all`;
    return { says, would: null };
  }
  const paths = bodyPaths(answer, step);
  const near = missing.map(([name, source]) => {
    const path =
      source.from === 'json' && !paths.includes(source.path) ? nearestPath(source.path, paths) : null;
    return { name, path };
  });
  const wanted = missing.map(([name, source]) => `${name} (${placeOf(source)})`).join(', ');
  const isHeader = missing.every(([, source]) => source.from === 'header');
  const has = isHeader ? `its headers: ${headerNames.join(', ')}` : describeBody(answer, step, redact);
  return {
    says: `${received(answer)}, but there is nothing to capture as ${wanted}; ${has}${didYouMean(near.map(({ path }) => path))}${digits(step, answer, missing)}`,
    would: otherReading(step, answer) ?? captureLike(near),
  };
}

/** A number that lost its last digits when it was read is no value to go on with. */
function digits(
  { answer: reading }: HttpStep,
  answer: Answer,
  missing: readonly (readonly [string, AnswerSource])[],
): string {
  const read = readAnswer(answer, reading);
  const long = missing.some(([, source]) => {
    return source.from === 'json' && capturable(valueAt(read, source.path)) === undefined
      ? typeof valueAt(read, source.path) === 'number'
      : false;
  });
  return long ? '; a whole number above 2^53 is captured from the body only, by { find }' : '';
}

function captureLike(near: readonly { name: string; path: string | null }[]): string | null {
  const found = near.filter(({ path }) => path !== null).map(({ name, path }) => `${name}: ${path}`);
  return found.length === 0 ? null : `capture: { ${found.join(', ')} }`;
}

function placeOf(source: AnswerSource): string {
  const part = source.find === null ? '' : ` by /${source.find}/`;
  switch (source.from) {
    case 'json':
      return `${source.path}${part}`;
    case 'header':
      return `header ${source.name}${part}`;
    case 'body':
      return `text of the body${part}`;
  }
}
