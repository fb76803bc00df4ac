import type { Answer } from '../../k6/effects.ts';
import type { AnswerSource, HttpStep } from '../../k6/journey-spec.ts';
import type { Variables } from '../../k6/journeys/program.ts';
import {
  bodyPaths,
  describeBody,
  didYouMean,
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

/** @param variables at the end of the order: a capture without value is the one that was missing */
export function explainAnswer(step: HttpStep, answer: Answer, variables: Variables): Explanation {
  const unmet = unmetByConfirmed(step, answer);
  if (unmet.length === 0) return missingCapture(step, answer, variables);
  const wants = `confirmed wants ${unmet.map((one) => one.wants).join(' and ')}`;
  const body = unmet.some(({ lacking }) => lacking)
    ? `; ${describeBody(answer, step)}${didYouMean(unmet.map(({ nearest }) => nearest))}`
    : '';
  return {
    says: `${received(answer)}, ${wants}${body}${nearMiss(step, answer)}`,
    would: wouldConfirm(step, answer) ?? advice(answer),
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

function missingCapture(step: HttpStep, answer: Answer, variables: Variables): Explanation {
  const missing = Object.entries(step.capture).filter(([name]) => variables[name] === undefined);
  if (missing.length === 0) {
    const says = `${received(answer)}; each condition of confirmed is met by some event of the stream, but no single event meets them all`;
    return { says, would: null };
  }
  const paths = bodyPaths(answer, step);
  const near = missing.map(([, source]) => {
    return source.from === 'json' && !paths.includes(source.path) ? nearestPath(source.path, paths) : null;
  });
  const wanted = missing.map(([name, source]) => `${name} (${placeOf(source)})`).join(', ');
  return {
    says: `${received(answer)}, but there is nothing to capture as ${wanted}; ${describeBody(answer, step)}${didYouMean(near)}`,
    would: null,
  };
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
