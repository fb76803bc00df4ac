import { formatDurationMs } from '../core/quantities.ts';
import { plainText } from '../core/text/plain-text.ts';
import type { ChatLine } from './chat-lines.ts';
import type { CheckedExchange, CheckedJourney } from './outcome.ts';

// What people read of a check: `>` is what was sent, `<` what was answered.

const LONGEST_BODY = 600;
const LONGEST_VALUE = 160;

/** Empty for a look into a chat in which nothing was said. */
export function exchangeLines(exchange: CheckedExchange): string[] {
  const { step, name, waitedMs, request, answer, captured, chat } = exchange;
  const values = Object.entries(captured).map(
    ([key, value]) => `    ${key} = ${cut(String(value), LONGEST_VALUE)}`,
  );
  if (chat !== null && answer.status === 200) return [...chat.map(chatLine), ...values];
  const after = waitedMs === 0 ? '' : `again after ${formatDurationMs(waitedMs)}: `;
  // A step over HTTP is called by its request.
  const label = /^[A-Z]+ [/{]/.test(name) ? '' : `${plainText(name)}: `;
  const { status, error, tookMs } = answer;
  const said = error === null ? `${status} in ${tookMs} ms` : `no answer: ${error} after ${tookMs} ms`;
  return [
    `  ${step} ${after}${label}${cut(`${request.method} ${request.url}`, LONGEST_BODY)}`,
    ...headerLines('>', request.headers),
    ...bodyLines('>', request.body),
    `    < ${said}`,
    ...headerLines('<', answer.headers),
    ...bodyLines('<', answer.body),
    ...values,
  ];
}

function chatLine({ said, text, buttons, invoice, links }: ChatLine): string {
  const parts = [
    said === 'message' ? 'bot:' : `bot ${said}:`,
    text,
    invoice === null ? '' : `(invoice of ${invoice})`,
    ...buttons.map((label) => `[${label}]`),
    ...(links.length === 0 ? [] : [`(${links.join(', ')})`]),
  ];
  return `    < ${cut(parts.filter((part) => part !== '').join(' '), LONGEST_BODY)}`;
}

function headerLines(mark: '<' | '>', headers: CheckedExchange['request']['headers']): string[] {
  return Object.entries(headers).map(([name, value]) => `    ${mark} ${name}: ${cut(value, LONGEST_VALUE)}`);
}

function bodyLines(mark: '<' | '>', body: string | null): string[] {
  return body === null || body.trim() === '' ? [] : [`    ${mark} ${cut(body, LONGEST_BODY)}`];
}

/** On one line, without anything that could drive a terminal. */
function cut(text: string, longest: number): string {
  const line = plainText(text.replace(/\s+/g, ' ').trim());
  const characters = Array.from(line);
  if (characters.length <= longest) return line;
  return `${characters.slice(0, longest).join('')}… (${text.length} characters)`;
}

/** A page that says "sorry" may be answered with 200, too. */
const NOTHING_PROVES = [
  '  warning: nothing proves this order, and the report will say so; let `confirmed` name a value of the answer',
  '  that only an order has, such as { has: order.id }, or capture one of a header or of the text (`find`)',
];

export function journeyLines(checked: CheckedJourney): string[] {
  const { result, tookMs, named, item, says, would, step, stepName } = checked;
  switch (result) {
    case 'confirmed':
      return [`  confirmed in ${tookMs} ms`, ...(named ? [] : NOTHING_PROVES)];
    case 'sold-out':
      return [
        item === null
          ? `  SOLD OUT, as step ${step} ${stepName} says; no order was confirmed`
          : `  SOLD OUT: step ${step} ${stepName} says that there is no ${plainText(item)} left; no order was confirmed`,
      ];
    case 'closed':
      return [`  CLOSED, as step ${step} ${stepName} says; no order was confirmed`];
    case 'failed':
      return [
        `  NOT CONFIRMED: ${plainText(says ?? '')}`,
        ...(would === null ? [] : [`  would match: ${plainText(would)}`]),
      ];
  }
}

export function summaryLine(checked: readonly CheckedJourney[]): string {
  const confirmed = checked.filter(({ result }) => result === 'confirmed').length;
  return `${confirmed} of ${checked.length} ${checked.length === 1 ? 'journey' : 'journeys'} confirmed`;
}
