import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeLine, LogReader, parseLog } from '../../scripts/observe/log.ts';
import type { Observation } from '../../scripts/observe/observation.ts';

const clockStep = (byMs: number): Observation => ({ type: 'clock-step', at: 1_000 + byMs, byMs });
const FOUR = [1, 2, 3, 4].map(clockStep);
const LINES = FOUR.map((observation, index) => encodeLine(index + 1, observation));
const LOG = LINES.join('');

/** Lines of the log by number, from 1. */
const lines = (...numbers: number[]): string => numbers.map((number) => LINES[number - 1]).join('');

test('a line carries its number, the checksum of number and content, and the content', () => {
  expect(LINES[0]).toBe('{"seq":1,"crc":"460212d6","o":{"type":"clock-step","at":1001,"byMs":1}}\n');
});

test('a whole log is read in its order', () => {
  expect(parseLog(LOG)).toEqual({ observations: FOUR, torn: false, damage: null });
});

test('an empty log has nothing, and nothing is wrong with it', () => {
  expect(parseLog('')).toEqual({ observations: [], torn: false, damage: null });
});

test('a log that ends anywhere loses the last line at most', () => {
  fc.assert(
    fc.property(fc.nat(LOG.length), (end) => {
      const text = LOG.slice(0, end);
      const whole = text.split('\n').length - 1;
      expect(parseLog(text)).toEqual({
        observations: FOUR.slice(0, whole),
        torn: text !== '' && !text.endsWith('\n'),
        damage: null,
      });
    }),
  );
});

test('pieces may end anywhere', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(LOG.length)), (cuts) => {
      const read: Observation[] = [];
      const reader = new LogReader((observation) => read.push(observation));
      const edges = [0, ...cuts.sort((a, b) => a - b), LOG.length];
      for (const [index, from] of edges.entries())
        reader.push(Buffer.from(LOG.slice(from, edges[index + 1] ?? LOG.length)));
      expect({ read, ...reader.end() }).toEqual({ read: FOUR, torn: false, damage: null });
    }),
  );
});

describe('damage', () => {
  test.each<[string, string, number, RegExp]>([
    ['a line is missing', lines(1, 3, 4), 2, /sequence number 3 where 2/],
    ['the first line is missing', lines(2, 3), 1, /sequence number 2 where 1/],
    ['a line is there twice', lines(1, 2, 2, 3), 3, /sequence number 2 where 3/],
    ['two lines changed places', lines(1, 3, 2, 4), 2, /sequence number 3 where 2/],
    ['a number was corrected by hand', LOG.replace('"seq":2', '"seq":5'), 2, /checksum/],
    ['a value was changed', LOG.replace('"byMs":3', '"byMs":0'), 3, /checksum/],
    ['a line was emptied', `${lines(1)}\n${lines(3)}`, 2, /not a line/],
    ['zeros follow a power cut in the middle', `${lines(1)}\0\0\0\n${lines(2)}`, 2, /not a line/],
    ['line ends were translated', LOG.replaceAll('\n', '\r\n'), 1, /not a line/],
  ])('%s', (_, text, line, reason) => {
    const read = parseLog(text);
    expect(read.damage?.line).toBe(line);
    expect(read.damage?.reason).toMatch(reason);
    expect(read.observations).toEqual(FOUR.slice(0, line - 1));
  });

  test('no change of one character goes unseen', () => {
    fc.assert(
      fc.property(fc.nat(LOG.length - 2), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(LOG[at] !== character);
        const altered = LOG.slice(0, at) + character + LOG.slice(at + 1);
        expect(parseLog(altered).damage).not.toBeNull();
      }),
    );
  });
});
