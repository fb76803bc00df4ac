import { CHAT_REQUEST, VOUCHER_REQUEST } from '../contract.ts';
import type { Answer } from '../effects.ts';
import { answerLine, plainLine } from './answer-line.ts';
import { at, parseJson } from './answers.ts';

// What people are told of the answer at which an order ended.

/** Whether it was a look into a chat where the bot had said nothing new: no answer for people to see. */
export const saysNothing = (name: string, { status, body }: Answer): boolean =>
  name === CHAT_REQUEST && status === 200 && body?.includes('"messages":[{') !== true;

/** One line of at most 2,000 characters; the mocked partners' answers as what they mean. */
export const toldLine = (name: string, answer: Answer): string => {
  if (name === VOUCHER_REQUEST) {
    return `confirmed, but the code was not redeemed exactly once: ${answerLine(answer)}`;
  }
  return name === CHAT_REQUEST && answer.status === 200
    ? plainLine(chatLine(at(parseJson(answer.body ?? ''), 'messages')))
    : answerLine(answer);
};

const TEXTS = ['message.text', 'message.caption', 'text', 'error_message'];

const chatLine = (records: unknown): string => {
  if (!Array.isArray(records) || records.length === 0) return 'the bot said nothing';
  const said = records.map((record: unknown) => {
    const text = TEXTS.map((path) => at(record, path)).find((value) => typeof value === 'string');
    return text === undefined ? JSON.stringify(record) : `"${text}"`;
  });
  return `the bot said ${said.join(', ')}`;
};
