import { z } from 'zod';
import { amount, latency } from '../../scripts/core/quantities.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import {
  type Keyed,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  type PartnerRoute,
  partnerKeys,
  valueAt,
} from '../partner.ts';
import { RememberedAnswers } from '../supply/remembered-answers.ts';
import { fillTemplate, hasTemplate, type TemplateSource } from '../supply/template.ts';

const MAX_ROUTES = 200;

const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;

const routeSchema = z.strictObject({
  status: amount({ min: 200, max: 599, integer: true }).default(200),
  /** JSON, or a text; `{{variables}}` in its texts are replaced. Without it the answer has no body. */
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Added to the partner's own latency. */
  latency: latency().default({ shape: 'fixed', ms: 0 }),
  /** Where the request's key stands: `body.orderId`, `param.id`, `query.q` or `header.x-order`; null = in the usual headers. */
  key: z
    .string()
    .regex(
      /^(body|param|query|header)\.[^\s.]+(\.[^\s.]+)*$/,
      'such as body.orderId, param.id, query.q or header.x-order',
    )
    .nullable()
    .default(null),
  /** A repeated key gets the answer of the first, with status 200. */
  once: z.boolean().default(false),
});

const schema = z.strictObject({
  kind: z.literal('http'),
  ...partnerKeys,
  /** `POST /charges` → what is answered; `:name` stands for one part of a path, a last `*` for all that follows. */
  routes: z
    .record(
      z.string().regex(ROUTE, 'a method and a path, such as POST /charges or GET /orders/:id'),
      routeSchema,
    )
    .refine((routes) => {
      const { length } = Object.keys(routes);
      return length > 0 && length <= MAX_ROUTES;
    }, `1 to ${MAX_ROUTES} routes`),
});

type RouteSpec = z.output<typeof routeSchema>;

type HttpSpec = z.output<typeof schema>;

/** Any other partner: what it answers stands in the plan. */
class HttpService implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[];
  readonly takesAnyBody = true;
  /** Where keys may stand. */
  readonly #places: readonly string[];
  readonly #repeats = new RememberedAnswers();

  constructor(spec: HttpSpec, { name, seed }: PartnerContext) {
    const routes = Object.entries(spec.routes);
    this.#places = [...new Set(routes.flatMap(([, { key }]) => (key === null ? [] : [key])))];
    this.routes = routes.map(([label, route]) => {
      const [, method = 'GET', path = '/'] = ROUTE.exec(label) ?? [];
      return {
        method,
        path,
        act: once(label, route, this.#repeats, answering(route, { name, seed, label })),
      };
    });
  }

  keyOf(call: Keyed): string | null {
    for (const place of this.#places) {
      const key = keyAt(place, call);
      if (key !== null) return key;
    }
    return null;
  }

  reset(): void {
    this.#repeats.clear();
  }
}

export const httpPartner = {
  schema,
  open: (spec: HttpSpec, context: PartnerContext): PartnerBehaviour => new HttpService(spec, context),
};

function answering(
  route: RouteSpec,
  { name, seed, label }: { name: string; seed: number; label: string },
): (call: PartnerCall) => PartnerAnswer {
  const { status, body, headers, latency: own } = route;
  const answer = { status, outcome: String(status), headers: typedHeaders(headers, body) };
  const takesMs = (call: PartnerCall): number =>
    own.shape === 'fixed'
      ? own.ms
      : drawLatencyMs(own, seed, `${name} ${label} ${call.path} ${call.key ?? ''}`);
  if (!hasTemplate(body)) {
    const ready = { ...answer, body: textOf(body) };
    if (own.shape === 'fixed') {
      const constant = own.ms === 0 ? ready : { ...ready, takesMs: own.ms };
      return () => constant;
    }
    return (call) => ({ ...ready, takesMs: takesMs(call) });
  }
  return (call) => {
    const source: TemplateSource = { call, seed, origin: `${name} ${label}` };
    return { ...answer, body: textOf(fillTemplate(body, source)), takesMs: takesMs(call) };
  };
}

/** Serialised once where nothing in it changes. As text: Node writes a Buffer apart from the headers, for up to a quarter more CPU. */
const textOf = (body: unknown): string =>
  body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);

function typedHeaders(headers: Readonly<Record<string, string>>, body: unknown): Record<string, string> {
  const own = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    'content-type':
      typeof body === 'string' || body === undefined ? 'text/plain; charset=utf-8' : 'application/json',
    ...own,
  };
}

function once(
  label: string,
  { once: remembered }: RouteSpec,
  repeats: RememberedAnswers,
  answer: (call: PartnerCall) => PartnerAnswer,
): PartnerRoute['act'] {
  if (!remembered) return answer;
  return (call) => {
    if (call.key === null) return answer(call);
    const id = `${label} ${call.path} ${call.key}`;
    const earlier = repeats.get(id);
    if (earlier) return { ...earlier, status: 200, outcome: 'repeated' };
    const first = answer(call);
    if (!call.canary) repeats.add(id, first, id.length + String(first.body).length);
    return first;
  };
}

function keyAt(place: string, { body, params, query, headers }: Keyed): string | null {
  const [where = '', ...path] = place.split('.');
  const name = path.join('.');
  const value: unknown =
    where === 'body'
      ? valueAt(body, ...path)
      : where === 'param'
        ? params[name]
        : where === 'query'
          ? new URLSearchParams(query).get(name)
          : headers[name.toLowerCase()];
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 512) || null : null;
}
