import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { movesFindings } from '../../../scripts/plan/checks/moves.ts';
import { readParts } from '../../../scripts/plan/checks/parts.ts';
import { loadPlan } from '../../../scripts/plan/load.ts';
import { planText } from '../minimal-plan.ts';

const CLOSED = 'closed: { status: 409, where: { code: CLOSED } }';
const knowing = (closed: string, extra = '') =>
  `journeys: { a: { ${extra} steps: [ { post: /orders, json: { sku: "{{sku}}" }, confirmed: { status: 201 }, ${closed} } ] } }`;
const corner = 'corner: { kind: cafe, menu: [tea] }';
const roastery = 'roastery: { kind: cafe, menu: [tea] }';
const closure = (moves: string, kind = 'closure', partner = 'corner') =>
  `faults: [ { kind: ${kind}, partner: ${partner}, at: 1m, for: 1m${moves} } ]`;

interface Written {
  journeys?: string;
  cafes?: string[];
  faults?: string;
}

/** On the plan as it was written, whether or not its kinds of fault are known. */
function codesOf({
  journeys = knowing(CLOSED),
  cafes = [corner, roastery],
  faults = closure(', moves: 60%'),
}: Written) {
  const partners = `partners: { ${[...cafes, 'pay: { kind: payment }'].join(', ')} }`;
  const parts = readParts(parse(planText({ journeys, partners, faults })));
  return movesFindings(parts).map(({ code, path }) => [code, path.join('.')]);
}

test.each<[string, Written]>([
  ['moves to the other café', {}],
  ['a closure from which nobody moves', { journeys: knowing(''), cafes: [corner], faults: closure('') }],
  ['moves of 0%', { journeys: knowing(''), cafes: [corner], faults: closure(', moves: 0%') }],
  ['moves that are no ratio', { journeys: knowing(''), faults: closure(', moves: most') }],
  ['another kind of fault', { journeys: knowing(''), faults: closure(', moves: 60%', 'stock-out') }],
  ['a partner that is no café', { cafes: [], faults: closure(', moves: 60%', 'closure', 'pay') }],
  ['a journey that can’t be read', { journeys: 'journeys: { a: { steps: [] } }' }],
  [
    'cafés with shares',
    { cafes: [corner.replace('}', ', share: 60% }'), roastery.replace('}', ', share: 40% }')] },
  ],
])('no problem: %s', (_, written) => {
  expect(codesOf(written)).toEqual([]);
});

const UNUSED = ['moves-unused', 'faults.0.moves'];
const NOWHERE = ['moves-nowhere', 'faults.0.moves'];

test.each<[string, Written, string[][]]>([
  ['no journey knows "closed"', { journeys: knowing('') }, [UNUSED]],
  ['what is ordered comes from data', { journeys: knowing(CLOSED, 'data: { sku: [tea] },') }, [UNUSED]],
  [
    'the journey that knows "closed" has no sku',
    {
      journeys: `journeys:
  a: { share: 50%, steps: [ { post: /orders, json: "{{sku}}", confirmed: { status: 201 } } ] }
  b: { share: 50%, steps: [ { post: /orders, confirmed: { status: 201 }, ${CLOSED} } ] }`,
    },
    [UNUSED],
  ],
  ['there is one café', { cafes: [corner] }, [NOWHERE]],
  [
    'the other café has no share',
    { cafes: [corner.replace('}', ', share: 100% }'), roastery.replace('}', ', share: 0% }')] },
    [NOWHERE],
  ],
  ['neither is there', { journeys: knowing(''), cafes: [corner] }, [UNUSED, NOWHERE]],
])('nobody could move: %s', (_, written, expected) => {
  expect(codesOf(written)).toEqual(expected);
});

test('a plan with such a problem is refused for it', () => {
  const partners = `partners: { ${corner} }`;
  const loaded = loadPlan(planText({ journeys: knowing(''), partners, faults: closure(', moves: 60%') }), {
    fileName: 'launch.yaml',
    env: {},
  });
  const codes = loaded.ok ? [] : loaded.problems.map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['moves-unused', 'moves-nowhere']));
});

test('what "closed" looks like goes into the plan', () => {
  const journeys = knowing(CLOSED).replaceAll('{{sku}}', '{{orderKey}}');
  const loaded = loadPlan(planText({ journeys }), { fileName: 'launch.yaml', env: {} });
  const [journey] = loaded.ok ? loaded.plan.journeys : [];
  expect(journey?.steps[0]?.closed).toEqual({ status: 409, has: null, where: { code: 'CLOSED' } });
});
