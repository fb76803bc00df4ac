import {
  answered,
  deadline,
  failureKind,
  outOfTime,
  retryAfterMs,
  type Turn,
  tryTimeoutMs,
} from '../../client.ts';
import { type BadKind, CHAT_REQUEST, type ClientSettings, type Part } from '../../contract.ts';
import type { Answer, Flow, WireRequest } from '../../effects.ts';
import { parseJson } from '../http/answers.ts';
import { render } from '../http/requests.ts';
import type { StepEnd, TelegramProgram, Variables } from '../program.ts';
import { type Trace, traceParent } from '../trace.ts';
import { bad, RIGHT, WRONG } from '../turn.ts';
import {
  type Chat,
  capturedFrom,
  findButton,
  findInvoice,
  type Heard,
  isWanted,
  listen,
  messageUpdate,
  paymentUpdate,
  preCheckoutUpdate,
  tapUpdate,
} from './chat.ts';

// A shopper acts in a chat and waits for the bot. Updates go out as Telegram sends them: one at a time, again until
// the bot has acknowledged them. What the bot says is read from the mocked Bot API.

export interface Talk {
  step: TelegramProgram;
  chat: Chat;
  turn: Turn;
  trace: Trace;
  client: ClientSettings;
  variables: Variables;
  tapsTwice: boolean;
  onPart: ((part: Part, ms: number) => void) | undefined;
}

/** Longest poll, below what proxies cut off; and how much longer its answer may take. */
const LONGEST_POLL_MS = 25_000;
const POLL_MARGIN_MS = 5_000;
/** Telegram's pauses before an update is sent again: none, 2, 4, 8 s …, at most a minute. */
const LONGEST_REDELIVERY_MS = 60_000;

export function* telegramStep(talk: Talk): Flow<StepEnd> {
  const { step, chat, turn, variables } = talk;
  if (step.do === 'pay') return yield* pay(talk);
  const actedAt = turn.now();
  let update: () => string;
  if (step.do === 'send') {
    const text = render(step.text, variables);
    update = () => messageUpdate(chat, text, turn.now());
  } else {
    const label = render(step.text, variables);
    const button = yield* look(talk, () => findButton(chat, label));
    if ('how' in button) return button;
    update = () => tapUpdate(chat, button, turn.now());
  }
  if (!talk.tapsTwice || !step.tapped)
    return yield* converse(talk, update(), actedAt, (heard) => meaning(talk, heard));
  let end: StepEnd | null = null;
  const hear = (heard: Heard): StepEnd | null => {
    end ??= meaning(talk, heard);
    return end;
  };
  // Telegram sends the second tap when the bot has acknowledged the first one.
  const first = yield* converse(talk, update(), actedAt, (heard) => hear(heard) ?? null, true);
  if (first.how !== 'right') return first;
  turn.onRepeat?.('double-tap');
  const servedAt = turn.servedAt;
  const second = yield* converse(talk, update(), actedAt, (heard) => hear(heard));
  turn.servedAt = servedAt ?? turn.servedAt;
  return end ?? second;
}

/** What a message means to a shopper who waits; null = nothing, they wait on. */
const meaning = (talk: Talk, heard: Heard): StepEnd | null => {
  const { step, turn, variables } = talk;
  const { soldOut, closed, reply, queued } = step;
  if (soldOut !== null && isWanted(soldOut, heard)) return { how: 'sold-out', item: null };
  if (closed !== null && isWanted(closed, heard)) return { how: 'closed' };
  if (reply === null ? heard.messageId !== null : isWanted(reply, heard)) {
    return captureAll(step, heard, variables) ? RIGHT : WRONG;
  }
  if (queued !== null && isWanted(queued, heard)) {
    turn.invited = true;
    turn.ticketed = true;
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
  const { chat, turn, step } = talk;
  const actedAt = turn.now();
  const invoice = yield* look(talk, () => findInvoice(chat));
  if ('how' in invoice) return invoice;
  const { id, update } = preCheckoutUpdate(chat, invoice);
  const agreed = yield* converse(talk, update, actedAt, (heard) => {
    if (heard.preCheckout?.id !== id) return null;
    if (heard.preCheckout.ok) return RIGHT;
    return step.soldOut !== null && isWanted(step.soldOut, heard) ? { how: 'sold-out', item: null } : WRONG;
  });
  if (agreed.how !== 'right') return agreed;
  return yield* converse(talk, paymentUpdate(chat, invoice, turn.now()), actedAt, (heard) =>
    meaning(talk, heard),
  );
}

/** Finds something in the chat, which may come a moment after the message that ended the turn before. */
function* look<Found>(talk: Talk, find: () => Found | null): Flow<Found | StepEnd> {
  const { turn, client } = talk;
  for (;;) {
    const found = find();
    if (found !== null) return found;
    const untilAt = Math.min(deadline(turn), turn.intendedAt + client.slowAfterMs);
    if (turn.now() >= untilAt) return WRONG;
    const taken = yield* read(talk, untilAt, null, () => undefined);
    if (taken !== null) return taken;
  }
}

/**
 * Sends an update until the bot acknowledges it and listens until `hear` makes something of what it says. A shopper
 * who has heard something else than they wanted gives up when a right answer would be slow.
 * @param acknowledged ends with the acknowledgement and what is there by then
 */
function* converse(
  talk: Talk,
  update: string,
  actedAt: number,
  hear: (heard: Heard) => StepEnd | null,
  acknowledged = false,
): Flow<StepEnd> {
  const { turn, client, chat, step, onPart } = talk;
  let delivered = false;
  let failures = 0;
  let kind: BadKind | null = null;
  let heardOther = false;
  let end: StepEnd | null = null;
  const take = (heard: Heard): void => {
    const first = !heardOther && heard.messageId !== null;
    if (first) onPart?.('first-reply', Math.max(0, heard.at - actedAt));
    heardOther ||= heard.messageId !== null;
    if (end !== null) return;
    end = hear(heard);
    if (end === null) return;
    turn.servedAt = Math.max(turn.intendedAt, heard.at);
    // That a payment may go on confirms nothing yet.
    const confirms = step.confirms && heard.preCheckout === null;
    if (end.how === 'right' && confirms) onPart?.('confirmation', Math.max(0, heard.at - actedAt));
  };
  for (;;) {
    let pauseMs = Number.POSITIVE_INFINITY;
    let reply: string | null = null;
    if (!delivered) {
      const timeoutMs = tryTimeoutMs(turn, client);
      if (timeoutMs < 1) return bad(kind ?? outOfTime(turn).kind);
      if (failures > 0) turn.onRepeat?.('redelivery');
      const sentAt = turn.now();
      const answer = answered(yield { do: 'send', request: deliveryRequest(talk, update, timeoutMs) });
      delivered = answer.status >= 200 && answer.status < 300;
      if (delivered) {
        if (chat.program.webhookUrl !== null) {
          onPart?.('webhook-ack', turn.now() - sentAt);
          reply = answer.body === '' ? null : answer.body;
        }
      } else {
        if (chat.program.webhookUrl === null) return bad('local');
        failures += 1;
        turn.stumbled = true;
        kind = failureKind(answer);
        pauseMs = redeliveryMs(failures, answer, turn.now());
      }
    }
    const untilAt = Math.min(
      hearingUntil(talk, heardOther),
      turn.now() + (acknowledged && delivered ? 0 : pauseMs),
    );
    if (delivered || untilAt > turn.now()) {
      const failed = yield* read(talk, untilAt, reply, take);
      if (failed !== null) return failed;
    }
    if (end !== null) return end;
    if (delivered && acknowledged) return RIGHT;
    if (delivered && turn.now() >= hearingUntil(talk, heardOther)) {
      return bad(heardOther ? 'wrong-answer' : outOfTime(turn).kind);
    }
  }
}

const hearingUntil = ({ turn, client }: Talk, heardOther: boolean): number => {
  return heardOther && !turn.invited
    ? Math.min(deadline(turn), turn.intendedAt + client.slowAfterMs)
    : deadline(turn);
};

const redeliveryMs = (failures: number, answer: Answer, now: number): number => {
  const asked = retryAfterMs(answer, now);
  if (asked !== null) return asked;
  return failures === 1 ? 0 : Math.min(LONGEST_REDELIVERY_MS, 1_000 * 2 ** (failures - 1));
};

const deliveryRequest = ({ chat, step, trace }: Talk, update: string, timeoutMs: number): WireRequest => {
  const { webhookUrl, webhookHeaders, partnerUrl } = chat.program;
  if (webhookUrl === null) return partnerRequest(`${partnerUrl}/peakproof/updates`, update, timeoutMs);
  const headers: Record<string, string> = { traceparent: traceParent(trace) };
  for (let index = 0; index < webhookHeaders.length; index += 2) {
    headers[String(webhookHeaders[index])] = String(webhookHeaders[index + 1]);
  }
  return {
    name: step.name,
    method: 'POST',
    url: webhookUrl,
    headers,
    body: update,
    timeoutMs,
    needsBody: true,
    wantsHeaders: null,
  };
};

const partnerRequest = (url: string, body: string | null, timeoutMs: number): WireRequest => ({
  name: CHAT_REQUEST,
  method: 'POST',
  url,
  headers: { 'Content-Type': 'application/json' },
  body,
  timeoutMs,
  needsBody: true,
  wantsHeaders: null,
});

/** Waits for what the bot says until `untilAt` at the latest; null = it was read. `reply`: a call in the body of an acknowledgement. */
function* read(
  { chat, turn }: Talk,
  untilAt: number,
  reply: string | null,
  onHeard: (heard: Heard) => void,
): Flow<StepEnd | null> {
  const withinMs = Math.round(Math.max(0, Math.min(LONGEST_POLL_MS, untilAt - turn.now())));
  const url = `${chat.program.partnerUrl}/peakproof/chats/${chat.id}/messages?after=${chat.read}&withinMs=${withinMs}`;
  const answer = answered(
    yield { do: 'send', request: partnerRequest(url, reply, withinMs + POLL_MARGIN_MS) },
  );
  const taken = answer.status === 200 && listen(chat, parseJson(answer.body ?? ''), turn.now(), onHeard);
  return taken ? null : bad('local');
}
