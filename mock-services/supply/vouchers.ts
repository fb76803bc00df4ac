import { RecentMap } from '../core/recent-map.ts';
import { voucherCode } from './voucher-code.ts';

/** Vouchers and users remembered, over 90 s of 1,000 orders/s. */
const REMEMBERED = 100_000;
/** Redemptions of one voucher that are remembered; a strict promo has one. */
const REMEMBERED_REDEMPTIONS = 16;

export interface Redemption {
  orderKey: string;
  user: string;
}

export interface Voucher {
  code: string;
  user: string;
  value: number;
  canary: boolean;
  /** Whether a redemption of it was ever taken back. */
  cancelled: boolean;
  /** In force, oldest first. */
  redemptions: Redemption[];
}

interface User {
  /** Issued to them, canaries' left out. */
  issued: number;
  /** Issued to them by requests without a key, canaries' included. */
  keyless: number;
  redeemed: number;
}

/** The vouchers that were issued, and what each user has had of them. It keeps the record; its owner knows the rules. */
export class Vouchers {
  readonly #seed: number;
  readonly #byCode = new RecentMap<Voucher>(REMEMBERED);
  readonly #byRequest = new RecentMap<Voucher>(REMEMBERED);
  readonly #users = new RecentMap<User>(REMEMBERED);

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(code: string): Voucher | undefined {
    return this.#byCode.get(code);
  }

  byRequest(request: string): Voucher | undefined {
    return this.#byRequest.get(request);
  }

  issuedTo(user: string): number {
    return this.#users.get(user)?.issued ?? 0;
  }

  /** How many vouchers the user will have redeemed with this one. */
  wouldRedeem(user: string, voucher: Voucher): number {
    const redeemed = this.#users.get(user)?.redeemed ?? 0;
    return isRedeemedBy(voucher, user) ? redeemed : redeemed + 1;
  }

  /** @param from what names the request; without it the code follows from the number of the user's vouchers. */
  issue(from: { user: string; request: string | null; value: number; canary: boolean }): Voucher {
    const { user, request, value, canary } = from;
    const owner = this.#user(user);
    if (!canary) owner.issued++;
    const key = request === null ? `${user} number ${++owner.keyless}` : `${user} ${request}`;
    const code = voucherCode(this.#seed, key, (taken) => this.#byCode.get(taken) !== undefined);
    const voucher: Voucher = { code, user, value, canary, cancelled: false, redemptions: [] };
    this.#byCode.set(code, voucher);
    if (request !== null) this.#byRequest.set(request, voucher);
    return voucher;
  }

  redeem(voucher: Voucher, redemption: Redemption): void {
    if (!voucher.canary && !isRedeemedBy(voucher, redemption.user)) this.#user(redemption.user).redeemed++;
    voucher.redemptions.push(redemption);
    if (voucher.redemptions.length > REMEMBERED_REDEMPTIONS) voucher.redemptions.shift();
  }

  /** Takes back all redemptions of a voucher. */
  cancel(voucher: Voucher): void {
    const users = new Set(voucher.redemptions.map(({ user }) => user));
    if (!voucher.canary) for (const user of users) this.#takeBack(user);
    voucher.redemptions = [];
    voucher.cancelled = true;
  }

  clear(): void {
    this.#byCode.clear();
    this.#byRequest.clear();
    this.#users.clear();
  }

  #user(name: string): User {
    const known = this.#users.get(name) ?? { issued: 0, keyless: 0, redeemed: 0 };
    this.#users.set(name, known);
    return known;
  }

  #takeBack(name: string): void {
    const user = this.#users.get(name);
    if (user && user.redeemed > 0) user.redeemed--;
  }
}

const isRedeemedBy = ({ redemptions }: Voucher, user: string): boolean =>
  redemptions.some((done) => done.user === user);
