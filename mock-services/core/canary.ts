import { CANARY_PREFIX } from '../../scripts/core/canary.ts';

export const isCanary = (key: unknown): boolean => typeof key === 'string' && key.startsWith(CANARY_PREFIX);
