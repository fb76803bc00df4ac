import type { IncomingMessage } from 'node:http';
import { isCanary } from '../../scripts/core/canary.ts';
import { MAX_BODY_BYTES } from '../http/http-limits.ts';
import { type JsonAnswer, notRouted, parseJson, problem } from '../http/json-server.ts';
import { headerKey } from '../http/request-keys.ts';
import { type KnownRoute, Router } from '../http/router.ts';
import type { PartnerBehaviour, PartnerCall } from '../partner.ts';

/** What a call can ask of the faults in force. */
export type Kept = Pick<PartnerCall, 'keptOut' | 'keptClosed'>;

const NO_BODY = { value: undefined };

/** Understands the requests that reach a partner. */
export class Incoming {
  readonly #behaviour: PartnerBehaviour;
  readonly #router: Router;
  readonly #kept: Kept;

  constructor(behaviour: PartnerBehaviour, kept: Kept) {
    this.#behaviour = behaviour;
    this.#router = new Router(behaviour.routes);
    this.#kept = kept;
  }

  /** @param raw null = larger than allowed. @returns a call and its route, or what is refused before the partner sees it. */
  read(
    { url = '/', method = 'GET', headers }: IncomingMessage,
    raw: Buffer | null,
  ): { call: PartnerCall; route: KnownRoute } | { refused: JsonAnswer } {
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const found = this.#router.find(method, path);
    if (found === null || 'allowed' in found) return { refused: notRouted({ method }, found?.allowed) };
    if (raw === null) {
      const message = `a body has at most ${MAX_BODY_BYTES} bytes`;
      return { refused: problem(413, 'BODY_TOO_LARGE', message) };
    }
    const body = this.#bodyOf(raw, headers['content-type']);
    if (body === 'bad') {
      return { refused: problem(400, 'BAD_BODY', 'the body is not what its content-type says') };
    }
    const query = queryAt < 0 ? '' : url.slice(queryAt + 1);
    const { route, params } = found;
    const key = this.#behaviour.keyOf({ body: body.value, params, headers, query }) ?? headerKey(headers);
    const call: PartnerCall = {
      method,
      path,
      query,
      params,
      headers,
      body: body.value,
      raw,
      key,
      canary: isCanary(key),
      keptOut: this.#kept.keptOut,
      keptClosed: this.#kept.keptClosed,
    };
    return { call, route };
  }

  #bodyOf(raw: Buffer, contentType = ''): { value: unknown } | 'bad' {
    if (raw.length === 0) return NO_BODY;
    if (this.#behaviour.readBody) {
      const value = this.#behaviour.readBody(raw, contentType);
      return value === undefined ? 'bad' : { value };
    }
    if (contentType.startsWith('application/x-www-form-urlencoded')) {
      return { value: Object.fromEntries(new URLSearchParams(raw.toString('utf8'))) };
    }
    const parsed = parseJson(raw.toString('utf8'));
    if (parsed !== 'bad-json') return parsed;
    return this.#behaviour.takesAnyBody === true ? NO_BODY : 'bad';
  }
}
