import { sumOf } from '../../scripts/core/statistics.ts';
import type { TokenBucket } from '../../scripts/core/token-bucket.ts';
import type { PartnerAnswer } from '../partner.ts';
import { badRequest, succeeded, tooMany } from './answers.ts';
import type { Chat, Chats } from './chats.ts';
import { chatField, type Fields, integerField, jsonField, member, textField } from './fields.ts';
import { readMarkup } from './markup.ts';

const MAX_TEXT_CHARACTERS = 4_096;
/** A load script's shoppers number theirs from here on; those that went to a webhook have not been seen here. */
const FIRST_SHOPPER_MESSAGE_ID = 1_000_001;

/** The methods that put something into a chat, or change it there. */
export class Messages {
  readonly #chats: Chats;
  readonly #bot: object;
  readonly #overall: TokenBucket | null;

  /** @param overall the limit of messages to all chats together */
  constructor(chats: Chats, bot: object, overall: TokenBucket | null) {
    this.#chats = chats;
    this.#bot = bot;
    this.#overall = overall;
  }

  sendMessage(fields: Fields): PartnerAnswer {
    const text = textField(fields, 'text');
    if (text.trim() === '') return badRequest('message text is empty');
    if (text.length > MAX_TEXT_CHARACTERS) return badRequest('message is too long');
    const entities = entitiesOf(fields);
    return entities === null
      ? badRequest(BAD_ENTITIES)
      : this.#send(fields, 'sendMessage', { text, ...entities }, {});
  }

  sendInvoice(fields: Fields): PartnerAnswer {
    const [title, description, payload, currency] = ['title', 'description', 'payload', 'currency'].map(
      (name) => textField(fields, name),
    );
    const missing = ['title', 'description', 'payload'].find((name) => textField(fields, name) === '');
    if (missing !== undefined) return badRequest(`parameter "${missing}" is required`);
    if (!/^[A-Z]{3}$/.test(currency ?? '')) return badRequest('CURRENCY_INVALID');
    const prices = jsonField(fields, 'prices');
    const amounts = Array.isArray(prices) ? prices.map((price) => amountOf(member(price, 'amount'))) : [];
    if (amounts.length === 0 || !amounts.every(Number.isSafeInteger)) {
      return badRequest("can't parse labeled prices: an array of label and amount is expected");
    }
    const total = sumOf(amounts);
    if (total <= 0) return badRequest('CURRENCY_TOTAL_AMOUNT_INVALID');
    const start_parameter = textField(fields, 'start_parameter');
    const invoice = { title, description, start_parameter, currency, total_amount: total };
    return this.#send(fields, 'sendInvoice', { invoice }, { invoice_payload: payload, prices });
  }

  /** @param aside what the shopper needs and the message does not show */
  #send(fields: Fields, method: string, content: object, aside: object): PartnerAnswer {
    const id = chatField(fields);
    if (id === null) return noChat(fields);
    const markup = readMarkup(fields);
    if ('problem' in markup) return badRequest(markup.problem);
    const chat = this.#chats.meet(id);
    const refused = this.#limited(chat);
    if (refused) return refused;
    const messageId = ++chat.lastMessageId;
    const message = {
      ...this.#frame(chat, messageId),
      ...content,
      ...(markup.inline ? { reply_markup: markup.inline } : {}),
    };
    const keyboard = markup.other ? { reply_markup: markup.other } : {};
    this.#chats.record(chat, { method, message, ...aside, ...keyboard }, messageId);
    return succeeded(message, 'sent');
  }

  editMessageText(fields: Fields): PartnerAnswer {
    const text = textField(fields, 'text');
    if (text.trim() === '') return badRequest('message text is empty');
    if (text.length > MAX_TEXT_CHARACTERS) return badRequest('message is too long');
    const entities = entitiesOf(fields);
    return entities === null
      ? badRequest(BAD_ENTITIES)
      : this.#edit(fields, 'editMessageText', { text, ...entities });
  }

  editMessageReplyMarkup(fields: Fields): PartnerAnswer {
    return this.#edit(fields, 'editMessageReplyMarkup', {});
  }

  #edit(fields: Fields, method: string, content: object): PartnerAnswer {
    const id = chatField(fields);
    if (id === null) return noChat(fields);
    const markup = readMarkup(fields);
    if ('problem' in markup) return badRequest(markup.problem);
    const chat = this.#chats.meet(id);
    const messageId = integerField(fields, 'message_id', 0);
    if (messageId < 1 || messageId > chat.lastMessageId) return badRequest('message to edit not found');
    const known = chat.message(messageId);
    const before: unknown = known === null ? null : member(JSON.parse(known), 'message');
    if (known !== null && before === undefined) return badRequest('message to edit not found');
    const gone = 'text' in content ? ['reply_markup', 'entities'] : ['reply_markup'];
    const kept = Object.entries(before ?? {}).filter(([name]) => !gone.includes(name));
    const message = {
      ...this.#frame(chat, messageId),
      ...Object.fromEntries(kept),
      ...content,
      ...(markup.inline ? { reply_markup: markup.inline } : {}),
    };
    if (JSON.stringify(visible(before)) === JSON.stringify(visible(message))) {
      return badRequest(
        'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      );
    }
    const edited = { ...message, edit_date: nowSec() };
    this.#chats.record(chat, { method, message: edited }, messageId);
    return succeeded(edited, 'edited');
  }

  deleteMessage(fields: Fields): PartnerAnswer {
    const id = chatField(fields);
    if (id === null) return noChat(fields);
    const chat = this.#chats.meet(id);
    const messageId = integerField(fields, 'message_id', 0);
    const isShoppers = messageId >= FIRST_SHOPPER_MESSAGE_ID;
    if (messageId < 1 || (messageId > chat.lastMessageId && !isShoppers)) {
      return badRequest('message to delete not found');
    }
    this.#chats.record(chat, { method: 'deleteMessage', message_id: messageId }, messageId);
    return succeeded(true, 'deleted');
  }

  sendChatAction(fields: Fields): PartnerAnswer {
    if (chatField(fields) === null) return noChat(fields);
    return textField(fields, 'action') === ''
      ? badRequest('wrong parameter action in request')
      : succeeded(true, 'action');
  }

  /** A message that no chat gets: for answers with a wrong meaning. */
  message(text: string): object {
    return { message_id: 1, from: this.#bot, chat: { id: 1, type: 'private' }, date: nowSec(), text };
  }

  #frame(chat: Chat, messageId: number): object {
    return { message_id: messageId, from: this.#bot, chat: shownChat(chat.id), date: nowSec() };
  }

  #limited(chat: Chat): PartnerAnswer | null {
    if (chat.canary) return null;
    const nowMs = performance.now();
    const waitMs = chat.bucket?.take(nowMs) || this.#overall?.take(nowMs) || 0;
    return waitMs === 0 ? null : tooMany(Math.ceil(waitMs / 1_000));
  }
}

/** What a user sees of a message. */
function visible(message: unknown): unknown[] {
  return ['text', 'entities', 'invoice', 'reply_markup'].map((name) => member(message, name));
}

const BAD_ENTITIES = "can't parse entities: an array of type, offset and length is expected";

/** What a bot says of parts of its text, such as where a link leads; `parse_mode` is not read. null = not readable. */
function entitiesOf(fields: Fields): { entities?: unknown[] } | null {
  const entities = jsonField(fields, 'entities');
  if (entities === undefined) return {};
  const readable =
    Array.isArray(entities) &&
    entities.every(
      (entity) =>
        typeof member(entity, 'type') === 'string' &&
        ['offset', 'length'].every((name) => Number.isSafeInteger(member(entity, name))),
    );
  if (!readable) return null;
  return entities.length > 0 ? { entities } : {};
}

function amountOf(value: unknown): number {
  if (typeof value === 'string') return /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' ? value : Number.NaN;
}

function shownChat(id: string): object {
  if (id.startsWith('@')) return { id: -1, type: 'channel', username: id.slice(1) };
  return { id: Number(id), type: id.startsWith('-') ? 'supergroup' : 'private' };
}

function noChat(fields: Fields): PartnerAnswer {
  return badRequest(textField(fields, 'chat_id') === '' ? 'chat_id is empty' : 'chat not found');
}

const nowSec = (): number => Math.floor(Date.now() / 1_000);
