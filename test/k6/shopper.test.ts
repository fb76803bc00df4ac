import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SHOPPER_VARIABLES } from '../../k6/contract.ts';
import { shoppers } from '../../k6/shopper.ts';
import { CANARY_PREFIX } from '../../scripts/core/canary.ts';
import { CLIENT, journey, step } from '../support/journeys.ts';

const people = [
  { firstName: 'Ann', lastName: 'Lee', street: '1 Elm', city: 'Rome' },
  { firstName: "D'Arcy", lastName: 'Poe', street: '2 Oak', city: 'Oslo' },
];
const pool = { count: people.length, at: (index: number) => people[index] ?? people[0] ?? fail() };
const spec = {
  runId: 'run-1',
  seed: 7,
  stepIndex: 0,
  client: CLIENT,
  journeys: [journey([step()], { size: ['S', 'M', 'L'] }), { ...journey([step()]), name: 'bot' }],
  cafes: [
    { name: 'beanhouse', shareRatio: 0.4, menu: ['tea'], movesRatio: 0 },
    { name: 'roast', shareRatio: 0.6, menu: ['latte', 'mocha'], movesRatio: 0 },
  ],
};
const ALL = [...SHOPPER_VARIABLES];

/** A journey that uses these variables. */
const using = (variables: readonly string[], name = 'checkout') => ({ name, variables, own: null });

function fail(): never {
  throw new RangeError('no such person');
}

test('an order is the same shopper every time', () => {
  const first = shoppers(spec, using([...ALL, 'size']), pool)(41);
  const again = shoppers(spec, using([...ALL, 'size']), pool)(41);
  expect(first.variables).toEqual(again.variables);
  expect(first.random()).toBe(again.random());
});

test('order keys look like UUIDs; those of canaries say so', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(shoppers(spec, using(ALL), pool)(1).variables['orderKey']).toMatch(uuid);
  const canary = String(shoppers(spec, using(ALL), pool, 'canary')(1).variables['orderKey']);
  expect(canary.startsWith(CANARY_PREFIX)).toBe(true);
  expect(canary.slice(CANARY_PREFIX.length)).toMatch(uuid);
});

test('no two orders share an identity, in whatever journey, step or role', () => {
  const origins = [0, 1].flatMap((stepIndex) =>
    ['checkout', 'bot'].flatMap((name) =>
      (['shopper', 'canary'] as const).map((who) =>
        shoppers({ ...spec, stepIndex }, using(ALL, name), pool, who),
      ),
    ),
  );
  for (const name of ['orderKey', 'shopper', 'email', 'phone']) {
    const values = origins.flatMap((make) => Array.from({ length: 500 }, (_, n) => make(n).variables[name]));
    expect(new Set(values).size).toBe(values.length);
  }
});

test('cafés are drawn by share, and the drink from the menu of the drawn one', () => {
  const make = shoppers(spec, using(ALL), pool);
  const drawn = Array.from({ length: 5_000 }, (_, n) => make(n).variables);
  const share = drawn.filter(({ cafe }) => cafe === 'beanhouse').length / drawn.length;
  expect(share).toBeGreaterThan(0.37);
  expect(share).toBeLessThan(0.43);
  for (const { cafe, sku } of drawn)
    expect(spec.cafes.find(({ name }) => name === cafe)?.menu).toContain(sku);
  expect(new Set(drawn.map(({ sku }) => sku))).toEqual(new Set(['tea', 'latte', 'mocha']));
});

test('data are drawn for each order, and stand before shopper variables of the same name', () => {
  const own = { ...spec, journeys: [journey([step()], { size: ['S', 'M'], sku: ['cake'] })], cafes: [] };
  const make = shoppers(own, using(['size', 'sku']), pool);
  const drawn = Array.from({ length: 100 }, (_, n) => make(n).variables);
  expect(new Set(drawn.map(({ size }) => size))).toEqual(new Set(['S', 'M']));
  expect(drawn.every(({ sku }) => sku === 'cake')).toBe(true);
});

test('only what is wanted is worked out', () => {
  const nobody = { count: 0, at: fail };
  expect(Object.keys(shoppers(spec, using(['orderKey']), nobody)(3).variables)).toEqual(['orderKey']);
});

describe('a variable without a value is refused before the first order', () => {
  test.each([
    ['nope', spec],
    ['toString', spec],
    ['sku', { ...spec, cafes: [] }],
    ['empty', { ...spec, journeys: [journey([step()], { empty: [] })] }],
  ])('%s', (name, given) => {
    expect(() => shoppers(given, using([name]), pool)).toThrow(name);
  });
});

test('draws stay within 0 and 1', () => {
  const make = shoppers(spec, using(ALL), pool);
  fc.assert(
    fc.property(fc.nat(2 ** 31), (number) => {
      const { random } = make(number);
      const draw = random();
      return draw >= 0 && draw < 1;
    }),
    { seed: 7 },
  );
});
