import type { Heard } from '../../k6/journeys/telegram/chat.ts';

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
