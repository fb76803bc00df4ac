import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { expectShape, partnerCaller } from './partner-calls.ts';

const TRIES = 6;
const PAUSE_SEC = 1;

const botReply = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

/** Calls a method of the Bot API; throws when Telegram does not do it. */
export type BotApi = (method: string, fields: object) => Promise<void>;

/** @param patient tries again what Telegram refuses or does not answer, as it says. */
export function connectBotApi(url: string, token: string, patient: boolean): BotApi {
  const call = partnerCaller();
  const attempt = async (method: string, fields: object) => {
    try {
      return expectShape(await call(`${url}/bot${token}/${method}`, fields), botReply);
    } catch (error) {
      return { ok: false, description: error instanceof Error ? error.message : String(error) };
    }
  };
  return async (method, fields) => {
    for (let triesLeft = patient ? TRIES : 1; ; ) {
      const reply = await attempt(method, fields);
      if (reply.ok) return;
      triesLeft--;
      if (triesLeft === 0) throw new Error(`${method}: ${reply.description}`);
      await sleep((reply.parameters?.retry_after ?? PAUSE_SEC) * 1_000);
    }
  };
}
