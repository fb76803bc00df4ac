import { answered, deadline, failureKind, outOfTime, retryAfterMs, tryTimeoutMs } from '../../client.ts';
import { type BadKind, CHAT_REQUEST } from '../../contract.ts';
import type { Answer, Flow, WireRequest } from '../../effects.ts';
import { parseJson } from '../http/answers.ts';
import type { StepEnd, TelegramProgram } from '../program.ts';
import { traceParent } from '../trace.ts';
import { bad, type OrderUnderWay, RIGHT, WRONG } from '../turn.ts';
import { type Chat, type Heard, listen } from './chat.ts';

// A shopper waits for the bot. Updates go out as Telegram sends them: one at a time, again until the bot has
// acknowledged them. What the bot says is read from the mocked Bot API.

export interface Talk {
  step: TelegramProgram;
  chat: Chat;
  order: OrderUnderWay;
  /** When the shopper did what the step says, epoch ms. */
  actedAt: number;
}

/** What the shopper has heard so far. */
interface Hearing {
  /** What a message means to them; null = nothing, they wait on. */
  readonly endBy: (heard: Heard) => StepEnd | null;
  /** A message that stays in the chat has come, wanted or not. */
  anything: boolean;
  end: StepEnd | null;
}

/** Longest poll, below what proxies cut off; and how much longer its answer may take. */
const LONGEST_POLL_MS = 25_000;
const POLL_MARGIN_MS = 5_000;
/** Telegram's pauses before an update is sent again: none, 2, 4, 8 s …, at most a minute. */
const LONGEST_REDELIVERY_MS = 60_000;

/** Finds something in the chat, which may come a moment after the message that ended the turn before. */
export function* look<Found>(talk: Talk, find: () => Found | null): Flow<Found | StepEnd> {
  const { turn, manners } = talk.order;
  for (;;) {
    const found = find();
    if (found !== null) return found;
    const untilAt = Math.min(deadline(turn), turn.intendedAt + manners.client.slowAfterMs);
    if (turn.now() >= untilAt) return WRONG;
    const said = yield* readChat(talk, untilAt, null);
    if (said === null) return bad('local');
  }
}

/**
 * Sends an update until the bot acknowledges it and listens until `endBy` makes something of what it says. A shopper
 * who has heard something else than they wanted gives up when a right answer would be slow.
 * @param acknowledged ends with the acknowledgement and what is there by then
 */
export function* converse(
  talk: Talk,
  update: string,
  endBy: Hearing['endBy'],
  acknowledged = false,
): Flow<StepEnd> {
  const { turn, manners } = talk.order;
  const hearing: Hearing = { endBy, anything: false, end: null };
  let delivered = false;
  let failures = 0;
  let kind: BadKind | null = null;
  for (;;) {
    let waitMs = Number.POSITIVE_INFINITY;
    let reply: string | null = null;
    if (!delivered) {
      const timeoutMs = tryTimeoutMs(turn, manners.client);
      if (timeoutMs < 1) return bad(kind ?? outOfTime(turn).kind);
      if (failures > 0) turn.onRepeat?.('redelivery');
      const sentAt = turn.now();
      const answer = answered(yield { do: 'send', request: deliveryRequest(talk, update, timeoutMs) });
      delivered = answer.status >= 200 && answer.status < 300;
      if (delivered) reply = acknowledgement(talk, answer, sentAt);
      else if (talk.chat.program.webhookUrl === null) return bad('local');
      else {
        failures += 1;
        turn.stumbled = true;
        kind = failureKind(answer);
        waitMs = redeliveryMs(failures, answer, turn.now());
      }
    }
    if (delivered && acknowledged) waitMs = 0;
    const untilAt = Math.min(hearingUntil(talk, hearing), turn.now() + waitMs);
    if (delivered || untilAt > turn.now()) {
      const said = yield* readChat(talk, untilAt, reply);
      if (said === null) return bad('local');
      hear(talk, hearing, said);
    }
    if (hearing.end !== null) return hearing.end;
    if (delivered && acknowledged) return RIGHT;
    if (delivered && turn.now() >= hearingUntil(talk, hearing)) {
      return hearing.anything ? WRONG : bad(outOfTime(turn).kind);
    }
  }
}

/** Only the first message that ends the step does. */
const hear = ({ step, order, actedAt }: Talk, hearing: Hearing, said: readonly Heard[]): void => {
  const { turn, start } = order;
  for (let index = 0; index < said.length; index++) {
    const heard = said[index];
    if (heard === undefined) continue;
    const tookMs = Math.max(0, heard.at - actedAt);
    if (!hearing.anything && heard.messageId !== null) {
      hearing.anything = true;
      start.onPart?.('first-reply', tookMs);
    }
    if (hearing.end !== null) continue;
    hearing.end = hearing.endBy(heard);
    if (hearing.end === null) continue;
    turn.servedAt = Math.max(turn.intendedAt, heard.at);
    // That a payment may go on confirms nothing yet.
    const confirms = step.confirms && heard.preCheckout === null;
    if (hearing.end.how === 'right' && confirms) start.onPart?.('confirmation', tookMs);
  }
};

/** A call that the bot makes in the body of an acknowledgement; null = none, or the partner gave the update out. */
const acknowledgement = ({ chat, order }: Talk, { body }: Answer, sentAt: number): string | null => {
  if (chat.program.webhookUrl === null) return null;
  order.start.onPart?.('webhook-ack', order.turn.now() - sentAt);
  return body === '' ? null : body;
};

const hearingUntil = ({ order: { turn, manners } }: Talk, { anything }: Hearing): number => {
  return anything && !turn.invited
    ? Math.min(deadline(turn), turn.intendedAt + manners.client.slowAfterMs)
    : deadline(turn);
};

const redeliveryMs = (failures: number, answer: Answer, now: number): number => {
  const asked = retryAfterMs(answer, now);
  if (asked !== null) return asked;
  return failures === 1 ? 0 : Math.min(LONGEST_REDELIVERY_MS, 1_000 * 2 ** (failures - 1));
};

const deliveryRequest = ({ chat, step, order }: Talk, update: string, timeoutMs: number): WireRequest => {
  const { webhookUrl, webhookHeaders, partnerUrl } = chat.program;
  if (webhookUrl === null) return partnerRequest(`${partnerUrl}/peakproof/updates`, update, timeoutMs);
  const headers: Record<string, string> = { traceparent: traceParent(order.trace) };
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
});

/** What the bot says until `untilAt` at the latest; null = it could not be read. `reply`: a call in the body of an acknowledgement. */
function* readChat({ chat, order }: Talk, untilAt: number, reply: string | null): Flow<Heard[] | null> {
  const { turn } = order;
  const withinMs = Math.round(Math.max(0, Math.min(LONGEST_POLL_MS, untilAt - turn.now())));
  const url = `${chat.program.partnerUrl}/peakproof/chats/${chat.id}/messages?after=${chat.read}&withinMs=${withinMs}`;
  const answer = answered(
    yield { do: 'send', request: partnerRequest(url, reply, withinMs + POLL_MARGIN_MS) },
  );
  return answer.status === 200 ? listen(chat, parseJson(answer.body ?? ''), turn.now()) : null;
}
