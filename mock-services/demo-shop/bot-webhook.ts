import { problem } from '../http/json-server.ts';
import type { Bot } from './bot.ts';
import type { Action } from './shop.ts';

/**
 * The naive shop acknowledges an update when all is done, and not at all when something failed, so that Telegram
 * sends it again; the resilient one at once, and does the rest after it.
 *
 * @param secret null = anybody may send updates.
 */
export function botWebhook(
  bot: Bot,
  { mode, secret }: { mode: 'naive' | 'resilient'; secret: string | null },
): Action {
  return async ({ headers, body }) => {
    if (secret !== null && headers['x-telegram-bot-api-secret-token'] !== secret) {
      return problem(401, 'UNAUTHORIZED', 'the secret token is not that of the webhook');
    }
    const work = bot(body, `http://${headers.host}`);
    if (!work) return problem(400, 'BAD_INPUT', 'this is no update');
    // Whoever waits in the chat gets no answer then: nothing else is left to try.
    if (mode === 'resilient') void work.catch(() => {});
    else await work;
    return { status: 200, body: {} };
  };
}
