import { SHOPPER_VARIABLES } from '../../../k6/contract.ts';
import { provesNothing } from '../../../k6/journey-spec.ts';
import { type JourneyInput, STEP_METHODS, type StepInput } from '../schema/journeys-schema.ts';
import { nearestHint } from '../source/nearest.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { type TemplateUse, templateUses } from '../source/templates.ts';
import { headerFindings } from './headers.ts';
import { ofKind, type PlanParts } from './parts.ts';

/** Variables that come from café partners, or from the journey's own data. */
export const FROM_CAFES: ReadonlySet<string> = new Set([
  'sku',
  'cafe',
] satisfies (typeof SHOPPER_VARIABLES)[number][]);

/** Variables that an order has before its first step. */
export function variablesAtStart(data: JourneyInput['data'], { partners }: PlanParts): Set<string> {
  const hasCafe = ofKind(partners, 'cafe').length > 0;
  return new Set([
    ...SHOPPER_VARIABLES.filter((name) => hasCafe || !FROM_CAFES.has(name)),
    ...Object.keys(data),
  ]);
}

/** `known`: variables that the first step can use; captures are added to it. */
export function stepsFindings(
  steps: readonly StepInput[],
  data: JourneyInput['data'],
  path: PlanPath,
  known: Set<string>,
): Finding[] {
  const findings = dataFindings(data, path);
  if (!steps.some((step) => step.confirmed)) {
    findings.push({
      code: 'nothing-confirmed',
      path: [...path, 'steps'],
      at: 'key',
      message: 'no step says what proves an order',
      allowed: 'at least one step with confirmed, such as { status: 201, has: order.id }',
    });
  }
  for (const [index, step] of steps.entries()) {
    const at = [...path, 'steps', index];
    findings.push(...shapeFindings(step, at), ...variableFindings(step, at, known));
    for (const name of Object.keys(step.capture)) known.add(name);
  }
  return findings;
}

export function dataFindings(data: JourneyInput['data'], path: PlanPath): Finding[] {
  return Object.keys(data)
    .filter((name) => isShopper(name) && !FROM_CAFES.has(name))
    .map((name) => taken([...path, 'data', name]));
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
  findings.push(...bodyFindings(step, path));
  findings.push(...headerFindings(step.headers, path), ...answerFindings(step, path));
  return findings;
}

const BODIES = ['json', 'form', 'graphql'] as const;

function bodyFindings(step: StepInput, path: PlanPath): Finding[] {
  const [body, ...more] = BODIES.filter((key) => step[key] !== undefined);
  const at = 'key' as const;
  const findings: Finding[] = more.map((key) => ({
    code: 'one-body',
    path: [...path, key],
    at,
    message: `the step has ${body} already`,
    allowed: `one of ${BODIES.join(', ')}`,
  }));
  if (step.get !== undefined && body !== undefined) {
    const allowed = `${body} with post, put, patch, delete`;
    findings.push({
      code: 'body-on-get',
      path: [...path, body],
      at,
      message: 'a GET request has no body',
      allowed,
    });
  }
  if (step.variables !== undefined && step.graphql === undefined) {
    const message = 'there is no GraphQL document to have variables';
    findings.push({
      code: 'variables-unused',
      path: [...path, 'variables'],
      at,
      message,
      allowed: 'variables with graphql',
    });
  }
  return findings;
}

/** Answers that anything would fit, and captures with names that are taken. */
export function answerFindings(
  step: Pick<StepInput, 'capture' | 'confirmed' | 'soldOut' | 'closed' | 'queued'>,
  path: PlanPath,
): Finding[] {
  const without = (['confirmed', 'soldOut', 'closed', 'queued'] as const).filter((answer) => {
    const match = step[answer];
    return (
      match && match.status === undefined && match.has === undefined && Object.keys(match.where).length === 0
    );
  });
  return [
    ...without.map((answer) => noCondition([...path, answer], 'status, has, where')),
    ...statusFindings(step, path),
    ...captureFindings(step.capture, path),
  ];
}

/** A server that turns shoppers away proves nothing of what they wanted. */
function statusFindings(
  step: Pick<StepInput, 'confirmed' | 'soldOut' | 'closed' | 'queued'>,
  path: PlanPath,
): Finding[] {
  return (['confirmed', 'soldOut', 'closed', 'queued'] as const).flatMap((answer) => {
    const status = step[answer]?.status;
    if (status === undefined || !provesNothing(status)) return [];
    if (answer === 'queued' && (status === 429 || status === 503)) return [];
    const allowed = 'a status other than 401, 403, 408, 429 and 500 to 599; queued may be 429 or 503';
    const message = `${status} proves nothing: a server that fails or turns everybody away answers so, too`;
    const finding: Finding = {
      code: 'status-proves-nothing',
      path: [...path, answer, 'status'],
      message,
      allowed,
    };
    return [finding];
  });
}

export function noCondition(path: PlanPath, conditions: string): Finding {
  const message = 'has no condition, so every answer would fit';
  return { code: 'no-condition', path, message, allowed: `at least one of ${conditions}` };
}

export function captureFindings(capture: object, path: PlanPath): Finding[] {
  return Object.keys(capture)
    .filter(isShopper)
    .map((name) => taken([...path, 'capture', name]));
}

function variableFindings(step: StepInput, path: PlanPath, known: ReadonlySet<string>): Finding[] {
  const sent = [...STEP_METHODS, 'headers', 'json', 'form', 'variables'] as const;
  const uses = sent.flatMap((key) => templateUses(step[key], [...path, key]));
  const polls = templateUses(step.queued?.poll, [...path, 'queued', 'poll']);
  const inPoll = new Set([...known, ...Object.keys(step.capture)]);
  if (step.queued?.has !== undefined) inPoll.add('ticket');
  return [...unknownVariables(uses, known), ...unknownVariables(polls, inPoll)];
}

export function unknownVariables(uses: readonly TemplateUse[], known: ReadonlySet<string>): Finding[] {
  return uses.flatMap((use) => unknownVariable(use, known));
}

function unknownVariable({ path, name }: TemplateUse, known: ReadonlySet<string>): Finding[] {
  if (name === null) {
    return [{ code: 'template-malformed', path, message: 'has {{ without a variable', allowed: '{{name}}' }];
  }
  if (known.has(name)) return [];
  const names = [...known];
  const why = FROM_CAFES.has(name)
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
