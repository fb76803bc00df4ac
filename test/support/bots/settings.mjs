// How a bot of the tests runs, from its environment:
// UPDATES  webhook (default) or polling
// REPLIES  calls (default): by API call; body: the first call of an update in the body of the webhook's answer
// ERRORS   log (default); die: no error handler at all; retry: waits as a 429 says and calls again (grammY)
const { UPDATES = 'webhook', REPLIES = 'calls', ERRORS = 'log', BOT_SECRET, TOKEN } = process.env;

export const apiRoot = process.env.PEAKPROOF_TELEGRAM_URL;
export const token = TOKEN ?? '1000001:peakproof-mock';
export const secret = BOT_SECRET;
export const polls = UPDATES === 'polling';
export const repliesInBody = REPLIES === 'body';
export const errors = ERRORS;
export const WEBHOOK_PATH = '/telegram';

export const ready = () => process.stdout.write(`${JSON.stringify({ type: 'ready', url: null })}\n`);

/** One order for each payment, also when its update comes again. The name goes first: partners know canaries by it. */
export const orderKeyOf = (user, payment) =>
  `${user.username ?? user.first_name}-${user.id}-${payment.telegram_payment_charge_id}`;
