import { type Fields, isMapping, jsonField, member } from './fields.ts';

const MAX_CALLBACK_DATA_BYTES = 64;
/** What Telegram keeps of a button; libraries send more, such as telegraf's `hide`. */
const BUTTON_FIELDS = [
  'text',
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'copy_text',
  'pay',
];

export interface Markup {
  /** Shown by the message itself, and part of it. */
  inline: object | null;
  /** Anything else: a keyboard in place of the user's own, or its removal. */
  other: object | null;
}

/** The keyboard of a message, or what is wrong with it. */
export function readMarkup(fields: Fields): Markup | { problem: string } {
  const value = jsonField(fields, 'reply_markup');
  if (value === undefined) return { inline: null, other: null };
  if (!isMapping(value)) return { problem: "can't parse reply keyboard markup JSON object" };
  const rows = member(value, 'inline_keyboard');
  if (rows === undefined) return { inline: null, other: value };
  if (!Array.isArray(rows) || !rows.every(Array.isArray)) {
    return { problem: "can't parse inline keyboard: an array of arrays of buttons is expected" };
  }
  for (const button of rows.flat()) {
    const text = member(button, 'text');
    if (typeof text !== 'string' || text === '') {
      return { problem: "can't parse inline keyboard button: it has no text" };
    }
    const data = member(button, 'callback_data');
    if (data !== undefined && !isCallbackData(data)) return { problem: 'BUTTON_DATA_INVALID' };
  }
  const shown = rows.map((row) => row.map(shownButton)).filter((row) => row.length > 0);
  return { inline: shown.length > 0 ? { inline_keyboard: shown } : null, other: null };
}

function isCallbackData(data: unknown): boolean {
  if (typeof data !== 'string' || data === '') return false;
  return Buffer.byteLength(data) <= MAX_CALLBACK_DATA_BYTES;
}

function shownButton(button: unknown): object {
  const kept = BUTTON_FIELDS.map((name) => [name, member(button, name)]);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}
