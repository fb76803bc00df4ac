import { createServer, type ServerResponse } from 'node:http';
import type { ClientSettings } from '../../k6/contract.ts';
import type { JourneySpec } from '../../k6/journey-spec.ts';
import { closeServer, listen } from '../../mock-services/http/http-limits.ts';
import { type CheckedJourney, checkedJourney } from '../../scripts/check/outcome.ts';
import { walkOrder } from '../../scripts/check/walk.ts';
import { CLIENT, LOAD_SPEC } from '../support/journeys.ts';

/** How a route answers: a status with a body (text, or made to JSON) and headers; or whatever it does itself. */
export type Route =
  | { status?: number; json?: unknown; body?: string; headers?: Record<string, string> }
  | ((response: ServerResponse) => void);

export interface Checking {
  /** By method and path, e.g. `POST /orders`; a list is answered in turn, its last one again. */
  routes?: Record<string, Route | Route[]>;
  /** Of a target that runs elsewhere, instead of one with the routes. */
  baseUrl?: string;
  client?: Partial<ClientSettings>;
  partnerUrls?: Record<string, string>;
  secrets?: string[];
}

/** Checks one order of a journey against a real server. */
export async function checkOrder(journey: JourneySpec, checking: Checking): Promise<CheckedJourney> {
  const { routes = {}, secrets = [], partnerUrls = {} } = checking;
  const client = { ...CLIENT, timeoutMs: 2_000, patienceMs: 2_000, ...checking.client };
  const server = createServer((request, response) => {
    const listed = routes[`${request.method} ${request.url}`] ?? { status: 404 };
    const route = Array.isArray(listed) ? (listed.length > 1 ? listed.shift() : listed[0]) : listed;
    request.resume();
    if (typeof route === 'function') return route(response);
    const {
      status = 200,
      json,
      body = json === undefined ? '' : JSON.stringify(json),
      headers,
    } = route ?? {};
    response.writeHead(status, headers).end(body);
  });
  const ownUrl = await listen(server, '127.0.0.1', 0);
  try {
    const spec = {
      ...LOAD_SPEC,
      baseUrl: checking.baseUrl ?? ownUrl,
      journeys: [journey],
      client,
      cafes: [{ name: 'beanhouse', shareRatio: 1, menu: ['tea'], movesRatio: 0 }],
      partnerUrls,
      people: [{ firstName: 'Ann', lastName: 'Lee', street: '1 High Street', city: 'Ely' }],
    };
    const signal = new AbortController().signal;
    return checkedJourney(await walkOrder(journey, spec, { signal, onExchange: () => {} }), client, secrets);
  } finally {
    await closeServer(server);
  }
}
