import { parseRatio } from '../../core/quantities.ts';
import { type JourneyInput, STEP_METHODS } from '../schema/journeys-schema.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { templateUses } from '../source/templates.ts';
import { field, ofKind, type PlanParts } from './parts.ts';
import { FROM_CAFES } from './steps.ts';

/** Closures of which nobody could move on. */
export function movesFindings(parts: PlanParts): Finding[] {
  const moving = ofKind(parts.faults, 'closure').filter(
    ({ written }) => (parseRatio(field(written, 'moves')) ?? 0) > 0,
  );
  const unused = parts.journeys.every(({ read }) => read !== undefined && !canMove(read));
  return moving.flatMap(({ index, written }) => {
    const path = ['faults', index, 'moves'];
    return [...(unused ? [movesUnused(path)] : []), ...nowhereToGo(parts, field(written, 'partner'), path)];
  });
}

/** Whether its shoppers understand "closed", and would order something else at another café. */
function canMove(journey: JourneyInput): boolean {
  // Own code may say so; nobody knows before it runs.
  if (journey.kind === 'script') return true;
  const { data } = journey;
  const fromCafes = templateUses(sentBy(journey), []).some(
    ({ name }) => name !== null && FROM_CAFES.has(name) && !Object.hasOwn(data, name),
  );
  return fromCafes && stepsOf(journey).some(({ closed }) => closed !== undefined);
}

type PlannedJourney = Exclude<JourneyInput, { kind: 'script' }>;

function stepsOf(journey: PlannedJourney): readonly { closed?: unknown }[] {
  if (journey.kind === 'chat-bot') return [journey.order];
  return journey.kind === 'telegram-bot' ? journey.turns : journey.steps;
}

/** Everything in which variables are replaced. */
function sentBy(journey: PlannedJourney): unknown {
  if (journey.kind === 'chat-bot')
    return [journey.headers, journey.json, journey.order.message, journey.messages];
  if (journey.kind === 'telegram-bot') return journey.turns.map(({ send, tap }) => [send, tap]);
  return journey.steps.map((step) => [
    STEP_METHODS.map((method) => step[method]),
    [step.headers, step.json, step.form, step.variables, step.queued?.poll],
  ]);
}

function movesUnused(path: PlanPath): Finding {
  return {
    code: 'moves-unused',
    path,
    message:
      'nobody would move: no journey with {{cafe}} or {{sku}} of the cafés says what "closed" looks like',
    allowed:
      'a step with closed in such a journey, such as { status: 409, where: { code: CLOSED } }, or no moves',
  };
}

function nowhereToGo({ partners }: PlanParts, from: unknown, path: PlanPath): Finding[] {
  const cafes = ofKind(partners, 'cafe');
  if (!cafes.some(({ name }) => name === from)) return [];
  // Shoppers choose by share, so nobody goes to a café without any.
  const others = cafes.filter(
    ({ name, written }) => name !== from && parseRatio(field(written, 'share')) !== 0,
  );
  if (others.length > 0) return [];
  return [
    {
      code: 'moves-nowhere',
      path,
      message: `there is no café other than ${String(from)} to go to`,
      allowed: 'another partner of kind cafe with a share of the orders, or no moves',
    },
  ];
}
