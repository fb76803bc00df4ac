import { parseRatio } from '../core/quantities.ts';
import { type JourneyInput, STEP_METHODS } from './journeys-schema.ts';
import { field, type PlanParts } from './parts.ts';
import type { Finding, PlanPath } from './problems.ts';
import { templateUses } from './templates.ts';

/** Closures of which nobody could move on. `takenOut`: journeys that were taken out may be the ones that move. */
export function movesFindings(parts: PlanParts, takenOut: boolean): Finding[] {
  const moving = parts.faults.filter(
    ({ written }) => field(written, 'kind') === 'closure' && (parseRatio(field(written, 'moves')) ?? 0) > 0,
  );
  const unused = !takenOut && parts.journeys.every(({ read }) => read !== undefined && !canMove(read));
  return moving.flatMap(({ index, written }) => {
    const path = ['faults', index, 'moves'];
    return [...(unused ? [movesUnused(path)] : []), ...nowhereToGo(parts, field(written, 'partner'), path)];
  });
}

/** Whether its shoppers understand "closed", and would order something else at another café. */
function canMove({ steps, data }: JourneyInput): boolean {
  const sent = steps.flatMap((step) => STEP_METHODS.map((method) => step[method]));
  const texts = [sent, steps.map(({ headers, json, queued }) => [headers, json, queued?.poll])];
  const fromCafes = templateUses(texts, []).some(
    ({ name }) => (name === 'cafe' || name === 'sku') && !Object.hasOwn(data, name),
  );
  return fromCafes && steps.some(({ closed }) => closed !== undefined);
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
  const cafes = partners.filter(({ written }) => field(written, 'kind') === 'cafe');
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
