import { z } from 'zod';
import { ADMIN, INJECTED_PREFIX } from '../contract.ts';
import { type JsonAnswer, type JsonRequest, notRouted, problem } from '../http/json-server.ts';
import { FAULT_KINDS, type FaultSpec } from '../registry.ts';
import type { Mocks } from './mocks-control.ts';

const stockBody = z.record(z.string(), z.record(z.string(), z.int().nonnegative()));
const resetBody = z.object({ stock: stockBody.optional() }).optional();
const timelineBody = z.object({ startAt: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });
const clearBody = z.object({ id: z.string() }).partial().optional();
const faultBody = z.looseObject({ kind: z.enum(kindsOf(FAULT_KINDS)) });

function kindsOf<Kind extends string>(registry: Readonly<Record<Kind, unknown>>): Kind[] {
  return Object.keys(registry).filter((kind): kind is Kind => Object.hasOwn(registry, kind));
}

type Action = (body: unknown) => JsonAnswer | Promise<JsonAnswer>;

/** The admin API over the running mocks. */
export function adminHandler(mocks: Mocks): (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer> {
  const ok = (body: unknown = { ok: true }): JsonAnswer => ({ status: 200, body });
  const taking =
    <Body>(shape: z.ZodType<Body>, act: (body: Body) => JsonAnswer): Action =>
    (body) => {
      const parsed = shape.safeParse(body);
      return parsed.success ? act(parsed.data) : problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
    };
  const orUnknown = (unknown: string | null, body: () => unknown): JsonAnswer =>
    unknown === null ? ok(body()) : problem(400, 'UNKNOWN_STOCK', unknown);
  let lastInjected = 0;

  const inject: Action = taking(faultBody, (body) => {
    const parsed = FAULT_KINDS[body.kind].schema.safeParse({ at: 0, ...body });
    if (!parsed.success) return problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
    const fault: FaultSpec = { id: `${INJECTED_PREFIX}${++lastInjected}`, ...parsed.data };
    const wrong = mocks.inject(fault);
    return wrong === null ? { status: 201, body: { id: fault.id } } : problem(400, 'BAD_FAULT', wrong);
  });
  const metrics: Action = async () => ({
    status: 200,
    body: await mocks.metricsText(),
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });

  const routes = new Map<string, Readonly<Record<string, Action>>>([
    [ADMIN.health, { GET: () => ok() }],
    [ADMIN.state, { GET: () => ok(mocks.state()) }],
    [ADMIN.ledger, { GET: () => ok(mocks.ledger()) }],
    [ADMIN.metrics, { GET: metrics }],
    [
      ADMIN.stock,
      {
        GET: () => ok(mocks.stock()),
        POST: taking(stockBody, (stock) => orUnknown(mocks.restock(stock), mocks.stock)),
      },
    ],
    [
      ADMIN.reset,
      { POST: taking(resetBody, (body) => orUnknown(mocks.reset(body?.stock ?? {}), mocks.state)) },
    ],
    [
      ADMIN.timelineStart,
      {
        POST: taking(timelineBody, ({ startAt }) => {
          mocks.startTimeline(startAt);
          return ok(mocks.state());
        }),
      },
    ],
    [
      ADMIN.timelineStop,
      {
        POST: () => {
          mocks.stopTimeline();
          return ok(mocks.state());
        },
      },
    ],
    [ADMIN.inject, { POST: inject }],
    [
      ADMIN.clear,
      {
        POST: taking(clearBody, (body) =>
          mocks.clear(body?.id ?? null)
            ? ok(mocks.state())
            : problem(404, 'UNKNOWN_FAULT', `no fault ${body?.id} is in force or to come`),
        ),
      },
    ],
  ]);

  return (request) => {
    const methods = routes.get(request.path);
    const action = methods && Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    return action ? action(request.body) : notRouted(request, methods && Object.keys(methods));
  };
}
