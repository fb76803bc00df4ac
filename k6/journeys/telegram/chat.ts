import { CANARY_PREFIX, CHAT_OF_CANARY } from '../../../scripts/core/canary.ts';
import type { MessageMatch, MessageSource } from '../../journey-spec.ts';
import { at, capturable, found, isRecord, parseJson, pattern } from '../http/answers.ts';
import type { ChatProgram, Variables } from '../program.ts';

// A shopper's side of a chat with a bot: what the bot has said, and the updates that what the shopper does makes.

/** A message of the bot, an alert in answer to a tap, or the answer to a payment's question. */
export interface Heard {
  /** Epoch ms by our own clock. */
  at: number;
  /** null = no message: nothing that stays in the chat. */
  messageId: number | null;
  text: string;
  buttons: readonly Button[];
  /** What a payment of it says; null = no invoice. */
  invoice: Invoice | null;
  /** Links in its text. */
  links: readonly string[];
  /** The message as Telegram has it. */
  raw: unknown;
  /** The question of a payment that it answers; `ok` = go on. */
  preCheckout: { id: string; ok: boolean } | null;
}

export interface Button {
  label: string;
  url: string | null;
  /** null = a tap sends its label as a text. */
  data: string | null;
}

interface Invoice {
  currency: string;
  total_amount: number;
  invoice_payload: string;
}

export interface Chat {
  readonly program: ChatProgram;
  readonly id: string;
  readonly user: Readonly<Record<string, unknown>>;
  /** Newest first, MOST_SCROLLED at most. */
  heard: Heard[];
  /** Number of the newest record that was read. */
  read: number;
  /** Updates made so far. */
  updates: number;
}

/** Most messages of a chat that are looked through for a button or an invoice, so that a VU does not keep them all. */
const MOST_SCROLLED = 20;
/** Most updates of an order whose ids differ, so that an id stays a safe integer. */
const UPDATES_PER_ORDER = 100;
/** A bot's own messages have lower ids, so that no two in a chat share one. */
const FIRST_MESSAGE_ID = 1_000_001;

export const openChat = (program: ChatProgram, { chatId, firstName, lastName }: Variables): Chat => {
  const id = String(chatId);
  const user = {
    id: Number(id),
    is_bot: false,
    first_name: String(firstName),
    last_name: String(lastName),
    // Bots that make an order's key of it let the partners know a canary (no Telegram name has a hyphen).
    username: `${id.startsWith(CHAT_OF_CANARY) ? CANARY_PREFIX : 'shopper_'}${id}`,
    language_code: 'en',
  };
  return { program, id, user, heard: [], read: 0, updates: 0 };
};

/** What the bot has said since the chat was read last; null = that is no answer of the mocked partner. */
export const listen = (chat: Chat, json: unknown, nowAt: number): Heard[] | null => {
  const records = at(json, 'messages');
  const theirNow = at(json, 'now');
  if (!Array.isArray(records) || typeof theirNow !== 'number') return null;
  const said: Heard[] = [];
  for (let index = 0; index < records.length; index++) {
    const record: unknown = records[index];
    chat.read = Math.max(chat.read, numberAt(record, 'n') ?? 0);
    // By how long ago it was said, whatever the other clock shows.
    const heard = readRecord(record, nowAt - Math.max(0, theirNow - (numberAt(record, 'at') ?? theirNow)));
    if (heard === null) continue;
    if (heard.messageId !== null) {
      chat.heard = [heard, ...chat.heard.filter(({ messageId }) => messageId !== heard.messageId)].slice(
        0,
        MOST_SCROLLED,
      );
    }
    said.push(heard);
  }
  return said;
};

/** What an answer to a look into a chat holds. */
export const heardIn = (body: string): Heard[] => {
  const program = { partnerUrl: '', webhookUrl: null, webhookHeaders: [] };
  const nobody: Chat = { program, id: '', user: {}, heard: [], read: 0, updates: 0 };
  return listen(nobody, parseJson(body), Date.now()) ?? [];
};

const readRecord = (record: unknown, atMs: number): Heard | null => {
  const message = at(record, 'message');
  const about = {
    at: atMs,
    messageId: null,
    buttons: [],
    invoice: null,
    links: [],
    raw: null,
    preCheckout: null,
  };
  if (isRecord(message)) {
    const text = textAt(message, 'text') ?? textAt(message, 'caption') ?? '';
    return {
      ...about,
      messageId: numberAt(message, 'message_id') ?? null,
      text,
      buttons: [
        ...buttonsOf(at(message, 'reply_markup.inline_keyboard')),
        ...buttonsOf(at(record, 'reply_markup.keyboard')),
      ],
      invoice: invoiceOf(message, record),
      links: linksOf(text, at(message, 'entities')),
      raw: message,
    };
  }
  const preCheckout = textAt(record, 'pre_checkout_query_id');
  if (preCheckout !== undefined) {
    const id = { id: preCheckout, ok: at(record, 'ok') === true };
    return { ...about, text: textAt(record, 'error_message') ?? '', preCheckout: id };
  }
  const alert = textAt(record, 'text');
  return alert === undefined || alert === '' ? null : { ...about, text: alert };
};

const textAt = (value: unknown, path: string): string | undefined => {
  const text = at(value, path);
  return typeof text === 'string' ? text : undefined;
};

const numberAt = (value: unknown, path: string): number | undefined => {
  const number = at(value, path);
  return typeof number === 'number' ? number : undefined;
};

const buttonsOf = (rows: unknown): Button[] => {
  if (!Array.isArray(rows)) return [];
  return rows.flat().map((button: unknown) => ({
    label: typeof button === 'string' ? button : (textAt(button, 'text') ?? ''),
    url: textAt(button, 'url') ?? textAt(button, 'web_app.url') ?? null,
    data: textAt(button, 'callback_data') ?? null,
  }));
};

const invoiceOf = (message: unknown, record: unknown): Invoice | null => {
  const currency = textAt(message, 'invoice.currency');
  const total = numberAt(message, 'invoice.total_amount');
  if (currency === undefined || total === undefined) return null;
  return { currency, total_amount: total, invoice_payload: textAt(record, 'invoice_payload') ?? '' };
};

/** Links behind words first, as a bot means them; then addresses in the text. */
const linksOf = (text: string, entities: unknown): string[] => {
  const behind = Array.isArray(entities)
    ? entities.map((entity: unknown) => textAt(entity, 'url')).filter((url) => url !== undefined)
    : [];
  return [...behind, ...(text.match(/https?:\/\/[^\s<>"')\]]+/g) ?? [])].map((url) =>
    url.replace(/[.,;:!?]+$/, ''),
  );
};

export const isWanted = (match: MessageMatch, { text, buttons, invoice }: Heard): boolean => {
  if (match.contains !== null && !text.includes(match.contains)) return false;
  if (match.matches !== null && !pattern(match.matches).test(text)) return false;
  if (match.invoice && invoice === null) return false;
  const { button } = match;
  return button === null || buttons.some(({ label }) => label.includes(button));
};

/** The newest button with this label (or part of it) that is no link. */
export const findButton = ({ heard }: Chat, label: string): { button: Button; message: unknown } | null => {
  for (let index = 0; index < heard.length; index++) {
    const message = heard[index];
    const button = message?.buttons.find((one) => one.url === null && one.label.includes(label));
    if (button !== undefined) return { button, message: message?.raw };
  }
  return null;
};

export const findInvoice = ({ heard }: Chat): Invoice | null => {
  return heard.find(({ invoice }) => invoice !== null)?.invoice ?? null;
};

/** What a message holds where the plan says; undefined for none. */
export const capturedFrom = (heard: Heard, source: MessageSource): string | undefined => {
  switch (source.from) {
    case 'text':
      return found(heard.text, source.find);
    case 'link': {
      const link = linkOf(heard, source.button);
      const value = source.find === null ? capturable(link) : found(link, source.find);
      return value === undefined ? undefined : String(value);
    }
    default:
      return startParameter(heard);
  }
};

const linkOf = ({ buttons, links }: Heard, label: string | null): string | undefined => {
  const button = buttons.find((one) => one.url !== null && (label === null || one.label.includes(label)));
  return button?.url ?? (label === null ? links[0] : undefined);
};

const startParameter = ({ buttons, links }: Heard): string | undefined => {
  // Not at top level, where an expression costs every VU 17 kB. Telegram's longest parameter has 512 characters.
  const deepLink =
    /^(?:https?:\/\/(?:t|telegram)\.me\/\w+\/?\?|tg:\/\/resolve\?)(?:.*&)?start(?:app)?=([\w-]{1,512})/;
  const addresses = [...buttons.map(({ url }) => url ?? ''), ...links];
  for (let index = 0; index < addresses.length; index++) {
    const start = deepLink.exec(addresses[index] ?? '')?.[1];
    if (start !== undefined) return start;
  }
  return undefined;
};

/** The update of a text that the shopper writes; a command is marked as one. */
export const messageUpdate = (chat: Chat, text: string, nowAt: number): string => {
  const command = /^\/\w+(?:@\w+)?/.exec(text)?.[0];
  const entities =
    command === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] };
  return update(chat, 'message', { ...frame(chat, nowAt), text, ...entities });
};

/** The update of a tap: of a button below a message, or of a keyboard whose buttons are texts. */
export const tapUpdate = (
  chat: Chat,
  tapped: { button: Button; message: unknown },
  nowAt: number,
): string => {
  const { data, label } = tapped.button;
  if (data === null) return messageUpdate(chat, label, nowAt);
  return update(chat, 'callback_query', {
    id: queryId(chat),
    from: chat.user,
    message: tapped.message,
    chat_instance: chat.id,
    data,
  });
};

export const preCheckoutUpdate = (chat: Chat, invoice: Invoice): { id: string; update: string } => {
  const id = queryId(chat);
  return { id, update: update(chat, 'pre_checkout_query', { id, from: chat.user, ...invoice }) };
};

export const paymentUpdate = (chat: Chat, invoice: Invoice, nowAt: number): string => {
  const charge = `${chat.id}-${chat.updates}`;
  const payment = { ...invoice, telegram_payment_charge_id: charge, provider_payment_charge_id: charge };
  return update(chat, 'message', { ...frame(chat, nowAt), successful_payment: payment });
};

/** Names its chat, so that the partner knows it though the update went to the bot alone. */
const queryId = ({ id, updates }: Chat): string => id + String(updates + 1).padStart(4, '0');

const frame = (chat: Chat, nowAt: number) => {
  const { id, first_name, last_name, username } = chat.user;
  return {
    message_id: FIRST_MESSAGE_ID + chat.updates,
    from: chat.user,
    chat: { id, type: 'private', first_name, last_name, username },
    date: Math.floor(nowAt / 1_000),
  };
};

const update = (chat: Chat, kind: string, content: object): string => {
  chat.updates += 1;
  // Of rehearsal's step, journey, order and number, which no two updates of a run share; the run's own digits would be too many.
  const order = Number(chat.id.slice(0, 1) + chat.id.slice(4));
  return JSON.stringify({
    update_id: order * UPDATES_PER_ORDER + (chat.updates % UPDATES_PER_ORDER),
    [kind]: content,
  });
};
