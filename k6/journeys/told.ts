import { CHAT_REQUEST, VOUCHER_REQUEST } from '../contract.ts';
import type { Answer } from '../effects.ts';
import { answerLine, plainLine } from './http/answer-line.ts';
import { heardIn } from './telegram/chat.ts';

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
    ? plainLine(chatLine(answer.body ?? ''))
    : answerLine(answer);
};

const chatLine = (body: string): string => {
  const said = heardIn(body).map(({ text, preCheckout }) =>
    preCheckout?.ok === true ? 'that the payment may go on' : `"${text}"`,
  );
  return said.length === 0 ? 'the bot said nothing' : `the bot said ${said.join(', ')}`;
};
