import { parseDurationMs } from '../core/quantities.ts';
import { durationText } from '../core/text/duration-text.ts';
import { hostOutside } from '../plan/checks/target.ts';
import { SHOP_TEXTS } from './shop-texts.ts';
import { DEFAULT_WISHES, type Wishes } from './wishes.ts';

const MINUTE_MS = 60_000;

/** What follows from the rates that the wishes bring; null = the plan's default will do. */
export interface Fit {
  /** Requests. */
  maxRatePerSec: number | null;
  timeSliceMs: number | null;
}

/** A commented launch plan. */
export function commentedPlan(wishes: Wishes, fit: Fit): string {
  const shop = SHOP_TEXTS[wishes.shop];
  const demoShop = wishes.target === null;
  const partners = `${demoShop ? SHOP_PARTNERS : ''}${shop.partners(demoShop ? 'demo-shop' : 'own')}`;
  return [
    `# ${shop.about} Every key: docs/launch-plan.md`,
    'version: 1',
    ...forecastAndSlo(wishes, fit),
    ...target(wishes, fit),
    `\njourneys:${shop.journeys(demoShop ? '' : ITEMS)}`,
    CLIENT,
    ...(partners === '' ? [] : [`partners: # played by peakproof, on this machine\n${partners}`]),
    ...(demoShop ? [FAULTS] : []),
  ].join('\n');
}

function forecastAndSlo({ orders, window }: Wishes, { timeSliceMs }: Fit): string[] {
  const windowMs = parseDurationMs(window) ?? parseDurationMs(DEFAULT_WISHES.window) ?? 0;
  const allowedMs = Math.max(windowMs / 108, Math.min(windowMs / 4, MINUTE_MS / 2));
  const part = (divisor: number, most = Number.POSITIVE_INFINITY): string =>
    durationText(rounded(Math.min(windowMs / divisor, most)));
  return [
    '',
    'forecast: # what you expect at 1x',
    `  orders: ${scalar(orders)}`,
    `  window: ${scalar(window)}`,
    '  pushes: # a message that brings 30 % of them in a burst',
    `    - { at: ${part(9)}, share: 30%, ramp: ${part(108, 5 * MINUTE_MS)}, decay: ${part(9, 60 * MINUTE_MS)} }`,
    '',
    'slo:',
    `  allowedDowntime: ${durationText(rounded(allowedMs))} # in the whole window`,
    '  downtimeBudget: 20s # in each step of the rehearsal',
    ...(timeSliceMs === null ? [] : [`  timeSlice: ${durationText(timeSliceMs)} # what is judged as one`]),
    '',
    'rehearsal:',
    ...(windowMs > 10 * MINUTE_MS
      ? ['  replay: { around: peak, length: 10m } # the busiest ten minutes, in real time']
      : []),
    '  multiples: [3, 4, 5] # of the forecast, one step each',
    '  mustHold: 3 # the gate; the steps above it say how much more it would bear',
    '',
  ];
}

function target({ target: baseUrl }: Wishes, { maxRatePerSec }: Fit): string[] {
  const maxRate =
    maxRatePerSec === null ? [] : [`  maxRate: ${maxRatePerSec}/s # requests; a plan above it is refused`];
  if (baseUrl === null) {
    return [
      'target: # the built-in demo shop, so that this plan runs as it is. For your own: its address, and no start,',
      '  # or the command that starts it. It then finds the partners below in PEAKPROOF_BEANHOUSE_URL and so on.',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the plan
      '  baseUrl: http://127.0.0.1:${PORT:-8080}',
      `  start: { command: 'exec "$PEAKPROOF_NODE" "$PEAKPROOF_DEMO_SHOP"', ready: /health }`,
      ...maxRate,
    ];
  }
  const host = hostOutside(baseUrl);
  return [
    'target:',
    `  baseUrl: ${scalar(baseUrl)}`,
    ...(host === null
      ? []
      : [`  allowHosts: [${scalar(host)}] # a host outside this machine that you may load`]),
    '  # start: { command: npm start, ready: / } # when peakproof shall start and stop it',
    ...maxRate,
  ];
}

const CLIENT = `client:
  timeout: 10s
  patience: 30s
  # retries: { max: 3, retryOn: [timeout, 5xx, 429] } # does your client try again? By default it does not
`;

const ITEMS = '    data: { sku: [tea, latte] } # what is ordered; each order draws one\n';

/** What the demo shop calls for each order. */
const SHOP_PARTNERS = `  beanhouse: # where {{sku}} comes from; with stock: { tea: 30k, latte: 30k } it can run out
    { kind: cafe, menu: [tea, latte], latency: { median: 40ms, sigma: 0.4 } }
  pay: { kind: payment, latency: { median: 80ms, sigma: 0.3 } }
`;

const FAULTS = `faults: # from the start of the replayed part
  - { at: 60s, for: 30s, partner: pay, kind: latency, add: 2s, expect: degraded, recoverWithin: 60s }
`;

/** As people write durations: whole minutes above one, fives above ten. */
function rounded(ms: number): number {
  const unit = ms >= 10 * MINUTE_MS ? 5 * MINUTE_MS : ms >= MINUTE_MS ? MINUTE_MS : 1_000;
  return Math.max(1_000, Math.round(ms / unit) * unit);
}

/** Whatever a user typed, as one value in YAML. */
const scalar = (text: string): string => (/^[\w.:/-]+$/.test(text) ? text : JSON.stringify(text));
