import type { MessageMatch, MessageSource, TelegramStep } from '../../k6/journey-spec.ts';
import type { Variables } from '../../k6/journeys/program.ts';
import { type Heard, isWanted } from '../../k6/journeys/telegram/chat.ts';
import type { Redact } from '../core/secrets.ts';
import { nearest } from '../plan/source/nearest.ts';
import type { Explanation } from './explain-http.ts';

// What about a bot's messages was not as the plan wants it.

export interface Conversation {
  step: TelegramStep;
  /** What the bot said in this step, and in the whole order. */
  heard: readonly Heard[];
  heardBefore: readonly Heard[];
  /** The shopper could do what the step says. */
  acted: boolean;
  variables: Variables;
  /** Of what is quoted and cut. */
  redact: Redact;
}

export function explainChat(conversation: Conversation): Explanation {
  const { step, heard, heardBefore, acted, variables, redact } = conversation;
  const quoted = quoteWith(redact);
  if (!acted) return nothingToDo(step, [...heardBefore, ...heard], quoted);
  const messages = heard.filter(({ messageId }) => messageId !== null);
  const refused = heard.find(({ preCheckout }) => preCheckout?.ok === false);
  if (refused) return { says: `the bot refused the payment: ${quoted(refused.text)}`, would: null };
  const said = messages.length === 0 ? 'nothing' : messages.map(({ text }) => quoted(text)).join(', ');
  const missing = Object.entries(step.capture).filter(([name]) => variables[name] === undefined);
  const wanted =
    missing.length > 0 && messages.some((message) => step.reply === null || isWanted(step.reply, message))
      ? `there is nothing to capture as ${missing.map(([name, source]) => `${name} (${placeOf(source, quoted)})`).join(', ')} in the message that reply wants`
      : `${step.confirms ? 'confirmed' : 'reply'} wants ${wants(step.reply, quoted)}`;
  return {
    says: `the bot said ${said}; ${wanted}${linksIn(messages, quoted)}`,
    would: wouldMatch(step, messages, redact),
  };
}

function nothingToDo({ act }: TelegramStep, heard: readonly Heard[], quoted: Quote): Explanation {
  if (act.do !== 'tap') return { says: 'the bot has sent no invoice that could be paid', would: null };
  const labels = [...new Set(heard.flatMap(({ buttons }) => buttons.map(({ label }) => label)))];
  const near = nearest(act.button, labels);
  return {
    says: `there is no button ${quoted(act.button)}; the chat has ${labels.length === 0 ? 'none' : labels.map(quoted).join(', ')}`,
    would: near && `tap: ${quoted(near)}`,
  };
}

function wants(match: MessageMatch | null, quoted: Quote): string {
  if (match === null) return 'any message';
  const { contains, matches, button, invoice } = match;
  return [
    ...(contains === null ? [] : [`a text with ${quoted(contains)}`]),
    ...(matches === null ? [] : [`a text that matches /${matches}/`]),
    ...(button === null ? [] : [`a button ${quoted(button)}`]),
    ...(invoice ? ['an invoice'] : []),
  ].join(' and ');
}

/** The same text in other letters, else what the newest message shows. */
function wouldMatch({ reply }: TelegramStep, messages: readonly Heard[], redact: Redact): string | null {
  const quoted = quoteWith(redact);
  const newest = messages.at(-1);
  if (reply === null || newest === undefined || messages.some((one) => isWanted(reply, one))) return null;
  const contains = reply.contains?.toLowerCase() ?? '';
  for (const { text } of contains === '' ? [] : messages) {
    const at = text.toLowerCase().indexOf(contains);
    if (at !== -1) return `contains: ${quoted(text.slice(at, at + contains.length))}`;
  }
  const label = newest.buttons[0]?.label;
  if (newest.invoice !== null) return 'invoice: true';
  const words = fixedWords(redact(newest.text));
  if (words !== '') return `contains: ${quoted(words)}`;
  return label === undefined ? null : `button: ${quoted(label)}`;
}

/** The longest part of the first line without digits, which are another order's next time. */
function fixedWords(text: string): string {
  const parts = (text.trim().split('\n')[0] ?? '').split(/\S*\d\S*/).map((part) => part.trim());
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

function placeOf(source: MessageSource, quoted: Quote): string {
  switch (source.from) {
    case 'text':
      return `by /${source.find}/`;
    case 'link':
      return source.button === null ? 'a link' : `the link of button ${quoted(source.button)}`;
    case 'start':
      return 'a deep link with ?start=';
  }
}

function linksIn(messages: readonly Heard[], quoted: Quote): string {
  const buttons = messages.flatMap((line) => line.buttons.map(({ label }) => label));
  const links = messages.flatMap((line) => line.links);
  return [
    buttons.length === 0 ? '' : `; its buttons: ${buttons.map(quoted).join(', ')}`,
    links.length === 0 ? '' : `; its links: ${links.join(', ')}`,
  ].join('');
}

const LONGEST_QUOTE = 120;

type Quote = (text: string) => string;

function quoteWith(redact: Redact): Quote {
  return (text) => {
    const safe = redact(text);
    return JSON.stringify(safe.length > LONGEST_QUOTE ? `${safe.slice(0, LONGEST_QUOTE)}…` : safe);
  };
}
