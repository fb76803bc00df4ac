// What the tests' shops and bots ask their partners, at the addresses that a target is passed.
const { PEAKPROOF_CAFE_URL, PEAKPROOF_PAY_URL, PEAKPROOF_PROMO_URL } = process.env;

/** A partner's honest "no"; `code` is the partner's. */
export class Refused extends Error {
  constructor({ code, item }) {
    super(code);
    this.code = code;
    this.item = item ?? null;
  }
}

async function ask(url, body) {
  const reply = await fetch(url, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = await reply.json();
  if (reply.ok) return answer;
  if (reply.status === 409 || reply.status === 404) throw new Refused(answer);
  throw new Error(`${new URL(url).pathname} answered ${reply.status}`);
}

export const menu = async () => (await ask(`${PEAKPROOF_CAFE_URL}/menu`)).items;
export const order = (sku, orderKey) => ask(`${PEAKPROOF_CAFE_URL}/orders`, { sku, orderKey });

/** Pays for an order, which is captured only when the café took it. */
export async function orderPaid(sku, orderKey) {
  const price = (await menu()).find((item) => item.sku === sku)?.price;
  if (price === undefined) throw new Refused({ code: 'UNKNOWN_ITEM', item: sku });
  const { id } = await ask(`${PEAKPROOF_PAY_URL}/authorizations`, { orderKey, amount: price });
  const placed = await order(sku, orderKey);
  await ask(`${PEAKPROOF_PAY_URL}/captures`, { authorization: id });
  return placed;
}

export const voucher = (user) =>
  ask(`${PEAKPROOF_PROMO_URL}/vouchers`, { user, orderKey: `${user}-voucher` });
export const voucherByCode = (code) => ask(`${PEAKPROOF_PROMO_URL}/vouchers/${encodeURIComponent(code)}`);
export const redeem = (code, orderKey) => ask(`${PEAKPROOF_PROMO_URL}/redemptions`, { code, orderKey });
export const cancelRedemption = (code) =>
  ask(`${PEAKPROOF_PROMO_URL}/redemptions/${encodeURIComponent(code)}/cancel`, {});

/** One order for each key: a repeat joins the one at work or gets its answer; what failed may be tried again. */
export function oncePerKey(place) {
  const placed = new Map();
  return (key, ...rest) => {
    if (!placed.has(key)) {
      const placing = place(key, ...rest);
      placed.set(key, placing);
      placing.catch(() => placed.delete(key));
    }
    return placed.get(key);
  };
}
