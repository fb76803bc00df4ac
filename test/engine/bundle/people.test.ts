import { expect, test } from 'vitest';
import { inventPeople, MOST_PEOPLE } from '../../../scripts/engine/bundle/people.ts';

test('the same seed invents the same people', () => {
  expect(inventPeople(20, 7)).toEqual(inventPeople(20, 7));
  expect(inventPeople(20, 8)).not.toEqual(inventPeople(20, 7));
});

test('everybody has a name and an address', () => {
  for (const person of inventPeople(50, 7)) {
    expect(Object.values(person).every((value) => value.length > 0)).toBe(true);
  }
});

test.each([
  [0, 1],
  [10, 10],
  [1_000_000, MOST_PEOPLE],
])('%i asked for are %i', (count, expected) => {
  expect(inventPeople(count, 7)).toHaveLength(expected);
});
