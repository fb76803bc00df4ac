import { parseJson } from '../http/json-server.ts';
import { multipartFields } from './multipart.ts';

/** Parameters of a call of the Bot API, from its query and its body. */
export type Fields = ReadonlyMap<string, unknown>;

/** A body that is not what its content type says. */
const UNREADABLE = 'unreadable';

/** A mapping of fields, or a mark that the body cannot be read: for `readBody` of a partner. */
export function readFields(raw: Buffer, contentType: string): object | typeof UNREADABLE {
  const type = contentType.toLowerCase();
  if (type.startsWith('multipart/form-data')) return multipartFields(raw, contentType) ?? UNREADABLE;
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(raw.toString('utf8')));
  }
  const parsed = parseJson(raw.toString('utf8'));
  if (parsed === 'bad-json') return UNREADABLE;
  return isMapping(parsed.value) ? parsed.value : UNREADABLE;
}

/** null = the body could not be read. What the body says goes before the query. */
export function fieldsOf(body: unknown, query: string): Fields | null {
  if (body === UNREADABLE) return null;
  return new Map<string, unknown>([
    ...(query === '' ? [] : new URLSearchParams(query)),
    ...(isMapping(body) ? Object.entries(body) : []),
  ]);
}

export function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of an object that came as JSON. */
export function member(value: unknown, name: string): unknown {
  return isMapping(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** '' when it is not there. Clients may send numbers and truth values as such or as text. */
export function textField(fields: Fields, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

export function integerField(fields: Fields, name: string, byDefault: number): number {
  const text = textField(fields, name);
  return /^-?\d{1,15}$/.test(text) ? Number(text) : byDefault;
}

export function truthField(fields: Fields, name: string): boolean {
  return ['true', '1', 'yes'].includes(textField(fields, name).toLowerCase());
}

/** A value that clients send as JSON, or as text that is JSON; undefined = not there, null = no JSON. */
export function jsonField(fields: Fields, name: string): unknown {
  const value = fields.get(name);
  if (typeof value !== 'string') return value;
  if (value === '') return undefined;
  const parsed = parseJson(value);
  return parsed === 'bad-json' ? null : parsed.value;
}

/** The chat that a call is for, as text; null = it names none that could be one. */
export function chatField(fields: Fields): string | null {
  const text = textField(fields, 'chat_id');
  return /^(?:-?[1-9]\d{0,15}|@\w{1,64})$/.test(text) ? text : null;
}
