import { expect, test } from 'vitest';
import { CHAT_REQUEST, VOUCHER_REQUEST } from '../../../k6/contract.ts';
import { saysNothing, toldLine } from '../../../k6/journeys/told.ts';
import { answer } from '../../support/journeys.ts';

const chat = (...messages: object[]) =>
  answer({ status: 200, body: JSON.stringify({ messages, now: 1_760_000_000_000 }) });

test.each([
  ['the bot said "Sorry"', chat({ n: 1, at: 1, message: { message_id: 7, text: 'Sorry' } })],
  ['the bot said "a b", "too many"', chat({ message: { caption: 'a\nb' } }, { text: 'too many' })],
  ['the bot said "gone"', chat({ pre_checkout_query_id: '1', ok: false, error_message: 'gone' })],
  ['the bot said that the payment may go on', chat({ pre_checkout_query_id: '1', ok: true })],
  ['the bot said nothing', chat()],
  ['503', answer({ status: 503 })],
  ['reset', answer({ error: 'reset' })],
])('of a look into a chat: %s', (line, looked) => {
  expect(toldLine(CHAT_REQUEST, looked)).toBe(line);
});

test.each([
  [true, CHAT_REQUEST, chat()],
  [true, CHAT_REQUEST, answer({ status: 200, body: '{"ok":true}' })],
  [false, CHAT_REQUEST, chat({ n: 1, message: { text: 'Sorry' } })],
  [false, CHAT_REQUEST, answer({ status: 500 })],
  [false, 'POST /orders', answer({ status: 200, body: '' })],
])('says nothing: %j (%s)', (nothing, name, given) => {
  expect(saysNothing(name, given)).toBe(nothing);
});

test('a voucher that was not redeemed says what the promo partner knows of it', () => {
  expect(toldLine(VOUCHER_REQUEST, answer({ status: 200, body: '{"redemptions":0}' }))).toBe(
    'confirmed, but the code was not redeemed exactly once: 200 {"redemptions":0}',
  );
});
