import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { duration } from '../../scripts/core/quantities.ts';
import { isLocalUrl } from '../core/local-address.ts';
import {
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerRoute,
  partnerKeys,
  refusal,
} from '../partner.ts';

const MAX_ANSWER_BYTES = 10_000_000;
const MAX_CONNECTIONS = 1_000;
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
] as const satisfies readonly Dispatcher.HttpMethod[];

/** Headers of one connection, not of the message (RFC 9110, 7.6.1), and those that the transport sets itself. */
const OF_THE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'host',
  'expect',
];

const schema = z
  .strictObject({
    kind: z.literal('proxy'),
    ...partnerKeys,
    /** Origin of the real service, perhaps with a path that is put before each request's. */
    upstream: z.url({
      protocol: /^https?$/,
      error: 'an http or https address, such as http://127.0.0.1:4010',
    }),
    /** Hosts outside this machine that may be called: they get the load of the rehearsal. */
    allowHosts: z.array(z.string().min(1).max(255)).default([]),
    /** How long the upstream may take, ms. */
    timeout: duration({ minMs: 10 }).default(10_000),
  })
  .superRefine(({ upstream, allowHosts }, context) => {
    if (!URL.canParse(upstream)) return;
    const { hostname } = new URL(upstream);
    if (isLocalUrl(upstream) || allowHosts.includes(hostname)) return;
    context.addIssue({
      code: 'custom',
      path: ['upstream'],
      message: `an address of this machine, or a host that allowHosts names (${hostname} would get the load)`,
    });
  });

type ProxySpec = z.output<typeof schema>;

/** A real upstream, with our faults on top. */
class UpstreamProxy implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = [
    { method: '*', path: '/*', act: (call) => this.#forward(call) },
  ];
  readonly takesAnyBody = true;
  readonly #upstream: string;
  readonly #agent: Agent;

  constructor({ upstream, timeout }: ProxySpec) {
    this.#upstream = upstream.replace(/\/+$/, '');
    this.#agent = new Agent({
      connections: MAX_CONNECTIONS,
      keepAliveTimeout: 30_000,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connectTimeout: timeout,
    });
  }

  keyOf(): null {
    return null;
  }

  reset(): void {}

  close(): void {
    void this.#agent.destroy();
  }

  /** Its own latency comes on top of what the upstream takes. */
  async #forward(call: PartnerCall): Promise<PartnerAnswer> {
    const askedAtMs = performance.now();
    const answer = await this.#ask(call);
    return { ...answer, waitedMs: performance.now() - askedAtMs };
  }

  async #ask({ method, path, query, headers, raw }: PartnerCall): Promise<PartnerAnswer> {
    const known = METHODS.find((one) => one === method);
    if (!known) return refusal(405, 'METHOD_NOT_ALLOWED', `${method} is not passed on`);
    try {
      const reply = await request(this.#upstream + path + (query === '' ? '' : `?${query}`), {
        method: known,
        dispatcher: this.#agent,
        headers: passedOn(headers),
        ...(raw.length > 0 ? { body: raw } : {}),
      });
      const body = await limitedBody(reply.body);
      if (body === null) {
        return failedUpstream(502, 'UPSTREAM_TOO_LARGE', `its answer has over ${MAX_ANSWER_BYTES} bytes`);
      }
      return { status: reply.statusCode, body, headers: passedOn(reply.headers), outcome: 'proxied' };
    } catch (error) {
      const timedOut = error instanceof Error && /Timeout/.test(error.name);
      const message = error instanceof Error ? error.message : String(error);
      return timedOut
        ? failedUpstream(504, 'UPSTREAM_TIMEOUT', message)
        : failedUpstream(502, 'UPSTREAM_FAILED', message);
    }
  }
}

export const proxyPartner = {
  schema,
  open: (spec: ProxySpec): PartnerBehaviour => new UpstreamProxy(spec),
};

/** null = larger than is passed on. */
async function limitedBody(body: Dispatcher.ResponseData['body']): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      body.destroy();
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const failedUpstream = (status: number, code: string, message: string): PartnerAnswer => ({
  ...refusal(status, code, message),
  outcome: 'upstream-failed',
});

function passedOn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const dropped = new Set([
    ...OF_THE_CONNECTION,
    ...String(headers['connection'] ?? '')
      .toLowerCase()
      .split(/, */),
  ]);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !dropped.has(name)) kept[name] = value;
  }
  return kept;
}
