import { expect, test } from 'vitest';
import { answerLine } from '../../../../k6/journeys/http/answer-line.ts';
import { answer } from '../../../support/journeys.ts';

test('an answer is one plain line of at most 2,000 characters', () => {
  const line = answerLine(answer({ status: 500, body: `a\r\n\u001b[31m${'x'.repeat(5_000)}` }));
  expect(line).toMatch(/^500 a \[31mx+$/);
  expect(line).toHaveLength(2_000);
});

test.each([
  ['503', { status: 503 }],
  ['reset', { error: 'reset' as const }],
  ['200 нет чая', { body: 'нет\u2028чая\u202e' }],
])('it reads %j', (expected, reply) => {
  expect(answerLine(answer(reply))).toBe(expected);
});
