import { z } from 'zod';
import { BAD_KINDS, LOG_PREFIX, OUTCOMES, type ScriptEvent } from '../../../k6/contract.ts';

// What the load script tells by k6's log. A user's script can write such lines too, so they are checked.

const at = z.number();
const kind = z.enum(BAD_KINDS).nullable();
const text = z.string();

const schema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('load-start'), at }),
  z.object({ event: z.literal('first-start'), journey: text, at }),
  z.object({ event: z.literal('threshold'), at, metric: text, threshold: text, passed: z.boolean() }),
  z.object({
    event: z.literal('canary'),
    at,
    journey: text,
    scheduledAt: z.number(),
    startedAt: z.number(),
    outcome: z.enum(OUTCOMES),
    kind,
    name: text.nullable(),
    detail: text.nullable(),
  }),
  z.object({
    event: z.literal('failed-turn'),
    journey: text,
    intendedAt: z.number(),
    endedAt: z.number(),
    kind,
    at,
    item: text.nullable().catch(null),
    cafe: text.nullable().catch(null),
    name: text,
    detail: text,
  }),
]);

/** The event in a message of k6's log; null = it is another message. */
export function parseScriptEvent(message: string): ScriptEvent | null {
  if (!message.startsWith(LOG_PREFIX)) return null;
  try {
    return schema.parse(JSON.parse(message.slice(LOG_PREFIX.length)));
  } catch {
    return null;
  }
}
