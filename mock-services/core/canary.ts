import { CANARY_PREFIX } from '../../scripts/core/canary.ts';

/** Numbers of the shoppers' and the canaries' chats have 16 digits, the canaries' begin with 2 (k6/shopper.ts). */
export const isCanaryChat = (id: string): boolean => /^2\d{15}$/.test(id);

export const isCanary = (key: unknown): boolean => typeof key === 'string' && key.startsWith(CANARY_PREFIX);
