/** Order keys of canaries begin with this; partners keep such orders out of stock, money and invariants. */
export const CANARY_PREFIX = 'canary-';

export const isCanary = (key: unknown): boolean => typeof key === 'string' && key.startsWith(CANARY_PREFIX);

/** Numbers of chats have 16 digits; by the first one shoppers' and canaries' are told apart. */
export const CHAT_OF_SHOPPER = '1';
export const CHAT_OF_CANARY = '2';

export const isCanaryChat = (id: string): boolean => id.startsWith(CHAT_OF_CANARY) && /^\d{16}$/.test(id);
