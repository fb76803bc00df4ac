import { type ClientSettings, isPolite } from '../../k6/contract.ts';
import { redacted, redactor } from '../core/secrets.ts';
import { type ChatLine, chatLine } from './chat-lines.ts';
import { credentialsOf } from './credentials.ts';
import { explain } from './explain.ts';
import type { WalkedExchange, WalkedOrder } from './walk.ts';

/** What became of one journey's order; `--json` prints these as they are (docs/commands.md). Free of secrets. */
export interface CheckedJourney {
  journey: string;
  result: 'confirmed' | 'sold-out' | 'closed' | 'failed';
  tookMs: number;
  /** Number of the step with which the order ended, from 1, and its name. */
  step: number;
  stepName: string;
  /** Outcome's kind as in the report (docs/measurement.md); null unless it failed. */
  kind: string | null;
  /** A value of the answer names the order that was confirmed: something proves it. */
  named: boolean;
  /** Item that the answer named as sold out. */
  item: string | null;
  /** What did not match; null unless it failed. */
  says: string | null;
  /** What would have matched, where that is known. */
  would: string | null;
  exchanges: readonly CheckedExchange[];
}

export interface CheckedExchange {
  /** Number of the step, from 1. */
  step: number;
  name: string;
  /** Wait before the request (retry, Retry-After, ticket). */
  waitedMs: number;
  request: { method: string; url: string; headers: Readonly<Record<string, string>>; body: string | null };
  answer: {
    /** 0 without an answer. */
    status: number;
    error: string | null;
    tookMs: number;
    headers: Readonly<Record<string, string>>;
    body: string | null;
  };
  captured: Readonly<Record<string, string | number | boolean>>;
  /** What a bot said, when its chat was looked into; null = another request. */
  chat: readonly ChatLine[] | null;
}

/** What every request carries, whatever the plan says. */
const OWN_HEADERS = new Set(['user-agent', 'x-load-test', 'traceparent']);

/** @param secrets to be hidden beside its own credentials */
export function checkedExchange(exchange: WalkedExchange, secrets: readonly string[]): CheckedExchange {
  const { at, name, waitedMs, request, answer, tookMs, captured, chat } = exchange;
  const headers = Object.entries(request.headers).filter(([key]) => !OWN_HEADERS.has(key.toLowerCase()));
  return redacted(
    {
      step: at + 1,
      name,
      waitedMs,
      request: { ...request, headers: Object.fromEntries(headers) },
      answer: {
        status: answer.status,
        error: answer.error,
        tookMs,
        headers: Object.fromEntries(
          Object.entries(answer.headers).flatMap(([key, value]) =>
            value === undefined ? [] : [[key, value]],
          ),
        ),
        body: answer.body,
      },
      captured,
      chat: chat === null ? null : chat.map(chatLine),
    },
    redactor([...secrets, ...credentialsOf(exchange)]),
  );
}

export function checkedJourney(
  order: WalkedOrder,
  client: ClientSettings,
  secrets: readonly string[],
): CheckedJourney {
  const { journey, exchanges, end, tookMs } = order;
  const result = resultOf(order);
  const hidden = [...secrets, ...exchanges.flatMap(credentialsOf)];
  const redact = redactor(hidden);
  const why = result === 'failed' ? explain(order, client, redact) : null;
  const { says = null, would = null } = why ?? {};
  return redacted(
    {
      journey: journey.name,
      result,
      tookMs,
      step: end.at + 1,
      stepName: journey.steps[end.at]?.name ?? exchanges.at(-1)?.name ?? '',
      kind: end.kind,
      named: result === 'confirmed' && end.proven,
      item: end.item,
      says,
      would,
      exchanges: exchanges.map((exchange) => checkedExchange(exchange, hidden)),
    },
    redact,
  );
}

function resultOf({ end }: WalkedOrder): CheckedJourney['result'] {
  if (isPolite(end.outcome)) return end.outcome;
  return end.outcome === 'bad' || end.outcome === 'generator' ? 'failed' : 'confirmed';
}
