import { expect, test } from 'vitest';
import { leavesOf, nearestPath } from '../../scripts/check/json-paths.ts';

test('paths are those of values, in their order, of a list only the first entry', () => {
  const json = { order: { id: 1, lines: [{ sku: 'tea' }, { sku: 'bun' }] }, ok: true, none: null };
  expect(leavesOf(json).map(({ path }) => path)).toEqual(['order.id', 'order.lines.0.sku', 'ok', 'none']);
  expect(leavesOf(json).filter(({ isNull }) => isNull)).toEqual([{ path: 'none', isNull: true }]);
  expect(leavesOf('prose')).toEqual([]);
});

test('what no dotted path reaches is none: below a key with a dot', () => {
  expect(leavesOf({ 'a.b': { c: 1 }, d: 2 }).map(({ path }) => path)).toEqual(['d']);
});

test('an endless or bottomless answer gives no endless list', () => {
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1]));
  expect(leavesOf(wide)).toHaveLength(200);
  let deep: unknown = 1;
  for (let depth = 0; depth < 100; depth++) deep = { d: deep };
  expect(leavesOf(deep)).toEqual([]);
});

test.each([
  ['order.id', ['id', 'sku'], 'id'],
  ['id', ['data.order.id', 'order.id', 'sku'], 'order.id'],
  ['order.id', ['customer.id', 'orders.id'], 'orders.id'],
  ['order_id', ['orderId', 'total'], 'orderId'],
  ['order.number', ['order.numbr', 'at'], 'order.numbr'],
  ['a.b.c.ticket', ['tickt'], 'tickt'],
  ['order.id', ['total', 'at'], null],
  ['order.id', [], null],
])('%s among %j is probably %s', (wanted, paths, meant) => {
  expect(nearestPath(wanted, paths)).toBe(meant);
});
