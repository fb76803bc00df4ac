import { SHOPPER_VARIABLES } from '../../k6/contract.ts';
import { parseRatio } from '../core/quantities.ts';
import { percent } from './check-timing.ts';
import { type JourneyInput, STEP_METHODS, type StepInput } from './journeys-schema.ts';
import { nearestHint } from './nearest.ts';
import { field, type PlanParts } from './parts.ts';
import type { Finding, PlanPath } from './problems.ts';
import { type TemplateUse, templateUses } from './templates.ts';

// Three times 33.3% is meant as the whole.
const SHARES_TOLERANCE = 0.0011;
/** Variables that come from café partners, or from the journey's own data. */
const FROM_CAFES: readonly string[] = ['sku', 'cafe'];

/** What is wrong between the keys of journeys and between journeys. `otherShares`: journeys that were taken out. */
export function journeyFindings(parts: PlanParts, takenOut: boolean): Finding[] {
  const hasCafe = parts.partners.some(({ written }) => field(written, 'kind') === 'cafe');
  return [
    ...(takenOut ? [] : shareFindings(parts)),
    ...parts.journeys.flatMap(({ name, read }) =>
      read ? oneJourney(read, ['journeys', name], hasCafe) : [],
    ),
  ];
}

function shareFindings({ journeys }: PlanParts): Finding[] {
  const shares = journeys.map(({ name, written }) => ({ name, share: field(written, 'share') }));
  if (journeys.length === 1 && shares[0]?.share === undefined) return [];
  const absent = shares.filter(({ share }) => share === undefined);
  if (absent.length > 0) {
    return absent.map(({ name }) => ({
      code: 'missing-key',
      path: ['journeys', name, 'share'],
      message: 'is missing, as there are several journeys',
      allowed: 'a share of the orders; all of them make 100%',
    }));
  }
  return sharesSum(
    shares.map(({ share }) => share),
    ['journeys'],
    'journeys',
  );
}

/** Shares that can be read must make 100%. */
export function sharesSum(shares: readonly unknown[], path: PlanPath, whose: string): Finding[] {
  const ratios = shares.map(parseRatio);
  const total = ratios.reduce<number>((sum, share) => sum + (share ?? Number.NaN), 0);
  if (ratios.length === 0 || Number.isNaN(total) || Math.abs(total - 1) <= SHARES_TOLERANCE) return [];
  return [
    {
      code: 'shares-sum',
      path,
      at: 'key',
      message: `the shares of the ${whose} sum to ${percent(total)}`,
      allowed: '100% in all',
    },
  ];
}

function oneJourney(journey: JourneyInput, path: PlanPath, hasCafe: boolean): Finding[] {
  const findings: Finding[] = [];
  if (!journey.steps.some((step) => step.confirmed)) {
    findings.push({
      code: 'nothing-confirmed',
      path: [...path, 'steps'],
      at: 'key',
      message: 'no step says what proves an order',
      allowed: 'at least one step with confirmed, such as { status: 201, has: order.id }',
    });
  }
  for (const name of Object.keys(journey.data)) {
    if (isShopper(name) && !FROM_CAFES.includes(name)) findings.push(taken([...path, 'data', name]));
  }
  const known = new Set([
    ...SHOPPER_VARIABLES.filter((name) => hasCafe || !FROM_CAFES.includes(name)),
    ...Object.keys(journey.data),
  ]);
  for (const [index, step] of journey.steps.entries()) {
    const at = [...path, 'steps', index];
    findings.push(...shapeFindings(step, at), ...variableFindings(step, at, known));
    for (const name of Object.keys(step.capture)) known.add(name);
  }
  return findings;
}

function isShopper(name: string): boolean {
  return SHOPPER_VARIABLES.some((variable) => variable === name);
}

function taken(path: PlanPath): Finding {
  const allowed = `a name other than ${SHOPPER_VARIABLES.join(', ')}`;
  return {
    code: 'variable-taken',
    path,
    at: 'key',
    message: 'every shopper has this variable already',
    allowed,
  };
}

function shapeFindings(step: StepInput, path: PlanPath): Finding[] {
  const findings: Finding[] = [];
  const methods = STEP_METHODS.filter((method) => step[method] !== undefined);
  if (methods.length !== 1) {
    const message =
      methods.length === 0 ? 'the step has no request' : `the step has ${methods.length} requests`;
    findings.push({
      code: 'one-request',
      path,
      message,
      allowed: `exactly one of ${STEP_METHODS.join(', ')}`,
    });
  }
  if (step.get !== undefined && step.json !== undefined) {
    const message = 'a GET request has no body';
    findings.push({
      code: 'body-on-get',
      path: [...path, 'json'],
      at: 'key',
      message,
      allowed: 'json with post, put, patch, delete',
    });
  }
  for (const header of Object.keys(step.headers)) {
    if (/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(header)) continue;
    const at = [...path, 'headers', header];
    findings.push({
      code: 'header-name',
      path: at,
      at: 'key',
      message: 'is not a header name',
      allowed: 'letters, digits and -',
    });
  }
  for (const answer of ['confirmed', 'soldOut', 'closed', 'queued'] as const) {
    const match = step[answer];
    if (
      !match ||
      match.status !== undefined ||
      match.has !== undefined ||
      Object.keys(match.where).length > 0
    )
      continue;
    const message = 'has no condition, so every answer would fit';
    findings.push({
      code: 'no-condition',
      path: [...path, answer],
      message,
      allowed: 'at least one of status, has, where',
    });
  }
  for (const name of Object.keys(step.capture)) {
    if (isShopper(name)) findings.push(taken([...path, 'capture', name]));
  }
  return findings;
}

function variableFindings(step: StepInput, path: PlanPath, known: ReadonlySet<string>): Finding[] {
  const sent = [...STEP_METHODS, 'headers', 'json'] as const;
  const uses = sent.flatMap((key) => templateUses(step[key], [...path, key]));
  const polls = templateUses(step.queued?.poll, [...path, 'queued', 'poll']);
  const inPoll = new Set([...known, ...Object.keys(step.capture)]);
  if (step.queued?.has !== undefined) inPoll.add('ticket');
  return [
    ...uses.flatMap((use) => unknownVariable(use, known)),
    ...polls.flatMap((use) => unknownVariable(use, inPoll)),
  ];
}

function unknownVariable({ path, name }: TemplateUse, known: ReadonlySet<string>): Finding[] {
  if (name === null) {
    return [{ code: 'template-malformed', path, message: 'has {{ without a variable', allowed: '{{name}}' }];
  }
  if (known.has(name)) return [];
  const names = [...known];
  const why = FROM_CAFES.includes(name)
    ? { hint: `Give the journey data: { ${name}: [...] } or the plan a partner of kind cafe.` }
    : name === 'ticket'
      ? { hint: 'ticket is the value at queued.has and stands in queued.poll only.' }
      : nearestHint(name, names);
  return [
    {
      code: 'unknown-variable',
      path,
      message: `nothing gives {{${name}}} here`,
      allowed: names.join(', '),
      ...why,
    },
  ];
}
