import { z } from 'zod';
import { partnerUrlVariable } from '../contract.ts';

const wholeNumber = (max: number) => z.coerce.number().int().min(0).max(max);

const environment = z.object({
  PORT: wholeNumber(65_535).default(0),
  HOST: z.string().default('127.0.0.1'),
  DEMO_SHOP_MODE: z.enum(['naive', 'resilient']).default('naive'),
  DEMO_SHOP_ANSWERS: z.enum(['normal', 'ticket', 'busy', 'prose']).default('normal'),
  DEMO_SHOP_LIMIT: wholeNumber(1_000_000).default(400),
  DEMO_SHOP_WORKERS: wholeNumber(1_000_000).default(64),
  DEMO_CAFE: z.string().default('beanhouse'),
  DEMO_PAYMENT: z.string().default('pay'),
  DEMO_PROMO: z.string().default('promo'),
  DEMO_TELEGRAM: z.string().default('telegram'),
  DEMO_SHOP_BOT_TOKEN: z.string().default('1000001:peakproof-mock'),
  DEMO_SHOP_BOT_SECRET: z.string().default(''),
});

export interface ShopSettings {
  /** 0 = any free one. */
  port: number;
  host: string;
  mode: 'naive' | 'resilient';
  /** `ticket`: a queue ticket for every order; `busy`: 503 with Retry-After at first; `prose`: an apology. */
  answers: 'normal' | 'ticket' | 'busy' | 'prose';
  /** Orders per second that the resilient shop takes. */
  limitPerSec: number;
  /** Orders that the naive shop works on at once. */
  workers: number;
  /** Without `promo` it has no vouchers, without `telegram` no bot. */
  urls: { cafe: string; payment: string; promo: string | null; telegram: string | null };
  bot: {
    token: string;
    /** What Telegram sends with each update; null = anybody may send some. */
    secret: string | null;
  };
}

/** @returns the settings, or every problem with the environment, one line each. */
export function readSettings(env: NodeJS.ProcessEnv): ShopSettings | { problems: string[] } {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    };
  }
  const values = parsed.data;
  const cafe = env[partnerUrlVariable(values.DEMO_CAFE)];
  const payment = env[partnerUrlVariable(values.DEMO_PAYMENT)];
  if (!cafe || !payment) {
    const missing = [...(cafe ? [] : [values.DEMO_CAFE]), ...(payment ? [] : [values.DEMO_PAYMENT])];
    return { problems: missing.map((name) => `${partnerUrlVariable(name)} must hold the partner's address`) };
  }
  return {
    port: values.PORT,
    host: values.HOST,
    mode: values.DEMO_SHOP_MODE,
    answers: values.DEMO_SHOP_ANSWERS,
    limitPerSec: values.DEMO_SHOP_LIMIT,
    workers: values.DEMO_SHOP_WORKERS,
    urls: {
      cafe,
      payment,
      promo: env[partnerUrlVariable(values.DEMO_PROMO)] || null,
      telegram: env[partnerUrlVariable(values.DEMO_TELEGRAM)] || null,
    },
    bot: { token: values.DEMO_SHOP_BOT_TOKEN, secret: values.DEMO_SHOP_BOT_SECRET || null },
  };
}
