import { basename } from 'node:path';
import { type ClientSettings, PARTNER_REQUEST_PREFIX, VOUCHER_REQUEST } from '../../k6/contract.ts';
import type { Answer } from '../../k6/effects.ts';
import type { StepSpec } from '../../k6/journey-spec.ts';
import { formatDurationMs } from '../core/quantities.ts';
import type { Redact } from '../core/secrets.ts';
import { sumBy } from '../core/statistics.ts';
import { CANARY_KEYS } from '../run/canaries/canary-streaks.ts';
import { explainChat } from './explain-chat.ts';
import { type Explanation, explainAnswer, received } from './explain-http.ts';
import type { WalkedExchange, WalkedOrder } from './walk.ts';

// Why an order was not confirmed, in the words of the plan.

/**
 * @param order that ended bad
 * @param redact of what is quoted and cut
 */
export function explain(order: WalkedOrder, client: ClientSettings, redact: Redact): Explanation {
  const { journey, end, exchanges } = order;
  if (journey.script !== null) return explainOwnCode(order, client);
  const step = journey.steps[end.at];
  if (step === undefined) return { says: `ended ${end.kind}`, would: null };
  const ofStep = exchanges.filter(({ at }) => at === end.at);
  const { says, would } = notRedeemed(order, ofStep) ?? byKind(order, step, ofStep, { client, redact });
  return { says: `step ${end.at + 1} ${step.name}: ${says}`, would };
}

/** Only its code knows what it wanted; what it was given can be said. */
function explainOwnCode(
  { journey: { script }, exchanges, end, thrown }: WalkedOrder,
  client: ClientSettings,
): Explanation {
  const file = script === null ? '' : basename(script.file);
  if (thrown !== null) return { says: `${file}: ${thrown}`, would: null };
  const last = exchanges.at(-1);
  if (last === undefined) return { says: `${file} ended ${end.kind} before it sent anything`, would: null };
  if (end.kind === 'timeout' && last.answer.error === null) {
    const over = `client.patience (${formatDurationMs(client.patienceMs)}) was over`;
    return {
      says: `${over} after request ${last.at + 1} ${last.name} ${received(last.answer)}`,
      would: null,
    };
  }
  const { says, would } =
    last.answer.error === null
      ? { says: received(last.answer), would: `an answer that ${file} confirms` }
      : noAnswer(last.answer, client);
  return { says: `request ${last.at + 1} ${last.name}: ${says}`, would };
}

/** The order was confirmed, but its voucher was not redeemed as it should be. */
function notRedeemed(
  { journey: { redeems }, variables }: WalkedOrder,
  ofStep: readonly WalkedExchange[],
): Explanation | null {
  const last = ofStep.at(-1);
  if (redeems === null || last?.name !== VOUCHER_REQUEST) return null;
  const code = String(variables[redeems.variable]);
  const known = last.answer.status === 200 ? 'not been redeemed once' : 'never been given out';
  return {
    says: `the order is confirmed, but its code ${code} has ${known}: partner ${redeems.partner} says ${last.answer.status} ${last.answer.body ?? ''}`,
    would: `a target that redeems the code of each order once, ${CANARY_KEYS}`,
  };
}

function byKind(
  order: WalkedOrder,
  step: StepSpec,
  ofStep: readonly WalkedExchange[],
  { client, redact }: { client: ClientSettings; redact: Redact },
): Explanation {
  const { kind } = order.end;
  const patience = `client.patience (${formatDurationMs(client.patienceMs)})`;
  // Looks into a chat and its partner's answers are ours; what the target said is what can be wrong.
  const said = ofStep.filter(({ name }) => !name.startsWith(PARTNER_REQUEST_PREFIX)).at(-1);
  if (kind === 'slow') {
    return {
      says: `the right answer, but ${formatDurationMs(order.end.endedAt - order.end.intendedAt)} after the shopper meant to act, later than slo.slowAfter (${formatDurationMs(client.slowAfterMs)})${client.thinkTime === null ? slowest(order) : ''}`,
      would: 'a faster target, or a larger slo.slowAfter',
    };
  }
  if (kind === 'local') return { says: 'a mock partner or this machine failed, not the target', would: null };
  if (kind === 'gave-up') {
    const last = said ? `; at last it ${received(said.answer)}` : '';
    return { says: `still told to wait when ${patience} was over${last}`, would: 'a result within patience' };
  }
  if (said !== undefined && said.answer.error !== null) return noAnswer(said.answer, client);
  if (step.kind === 'telegram') return inChat(order, ofStep, said, { patience, redact });
  if (said !== undefined) return explainAnswer(step, said, { variables: order.variables, redact });
  if (kind === 'timeout') return { says: `not begun: ${patience} was over before it`, would: null };
  return {
    says: `${step.path} leads away from the target: ${linkOf(step.path, order)}`,
    would: 'a link that begins with target.baseUrl',
  };
}

/** Without think time all steps are one turn, and the last of them need not be the slow one. */
function slowest({ journey, exchanges }: WalkedOrder): string {
  const tookMs = journey.steps.map((_, index) =>
    sumBy(exchanges, ({ at, tookMs: ms, waitedMs }) => (at === index ? ms + waitedMs : 0)),
  );
  const mostMs = Math.max(...tookMs);
  const index = tookMs.indexOf(mostMs);
  return tookMs.length < 2
    ? ''
    : `; ${formatDurationMs(mostMs)} of it in step ${index + 1} ${journey.steps[index]?.name}`;
}

function linkOf(path: string, { variables }: WalkedOrder): string {
  return String(variables[path.replace(/[{}\s]/g, '')]);
}

function inChat(
  order: WalkedOrder,
  ofStep: readonly WalkedExchange[],
  delivery: WalkedExchange | undefined,
  { patience, redact }: { patience: string; redact: Redact },
): Explanation {
  const { journey, end, exchanges, variables } = order;
  const step = journey.steps[end.at];
  if (step?.kind !== 'telegram') return { says: `ended ${end.kind}`, would: null };
  const refused = delivery !== undefined && (delivery.answer.status < 200 || delivery.answer.status > 299);
  if (refused)
    return {
      says: `the webhook ${received(delivery.answer)}, so the bot has not taken the update`,
      would: wouldTake(delivery.answer),
    };
  const lines = (list: readonly WalkedExchange[]) => list.flatMap(({ chat }) => chat ?? []);
  const about = explainChat({
    step,
    heard: lines(ofStep),
    heardBefore: lines(exchanges.filter(({ at }) => at < end.at)),
    acted: ofStep.some(({ chat }) => chat === null),
    variables,
    redact,
  });
  return end.kind === 'timeout' ? { ...about, says: `when ${patience} was over, ${about.says}` } : about;
}

function wouldTake({ status }: Answer): string {
  if (status === 401 || status === 403)
    return 'the secret of your bot’s setWebhook, as `secret` of the journey';
  return status === 404 ? 'another path as `webhook` of the journey' : 'any 2xx';
}

const NO_ANSWER: Readonly<Record<NonNullable<Answer['error']>, string>> = {
  timeout: 'no answer in time',
  refused: 'the connection was refused',
  reset: 'the connection broke before the answer was complete',
  network: 'no connection (name, TLS or protocol)',
  local:
    'this machine could not send it (open files, ports or memory, a header with a line break, an answer over 64 MB)',
};

function noAnswer({ error }: Answer, client: ClientSettings): Explanation {
  const within = `client.timeout (${formatDurationMs(client.timeoutMs)}) and client.patience (${formatDurationMs(client.patienceMs)})`;
  return {
    says: NO_ANSWER[error ?? 'network'],
    would: error === 'timeout' ? `an answer within ${within}` : null,
  };
}
