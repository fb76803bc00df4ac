import { isCanary } from '../../scripts/core/canary.ts';
import { isMapping, member } from './fields.ts';

/** Telegram keeps messages for a day, and queries as long as a shopper would wait for an answer. */
const MESSAGE_KEPT_MS = 86_400_000;
const QUERY_KEPT_MS = 150_000;

/** An update on its way to the bot. */
export interface PendingUpdate {
  id: number;
  /** `message`, `callback_query`, `pre_checkout_query`, … */
  kind: string;
  /** Updates of one chat reach a webhook one after the other. */
  chat: string;
  canary: boolean;
  /** Of a callback or pre-checkout query. */
  queryId: string | null;
  /** Of a message that the user wrote. */
  messageId: number;
  /** On the clock of performance.now(). */
  expiresAtMs: number;
  /** The whole update. */
  json: string;
}

/** An update as a shopper hands it in, its `update_id` replaced by the next one; null = it is none. */
export function readUpdate(body: unknown, nextId: number, nowMs: number): PendingUpdate | null {
  if (!isMapping(body)) return null;
  const parts = Object.entries(body).filter(([name]) => name !== 'update_id');
  const [part] = parts;
  if (part === undefined || parts.length !== 1) return null;
  const [kind, payload] = part;
  if (!isMapping(payload)) return null;
  const from = member(payload, 'from');
  const isQuery = kind.endsWith('_query');
  const queryId = isQuery ? idText(member(payload, 'id')) : null;
  if (isQuery && queryId === null) return null;
  const message = member(payload, 'message');
  const chat =
    idText(member(member(payload, 'chat'), 'id')) ??
    idText(member(member(message, 'chat'), 'id')) ??
    idText(member(from, 'id'));
  if (chat === null) return null;
  const messageId = member(payload, 'message_id');
  return {
    id: nextId,
    kind,
    chat,
    canary: ['first_name', 'username'].some((name) => isCanary(member(from, name))),
    queryId,
    messageId: typeof messageId === 'number' && Number.isSafeInteger(messageId) ? messageId : 0,
    expiresAtMs: nowMs + (isQuery ? QUERY_KEPT_MS : MESSAGE_KEPT_MS),
    json: JSON.stringify({ update_id: nextId, [kind]: payload }),
  };
}

function idText(id: unknown): string | null {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  return typeof id === 'string' && id.length > 0 && id.length <= 64 ? id : null;
}
