import { z } from 'zod';
import { ADMIN, INJECTED_PREFIX } from '../contract.ts';
import { type JsonAnswer, type JsonRequest, notRouted, problem } from '../http/json-server.ts';
import { FAULT_KINDS, type FaultSpec } from '../registry.ts';
import type { MocksControl } from './mocks-control.ts';
import { SHORTEST_SLICE_MS } from './slice-clock.ts';

const stockBody = z.record(z.string(), z.record(z.string(), z.int().nonnegative()));
const resetBody = z.object({ stock: stockBody.optional() }).optional();
const timelineBody = z.object({
  startAt: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  sliceMs: z.number().int().min(SHORTEST_SLICE_MS).max(60_000).optional(),
});
const clearBody = z.object({ id: z.string() }).partial().optional();
const faultBody = z.looseObject({ kind: z.enum(kindsOf(FAULT_KINDS)) });

function kindsOf<Kind extends string>(registry: Readonly<Record<Kind, unknown>>): Kind[] {
  return Object.keys(registry).filter((kind): kind is Kind => Object.hasOwn(registry, kind));
}

type Action = (body: unknown) => JsonAnswer | Promise<JsonAnswer>;
type Routes = Readonly<Record<string, Readonly<Record<string, Action>>>>;

/** The admin API over the running mocks. */
export function adminHandler(
  mocks: MocksControl,
): (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer> {
  const routes = new Map(
    Object.entries({ ...readRoutes(mocks), ...stepRoutes(mocks), ...faultRoutes(mocks) }),
  );
  return (request) => {
    const methods = routes.get(request.path);
    const action = methods && Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    return action ? action(request.body) : notRouted(request, methods && Object.keys(methods));
  };
}

function readRoutes(mocks: MocksControl): Routes {
  const metrics: Action = async () => ({
    status: 200,
    body: await mocks.metricsText(),
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });
  return {
    [ADMIN.health]: { GET: () => ok({ ok: true }) },
    [ADMIN.state]: { GET: () => ok(mocks.state()) },
    [ADMIN.ledger]: { GET: () => ok(mocks.ledger()) },
    [ADMIN.metrics]: { GET: metrics },
  };
}

/** What a step begins and ends with. */
function stepRoutes(mocks: MocksControl): Routes {
  const restock = taking(stockBody, (stock) => {
    const unknown = mocks.restock(stock);
    return unknown === null ? ok(mocks.stock()) : problem(400, 'UNKNOWN_STOCK', unknown);
  });
  const reset = taking(resetBody, (body) => {
    const unknown = mocks.reset(body?.stock ?? {});
    return unknown === null ? ok(mocks.state()) : problem(400, 'UNKNOWN_STOCK', unknown);
  });
  const start = taking(timelineBody, ({ startAt, sliceMs }) => {
    mocks.startTimeline(startAt, sliceMs);
    return ok(mocks.state());
  });
  const stop: Action = () => {
    mocks.stopTimeline();
    return ok(mocks.state());
  };
  return {
    [ADMIN.stock]: { GET: () => ok(mocks.stock()), POST: restock },
    [ADMIN.reset]: { POST: reset },
    [ADMIN.timelineStart]: { POST: start },
    [ADMIN.timelineStop]: { POST: stop },
  };
}

/** Faults beside the plan's. */
function faultRoutes(mocks: MocksControl): Routes {
  let lastInjected = 0;
  const inject = taking(faultBody, (body) => {
    const parsed = FAULT_KINDS[body.kind].schema.safeParse({ at: 0, ...body });
    if (!parsed.success) return problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
    const fault: FaultSpec = { id: `${INJECTED_PREFIX}${++lastInjected}`, ...parsed.data };
    const wrong = mocks.inject(fault);
    return wrong === null ? { status: 201, body: { id: fault.id } } : problem(400, 'BAD_FAULT', wrong);
  });
  const clear = taking(clearBody, (body) =>
    mocks.clear(body?.id ?? null)
      ? ok(mocks.state())
      : problem(404, 'UNKNOWN_FAULT', `no fault ${body?.id} is in force or to come`),
  );
  return { [ADMIN.inject]: { POST: inject }, [ADMIN.clear]: { POST: clear } };
}

const ok = (body: unknown): JsonAnswer => ({ status: 200, body });

function taking<Body>(shape: z.ZodType<Body>, act: (body: Body) => JsonAnswer): Action {
  return (body) => {
    const parsed = shape.safeParse(body);
    return parsed.success ? act(parsed.data) : problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
  };
}
