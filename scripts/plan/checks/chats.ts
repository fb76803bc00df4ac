import type { PartnerSpec } from '../../../mock-services/registry.ts';
import { sumBy } from '../../core/statistics.ts';
import { type ChatInput, messageCounts, type TelegramInput } from '../schema/journeys-schema.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { templateUses } from '../source/templates.ts';
import { headerFindings } from './headers.ts';
import { ofKind, type PlanParts, SHARES_TOLERANCE } from './parts.ts';
import {
  answerFindings,
  captureFindings,
  dataFindings,
  noCondition,
  stepsFindings,
  unknownVariables,
  variablesAtStart,
} from './steps.ts';

// Journeys in a chat: what is wrong between their keys, their turns and the partners that they name.

const ACTS = ['send', 'tap', 'pay'] as const;

/** A Telegram journey, together with the one in which its orders go on. */
export function telegramFindings(journey: TelegramInput, path: PlanPath, parts: PlanParts): Finding[] {
  const known = variablesAtStart(journey.data, parts);
  const findings = [...dataFindings(journey.data, path), ...partnerFindings(journey, path, parts)];
  for (const [index, turn] of journey.turns.entries()) {
    const at = [...path, 'turns', index];
    findings.push(...turnFindings(turn, at));
    findings.push(...ACTS.flatMap((act) => unknownVariables(templateUses(turn[act], [...at, act]), known)));
    for (const name of Object.keys(turn.capture)) known.add(name);
  }
  findings.push(...thenFindings(journey, path, parts, known));
  const next = parts.journeys.find(({ name }) => name === journey.then)?.read;
  const proven = journey.turns.some(({ confirmed }) => confirmed) || next?.kind === 'steps';
  if (!proven && journey.then === undefined) {
    findings.push({
      code: 'nothing-confirmed',
      path: [...path, 'turns'],
      at: 'key',
      message: 'no turn says what proves an order',
      allowed: 'at least one turn with confirmed, such as { matches: "Order \\\\d+" }, or then',
    });
  }
  for (const name of Object.keys(journey.redeems ?? {})) {
    if (!known.has(name)) {
      const message = 'no turn captures this variable';
      findings.push({
        code: 'unknown-variable',
        path: [...path, 'redeems', name],
        at: 'key',
        message,
        allowed: [...known].join(', '),
      });
    }
  }
  return findings;
}

function turnFindings(turn: TelegramInput['turns'][number], path: PlanPath): Finding[] {
  const findings: Finding[] = [];
  const acts = ACTS.filter((act) => turn[act] !== undefined);
  if (acts.length !== 1) {
    const message = acts.length === 0 ? 'the shopper does nothing' : `the shopper does ${acts.length} things`;
    findings.push({ code: 'one-act', path, message, allowed: `exactly one of ${ACTS.join(', ')}` });
  }
  if (turn.reply && turn.confirmed) {
    const message = 'confirmed says already which message the shopper waits for';
    findings.push({
      code: 'two-replies',
      path: [...path, 'reply'],
      at: 'key',
      message,
      allowed: 'one of reply, confirmed',
    });
  }
  for (const answer of ['reply', 'confirmed', 'soldOut', 'closed', 'queued'] as const) {
    const match = turn[answer];
    if (match && Object.keys(match).length === 0) {
      findings.push(noCondition([...path, answer], 'contains, matches, button, invoice'));
    }
    findings.push(
      ...templateUses(match, [...path, answer]).map(({ path: at }) => ({
        code: 'no-variables-here',
        path: at,
        message: 'what a message says is compared as it is written: variables are not replaced',
        allowed: 'a text without {{variables}}, or matches with an expression for what differs',
      })),
    );
  }
  return [...findings, ...captureFindings(turn.capture, path)];
}

/** Partners that the journey names, or leaves to be found. */
function partnerFindings({ partner, redeems }: TelegramInput, path: PlanPath, parts: PlanParts): Finding[] {
  const telegrams = ofKind(parts.partners, 'telegram').map(({ name }) => name);
  const findings: Finding[] = [];
  if (partner === undefined && telegrams.length !== 1) {
    const message = `there ${telegrams.length === 0 ? 'is no partner' : `are ${telegrams.length} partners`} of kind telegram`;
    findings.push({ ...noSuchPartner(path, 'telegram', telegrams), at: 'key', message });
  } else if (partner !== undefined && !telegrams.includes(partner)) {
    findings.push(noSuchPartner([...path, 'partner'], 'telegram', telegrams));
  }
  const promos = ofKind(parts.partners, 'promo').map(({ name }) => name);
  const entries = Object.entries(redeems ?? {});
  if (entries.length > 1) {
    const message = `an order redeems one voucher, here are ${entries.length}`;
    findings.push({ code: 'one-voucher', path: [...path, 'redeems'], message, allowed: 'one variable' });
  }
  for (const [variable, name] of entries) {
    if (!promos.includes(name)) findings.push(noSuchPartner([...path, 'redeems', variable], 'promo', promos));
  }
  return findings;
}

function noSuchPartner(path: PlanPath, kind: PartnerSpec['kind'], names: readonly string[]): Finding {
  return {
    code: 'unknown-partner',
    path,
    message: `is no partner of kind ${kind}`,
    allowed: names.length > 0 ? `one of ${names.join(', ')}` : `a partner of kind ${kind} under partners`,
  };
}

function thenFindings(
  journey: TelegramInput,
  path: PlanPath,
  parts: PlanParts,
  known: Set<string>,
): Finding[] {
  const { then: second } = journey;
  if (second === undefined) return [];
  const next = parts.journeys.find(({ name }) => name === second);
  const names = parts.journeys.filter(({ read }) => read?.kind === 'steps').map(({ name }) => name);
  if (next?.read === undefined ? next === undefined : next.read.kind !== 'steps') {
    const message = `there is no journey of kind steps called ${second}`;
    return [
      {
        code: 'unknown-journey',
        path: [...path, 'then'],
        message,
        allowed: names.join(', ') || 'a journey of kind steps',
      },
    ];
  }
  if (next?.read?.kind !== 'steps') return [];
  for (const name of Object.keys(next.read.data)) known.add(name);
  return stepsFindings(next.read.steps, next.read.data, ['journeys', second], known);
}

export function chatFindings(journey: ChatInput, path: PlanPath, known: ReadonlySet<string>): Finding[] {
  const { headers, order } = journey;
  return [
    ...dataFindings(journey.data, path),
    ...headerFindings(headers, path),
    ...answerFindings(order, [...path, 'order']),
    ...talkVariables(journey, path, known),
    ...talkFindings(journey, path),
  ];
}

/** Variables in what is sent; `message` is what the shopper says, and stands in the body only. */
function talkVariables(journey: ChatInput, path: PlanPath, known: ReadonlySet<string>): Finding[] {
  const { headers, json, order, messages, post } = journey;
  const inBody = new Set([...known, 'message']);
  return [
    ...unknownVariables(templateUses(post, [...path, 'post']), known),
    ...unknownVariables(templateUses(headers, [...path, 'headers']), known),
    ...unknownVariables(templateUses(json, [...path, 'json']), inBody),
    ...unknownVariables(templateUses(messages, [...path, 'messages']), known),
    ...unknownVariables(templateUses(order.message, [...path, 'order', 'message']), known),
  ];
}

/** What is missing in a talk, and how many messages it takes. */
function talkFindings({ json, order, messages, turns }: ChatInput, path: PlanPath): Finding[] {
  const counts = messageCounts(turns);
  const findings: Finding[] = [];
  const add = (code: string, key: keyof ChatInput, message: string, allowed: string): void => {
    findings.push({ code, path: [...path, key], at: 'key', message, allowed });
  };
  if (!order.confirmed) {
    add(
      'nothing-confirmed',
      'order',
      'nothing says what proves an order',
      'confirmed, such as { has: order.id }',
    );
  }
  if (!templateUses(json, []).some(({ name }) => name === 'message')) {
    add(
      'message-unused',
      'json',
      'what the shopper says is nowhere in the body',
      '{{message}} in one of its texts',
    );
  }
  if (messages.length === 0 && counts.some(({ count }) => count > 1)) {
    add('nothing-said', 'turns', 'shoppers have nothing to say before they order', 'messages, or turns: 1');
  }
  const total = sumBy(counts, ({ shareRatio }) => shareRatio);
  if (counts.length === 0 || Math.abs(total - 1) > SHARES_TOLERANCE) {
    add(
      'shares-sum',
      'turns',
      'the shares of the numbers of messages do not sum to 100%',
      '100% in all; min not above max',
    );
  }
  return findings;
}
