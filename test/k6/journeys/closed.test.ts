import { describe, expect, test } from 'vitest';
import type { LoadSpec, StepSpec } from '../../../k6/contract.ts';
import type { Variables } from '../../../k6/journeys/program.ts';
import { type ShopperMaker, shoppers } from '../../../k6/shopper.ts';
import { INTENDED_AT, journey, play, type Reply, step } from '../../support/journeys.ts';

const CLOSED: Reply = { status: 409, json: { code: 'CLOSED' } };
const CONFIRMED: Reply = { status: 201, json: { order: { id: 'o-1' } } };
const menu = (): StepSpec => step({ path: '/{{cafe}}/menu' });
const order = (): StepSpec =>
  step({
    path: '/{{cafe}}/orders/{{orderKey}}',
    confirmed: { status: 201, has: 'order.id', where: {} },
    closed: { status: 409, has: null, where: { code: 'CLOSED' } },
  });
const toSouth = (variables: Variables): boolean => {
  variables['cafe'] = 'south';
  return true;
};

describe('told that the café is closed', () => {
  test('a shopper who stays is refused, and nothing was bad', () => {
    const { end, requests } = play(journey([order()]), [CLOSED], {
      variables: { cafe: 'north', orderKey: 'k1' },
      moveOn: () => false,
    });
    expect(end).toMatchObject({ outcome: 'sold-out', kind: null, first: 'good', item: null, cafe: 'north' });
    expect(requests).toHaveLength(1);
  });

  test('where nobody moves, either', () => {
    expect(
      play(journey([order()]), [CLOSED], { variables: { cafe: 'north', orderKey: 'k1' } }).end,
    ).toMatchObject({
      outcome: 'sold-out',
      cafe: 'north',
    });
  });

  test('a shopper who moves on begins anew elsewhere, with the same key and in the same turn', () => {
    const played = play(journey([menu(), order()]), [{}, CLOSED, {}, CONFIRMED], {
      variables: { cafe: 'north', orderKey: 'k1' },
      moveOn: toSouth,
    });
    expect(played.requests.map(({ url }) => url.replace(/^.*v1/, ''))).toEqual([
      '/north/menu',
      '/north/orders/k1',
      '/south/menu',
      '/south/orders/k1',
    ]);
    expect(played.ends).toHaveLength(1);
    expect(played.end).toMatchObject({ outcome: 'good', first: 'good', at: 1, intendedAt: INTENDED_AT });
    expect(played.beganWith).toEqual([0]);
  });

  test('a closed answer that comes too late is slow', () => {
    const late = { ...CLOSED, afterMs: 4_000 };
    expect(
      play(journey([order()]), [late], { variables: { cafe: 'north', orderKey: 'k1' } }).end,
    ).toMatchObject({
      outcome: 'bad',
      kind: 'slow',
    });
  });

  test('who thinks moves on within the turn, and thinks again afterwards', () => {
    const played = play(journey([menu(), order()]), [{}, CLOSED, {}, CONFIRMED], {
      variables: { cafe: 'north', orderKey: 'k1' },
      moveOn: toSouth,
      client: { thinkTime: { shape: 'fixed', ms: 1_000 } },
    });
    // The order begins once; the second café's menu belongs to the turn that was told "closed".
    expect(played.beganWith).toEqual([0, 1, 1]);
    expect(played.ends.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['good', 0],
      ['good', 0],
      ['good', 1],
    ]);
  });
});

const pool = { count: 1, at: () => ({ firstName: 'A', lastName: 'B', street: 'C', city: 'D' }) };
const cafes = (movesRatio: number): LoadSpec['cafes'] => [
  { name: 'north', shareRatio: 0.5, menu: ['tea'], movesRatio },
  { name: 'south', shareRatio: 0.3, menu: ['latte'], movesRatio },
  { name: 'west', shareRatio: 0.2, menu: ['mocha'], movesRatio },
];
const made = (movesRatio: number, wanted = ['cafe', 'sku'], data = {}): ShopperMaker =>
  shoppers(
    { runId: 'r', seed: 7, stepIndex: 0, cafes: cafes(movesRatio), journeys: [journey([order()], data)] },
    'checkout',
    wanted,
    pool,
  );

describe('moving on', () => {
  test('goes through every café once, each with an item of its own menu, and then ends', () => {
    for (let number = 0; number < 50; number++) {
      const { variables, moveOn } = made(1)(number);
      const tried = [`${variables['cafe']} ${variables['sku']}`];
      while (moveOn?.()) tried.push(`${variables['cafe']} ${variables['sku']}`);
      expect(tried.toSorted()).toEqual(['north tea', 'south latte', 'west mocha']);
    }
  });

  test('60 % of the shoppers move, the same ones each time', () => {
    const movers = (): number[] =>
      Array.from({ length: 2_000 }, (_, number) => number).filter((number) => made(0.6)(number).moveOn?.());
    const found = movers();
    expect(found.length).toBeGreaterThan(1_120);
    expect(found.length).toBeLessThan(1_280);
    expect(movers()).toEqual(found);
  });

  test('those who leave spread over the others by their shares', () => {
    let south = 0;
    let left = 0;
    for (let number = 0; number < 2_000; number++) {
      const { variables, moveOn } = made(1)(number);
      const cafe = (): unknown => variables['cafe'];
      if (cafe() !== 'north' || !moveOn?.()) continue;
      left++;
      if (cafe() === 'south') south++;
    }
    expect(south / left).toBeGreaterThan(0.54);
    expect(south / left).toBeLessThan(0.66);
  });

  test('nobody can where no café loses shoppers, or the journey names no café', () => {
    expect(made(0)(1).moveOn).toBeNull();
    expect(made(1, ['orderKey'])(1).moveOn).toBeNull();
  });

  test('leaves a list of the journey alone', () => {
    const { variables, moveOn } = made(1, ['cafe', 'sku'], { sku: ['own'] })(3);
    expect(moveOn?.()).toBe(true);
    expect(variables['sku']).toBe('own');
  });
});
