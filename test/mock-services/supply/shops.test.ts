import { expect, test } from 'vitest';
import { Shops } from '../../../mock-services/supply/shops.ts';

const MANY = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`shop-${index + 1}`, 1]));

test('each shop has a queue of its own, by its share of the rate', () => {
  const shops = new Shops({ north: 4, west: 3, south: 1 }, 8);
  const begin = (shop: string) => [0, 1, 2].map(() => shops.enqueue(shop, 1_000));
  expect([begin('north'), begin('south')]).toEqual([
    [1_000, 1_250, 1_500],
    [1_000, 2_000, 3_000],
  ]);
  expect([shops.waiting('north', 1_000), shops.waiting('south', 1_000)]).toEqual([2, 2]);
  expect([shops.beginsAt('north', 1_000), shops.beginsAt('south', 1_000)]).toEqual([1_750, 4_000]);
  expect([shops.waitingInAll(1_000), shops.waitingInAll(2_000)]).toEqual([4, 1]);
  shops.reset();
  expect([shops.waitingInAll(1_000), shops.beginsAt('south', 1_000)]).toEqual([0, 1_000]);
});

test('without a rate nothing waits', () => {
  const shops = new Shops({ only: 1 }, null);
  expect([shops.enqueue('only', 5), shops.enqueue('only', 5), shops.waiting('only', 5)]).toEqual([5, 5, 0]);
});

test('a shop that is not there takes no order, and keeps none waiting', () => {
  const shops = new Shops(MANY, 1);
  expect([shops.has('shop-10000'), shops.has('shop-10001')]).toEqual([true, false]);
  expect([shops.beginsAt('nowhere', 5), shops.waiting('nowhere', 5)]).toEqual([5, 0]);
});

test('the last of many shops has its own queue', () => {
  const shops = new Shops(MANY, 10_000);
  for (let order = 0; order < 3; order++) shops.enqueue('shop-10000', 0);
  expect([shops.waiting('shop-10000', 0), shops.waitingInAll(0)]).toEqual([2, 2]);
});
