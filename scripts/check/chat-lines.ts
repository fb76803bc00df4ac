import type { Answer } from '../../k6/effects.ts';
import { parseJson } from '../../k6/journeys/answers.ts';
import { type Chat, type Heard, listen } from '../../k6/journeys/telegram-chat.ts';

// What a bot said, as short as people read it.

/** A message of the bot, an alert in answer to a tap, or its answer to the question before a payment. */
export interface ChatLine {
  said: 'message' | 'alert' | 'agreed to payment' | 'refused payment';
  text: string;
  /** Labels of its buttons; of a link with the address behind. */
  buttons: readonly string[];
  /** Price of an invoice in the smallest units of its currency, e.g. `350 EUR`; null = it is none. */
  invoice: string | null;
  links: readonly string[];
}

/** What the mocked partner's answer to a look into the chat holds. */
export function heardIn({ body }: Answer): Heard[] {
  const all: Heard[] = [];
  const listener: Chat = { program: NO_CHAT, id: '', user: {}, heard: [], read: 0, updates: 0 };
  listen(listener, parseJson(body ?? ''), Date.now(), (heard) => all.push(heard));
  return all;
}

const NO_CHAT: Chat['program'] = { partnerUrl: '', webhookUrl: null, webhookHeaders: [] };

export function chatLine({ text, buttons, invoice, links, messageId, preCheckout }: Heard): ChatLine {
  const agreed = preCheckout?.ok ? 'agreed to payment' : 'refused payment';
  return {
    said: preCheckout !== null ? agreed : messageId === null ? 'alert' : 'message',
    text,
    buttons: buttons.map(({ label, url }) => (url === null ? label : `${label} -> ${url}`)),
    invoice: invoice && `${invoice.total_amount} ${invoice.currency}`,
    links,
  };
}
