import type { Flow } from '../../effects.ts';
import { render } from '../http/requests.ts';
import type { StepEnd, TelegramProgram, Variables } from '../program.ts';
import { type OrderUnderWay, RIGHT, WRONG } from '../turn.ts';
import {
  type Chat,
  capturedFrom,
  findButton,
  findInvoice,
  type Heard,
  isWanted,
  messageUpdate,
  paymentUpdate,
  preCheckoutUpdate,
  tapUpdate,
} from './chat.ts';
import { converse, look, type Talk } from './converse.ts';

// What a shopper does in a chat with a bot, and what its messages mean to them.

export function* telegramStep(step: TelegramProgram, order: OrderUnderWay, chat: Chat | null): Flow<StepEnd> {
  if (chat === null) throw new TypeError(`journey ${order.program.name} has no chat`);
  const { turn, start } = order;
  const talk: Talk = { step, chat, order, actedAt: turn.now() };
  if (step.do === 'pay') return yield* pay(talk);
  const text = render(step.text, start.variables);
  let update: () => string;
  if (step.do === 'send') {
    update = () => messageUpdate(chat, text, turn.now());
  } else {
    const button = yield* look(talk, () => findButton(chat, text));
    if ('how' in button) return button;
    update = () => tapUpdate(chat, button, turn.now());
  }
  return start.tapsTwice === true && step.tapped
    ? yield* actTwice(talk, update)
    : yield* converse(talk, update(), (heard) => endBy(talk, heard));
}

/** Telegram sends the second tap when the bot has acknowledged the first one. */
function* actTwice(talk: Talk, update: () => string): Flow<StepEnd> {
  const { turn } = talk.order;
  let end: StepEnd | null = null;
  const hear = (heard: Heard): StepEnd | null => {
    end ??= endBy(talk, heard);
    return end;
  };
  const first = yield* converse(talk, update(), hear, true);
  if (first.how !== 'right') return first;
  turn.onRepeat?.('double-tap');
  const { servedAt } = turn;
  const second = yield* converse(talk, update(), hear);
  turn.servedAt = servedAt ?? turn.servedAt;
  return end ?? second;
}

/** How a message ends the step of a shopper who waits; null = not at all, they wait on. */
const endBy = ({ step, order }: Talk, heard: Heard): StepEnd | null => {
  const { soldOut, closed, reply, queued } = step;
  if (soldOut !== null && isWanted(soldOut, heard)) return { how: 'sold-out', item: null };
  if (closed !== null && isWanted(closed, heard)) return { how: 'closed' };
  if (reply === null ? heard.messageId !== null : isWanted(reply, heard)) {
    if (step.confirms) order.proven = step.names;
    return captureAll(step, heard, order.start.variables) ? RIGHT : WRONG;
  }
  if (queued !== null && isWanted(queued, heard)) {
    order.turn.invited = true;
    order.turn.ticketed = true;
  }
  return null;
};

const captureAll = ({ capture }: TelegramProgram, heard: Heard, variables: Variables): boolean => {
  if (capture === null) return true;
  let complete = true;
  for (let index = 0; index < capture.length; index += 2) {
    const source = capture[index + 1];
    const value =
      source === undefined || typeof source === 'string' ? undefined : capturedFrom(heard, source);
    if (value === undefined) complete = false;
    else variables[String(capture[index])] = value;
  }
  return complete;
};

/** Pays the newest invoice: the bot is asked whether it may be paid, then told that it has been. */
function* pay(talk: Talk): Flow<StepEnd> {
  const { chat, order, step } = talk;
  const invoice = yield* look(talk, () => findInvoice(chat));
  if ('how' in invoice) return invoice;
  const { id, update } = preCheckoutUpdate(chat, invoice);
  const agreed = yield* converse(talk, update, (heard) => {
    if (heard.preCheckout?.id !== id) return null;
    if (heard.preCheckout.ok) return RIGHT;
    return step.soldOut !== null && isWanted(step.soldOut, heard) ? { how: 'sold-out', item: null } : WRONG;
  });
  if (agreed.how !== 'right') return agreed;
  const paid = paymentUpdate(chat, invoice, order.turn.now());
  return yield* converse(talk, paid, (heard) => endBy(talk, heard));
}
