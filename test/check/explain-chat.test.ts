import { expect, test } from 'vitest';
import { explainChat } from '../../scripts/check/explain-chat.ts';
import { redactor } from '../../scripts/core/secrets.ts';
import { says, turn } from '../support/journeys.ts';

const explained = (text: string) =>
  explainChat({
    step: turn({
      name: 'send /start',
      act: { do: 'send', text: '/start' },
      reply: says({ contains: 'Thanks' }),
    }),
    heard: [{ text, buttons: [], invoice: null, links: [], messageId: 1, preCheckout: null, at: 1, raw: {} }],
    heardBefore: [],
    acted: true,
    variables: {},
    redact: redactor(['correct horse 7 battery']),
  });

test('no part of a secret is quoted where the quote’s end cuts it in two', () => {
  expect(explained(`${'x'.repeat(110)} correct horse 7 battery`).says).toContain(
    `${'x'.repeat(110)} [secret]`.slice(0, 120),
  );
});

test('no part of a secret is proposed as words to wait for', () => {
  expect(explained('Correct horse 7 battery').would).toBe('contains: "[secret]"');
});
