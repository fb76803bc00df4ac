import { Agent, request } from 'undici';
import type { z } from 'zod';

/** What a partner answered. Anything else (timeouts, network) is an exception. */
export interface PartnerReply {
  status: number;
  body: unknown;
}

/** A partner said something that the shop cannot work with. */
class PartnerFailure extends Error {}

/** GET without a body, else POST of JSON. */
export type PartnerCall = (url: string, body?: unknown, signal?: AbortSignal) => Promise<PartnerReply>;

/** Connections are kept and opened as needed: 300 orders/s that wait 2 s each need 600 of them. */
export function partnerCaller(): PartnerCall {
  const dispatcher = new Agent({
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 5_000,
  });
  return async (url, body, signal) => {
    const reply = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      dispatcher,
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: reply.statusCode, body: await reply.body.json() };
  };
}

export function expectShape<Shape extends z.ZodType>(reply: PartnerReply, shape: Shape): z.output<Shape> {
  const parsed = shape.safeParse(reply.body);
  if (parsed.success) return parsed.data;
  throw new PartnerFailure(`partner answered ${reply.status}`);
}
