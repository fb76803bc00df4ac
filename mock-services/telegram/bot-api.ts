import { CANARY_PREFIX } from '../../scripts/core/canary.ts';
import { TokenBucket } from '../../scripts/core/token-bucket.ts';
import type { PartnerAnswer } from '../partner.ts';
import { badRequest, succeeded } from './answers.ts';
import { BotUpdates } from './bot-updates.ts';
import { Chats } from './chats.ts';
import { chatField, type Fields, fieldsOf, textField, truthField } from './fields.ts';
import { Messages } from './messages.ts';
import { Queries } from './queries.ts';

export type Method = (fields: Fields) => PartnerAnswer | Promise<PartnerAnswer>;

export interface BotSettings {
  token: string;
  username: string;
  /** Messages per second, null = any number. */
  limitPerSec: number | null;
  chatLimitPerSec: number | null;
  chatBurst: number;
}

/** Methods that answer true and do nothing. */
const AGREED = [
  'setMyCommands',
  'deleteMyCommands',
  'setMyName',
  'setMyDescription',
  'setMyShortDescription',
  'setChatMenuButton',
  'setMyDefaultAdministratorRights',
  'answerInlineQuery',
  'answerShippingQuery',
  'setMessageReaction',
  'pinChatMessage',
  'unpinChatMessage',
  'leaveChat',
  'logOut',
  'close',
] as const;
/** Telegram does not do these for a bot that asks in the body of an acknowledgement. */
const NOT_IN_REPLIES = /^(?:get|setwebhook$|deletewebhook$|logout$|close$)/i;

/** One bot as Telegram knows it. */
export class BotApi {
  readonly #chats: Chats;
  readonly #queries = new Queries();
  readonly messages: Messages;
  readonly updates: BotUpdates;
  readonly #byName: ReadonlyMap<string, Method>;
  /** As Telegram documents them, those that bots call most first. */
  readonly names: readonly string[];

  constructor(settings: BotSettings) {
    const { limitPerSec, chatLimitPerSec, chatBurst } = settings;
    this.#chats = new Chats(() =>
      chatLimitPerSec === null ? null : new TokenBucket(chatLimitPerSec, chatBurst),
    );
    const overall =
      limitPerSec === null ? null : new TokenBucket(limitPerSec, Math.max(1, Math.ceil(limitPerSec)));
    this.messages = new Messages(this.#chats, shownBot(settings), overall);
    this.updates = new BotUpdates({
      chats: this.#chats,
      queries: this.#queries,
      callBack: (method, fields) => this.#callBack(method, fields),
    });
    const methods = this.#methods(settings);
    this.names = Object.keys(methods);
    this.#byName = new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]));
  }

  /** Whatever its case. */
  method(name: string): Method | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** Whether the bot is there: it has asked for updates, or set its webhook. */
  get isListening(): boolean {
    return this.updates.isAsked;
  }

  /** A call in the body of an acknowledgement that a shopper brings. */
  callBackWith(body: unknown): void {
    const fields = fieldsOf(body, '');
    if (fields) this.#callBack(textField(fields, 'method'), fields);
  }

  #callBack(method: string, fields: Fields): void {
    if (NOT_IN_REPLIES.test(method)) return;
    try {
      void this.method(method)?.(fields);
    } catch {
      // The bot does not learn what came of such a call; and nothing that it sends may end the mocks.
    }
  }

  #methods(settings: BotSettings): Record<string, Method> {
    const { messages, updates } = this;
    return {
      sendMessage: (fields) => messages.sendMessage(fields),
      answerCallbackQuery: (fields) => this.#answerCallbackQuery(fields),
      editMessageText: (fields) => messages.editMessageText(fields),
      getUpdates: (fields) => updates.getUpdates(fields),
      sendInvoice: (fields) => messages.sendInvoice(fields),
      answerPreCheckoutQuery: (fields) => this.#answerPreCheckoutQuery(fields),
      sendChatAction: (fields) => messages.sendChatAction(fields),
      editMessageReplyMarkup: (fields) => messages.editMessageReplyMarkup(fields),
      deleteMessage: (fields) => messages.deleteMessage(fields),
      getMe: () => succeeded(shownMe(settings), 'info'),
      setWebhook: (fields) => updates.setWebhook(fields),
      deleteWebhook: (fields) => updates.deleteWebhook(fields),
      getWebhookInfo: () => updates.getWebhookInfo(),
      getMyCommands: () => succeeded([], 'info'),
      ...Object.fromEntries(AGREED.map((name) => [name, () => succeeded(true, 'agreed')])),
    };
  }

  #answerCallbackQuery(fields: Fields): PartnerAnswer {
    const id = textField(fields, 'callback_query_id');
    if (id === '') return badRequest('parameter "callback_query_id" is required');
    const text = textField(fields, 'text');
    if (text.length > 200) return badRequest('MESSAGE_TOO_LONG');
    const url = textField(fields, 'url');
    this.#recordAnswer(id, {
      method: 'answerCallbackQuery',
      callback_query_id: id,
      text,
      show_alert: truthField(fields, 'show_alert'),
      ...(url === '' ? {} : { url }),
    });
    return succeeded(true, 'answered');
  }

  #answerPreCheckoutQuery(fields: Fields): PartnerAnswer {
    const id = textField(fields, 'pre_checkout_query_id');
    const ok = truthField(fields, 'ok');
    const reason = textField(fields, 'error_message');
    if (!ok && reason === '') return badRequest('parameter "error_message" is required');
    if (!this.#queries.answerPreCheckout(id, performance.now())) {
      return badRequest('query is too old and response timeout expired or query ID is invalid');
    }
    this.#recordAnswer(id, {
      method: 'answerPreCheckoutQuery',
      pre_checkout_query_id: id,
      ok,
      ...(ok ? {} : { error_message: reason }),
    });
    return succeeded(true, ok ? 'answered' : 'declined');
  }

  #recordAnswer(queryId: string, content: object): void {
    const chat = this.#queries.chatOf(queryId);
    if (chat !== null) this.#chats.record(this.#chats.meet(chat), content, null);
  }

  /** What the bot did in a chat, for the shopper in it. */
  async read(chat: string, after: number, timeoutMs: number): Promise<PartnerAnswer> {
    const beganAtMs = performance.now();
    const { records, missed } = await this.#chats.meet(chat).waitAndRead(after, timeoutMs);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `{"now":${Date.now()},"messages":[${records.join(',')}],"missed":${missed}}`,
      outcome: 'read',
      waitedMs: performance.now() - beganAtMs,
    };
  }

  /** Makes a call recognisable: by its chat, else by its query. Those of a prober begin with `canary-`. */
  keyOf(fields: Fields): string | null {
    const chat = chatField(fields);
    if (chat !== null) return this.#marked(chat, `chat:${chat}`);
    const query = textField(fields, 'callback_query_id') || textField(fields, 'pre_checkout_query_id');
    if (query === '') return null;
    return this.#marked(this.#queries.chatOf(query) ?? '', `query:${query}`);
  }

  #marked(chat: string, key: string): string {
    return this.#chats.get(chat)?.canary === true ? `${CANARY_PREFIX}${key}` : key;
  }

  reset(): void {
    this.#chats.clear();
    this.#queries.clear();
    this.updates.reset();
  }

  close(): void {
    this.updates.close();
    this.#chats.clear();
  }
}

function shownBot({ token, username }: BotSettings): object {
  return { id: Number(token.slice(0, token.indexOf(':'))), is_bot: true, first_name: 'Peakproof', username };
}

function shownMe(settings: BotSettings): object {
  return {
    ...shownBot(settings),
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
  };
}
