import { z } from 'zod';
import { ADMIN } from './contract.ts';
import { type JsonAnswer, type JsonRequest, notRouted, problem } from './json-server.ts';
import type { Mocks } from './mocks-control.ts';

const resetBody = z
  .object({ stock: z.record(z.string(), z.record(z.string(), z.int().nonnegative())).optional() })
  .optional();
const timelineBody = z.object({ startAt: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

type Action = (body: unknown) => JsonAnswer | Promise<JsonAnswer>;

/** The admin API over the running mocks. */
export function adminHandler(mocks: Mocks): (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer> {
  const ok = (body: unknown = { ok: true }): JsonAnswer => ({ status: 200, body });

  const reset: Action = (body) => {
    const parsed = resetBody.safeParse(body);
    if (!parsed.success) return problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
    const unknown = mocks.reset(parsed.data?.stock ?? {});
    return unknown === null ? ok(mocks.state()) : problem(400, 'UNKNOWN_STOCK', unknown);
  };
  const startTimeline: Action = (body) => {
    const parsed = timelineBody.safeParse(body);
    if (!parsed.success) return problem(400, 'BAD_INPUT', z.prettifyError(parsed.error));
    mocks.startTimeline(parsed.data.startAt);
    return ok(mocks.state());
  };
  const stopTimeline: Action = () => {
    mocks.stopTimeline();
    return ok(mocks.state());
  };
  const metrics: Action = async () => ({
    status: 200,
    body: await mocks.metricsText(),
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });

  const routes = new Map<string, readonly [string, Action]>([
    [ADMIN.health, ['GET', () => ok()]],
    [ADMIN.state, ['GET', () => ok(mocks.state())]],
    [ADMIN.ledger, ['GET', () => ok(mocks.ledger())]],
    [ADMIN.metrics, ['GET', metrics]],
    [ADMIN.reset, ['POST', reset]],
    [ADMIN.timelineStart, ['POST', startTimeline]],
    [ADMIN.timelineStop, ['POST', stopTimeline]],
  ]);

  return (request) => {
    const route = routes.get(request.path);
    if (route?.[0] !== request.method) return notRouted(request, route && [route[0]]);
    return route[1](request.body);
  };
}
