import { SHORTEST_SECRET } from '../core/secrets.ts';
import type { WalkedExchange } from './walk.ts';

// Whatever lets somebody in is hidden where people read it, also when it comes from the target and not from the plan.

const HEADERS = /^(?:authorization|proxy-authorization|cookie|x-api-key|x-telegram-bot-api-secret-token)$/i;
const VARIABLES = /token|secret|passw|session|jwt|auth/i;

/** Sessions and tokens of an exchange: in its headers, its cookies, and captured under a name that says so. */
export function credentialsOf({ request, answer, captured }: WalkedExchange): string[] {
  const sent = Object.entries(request.headers)
    .filter(([name]) => HEADERS.test(name))
    // Of `Bearer abc` it is `abc`.
    .map(([, value]) => value.replace(/^[A-Za-z]+ +/, ''));
  const cookies = (answer.headers['set-cookie'] ?? '').matchAll(/(?:^|, )[^=;,\s]+=([^;,]+)/g);
  const kept = Object.entries(captured).flatMap(([name, value]) =>
    VARIABLES.test(name) ? [String(value)] : [],
  );
  return [...sent, ...[...cookies].map(([, value = '']) => value), ...kept].filter(
    (value) => value.length >= SHORTEST_SECRET,
  );
}
