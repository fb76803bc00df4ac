import { CANARY_PREFIX, CHAT_OF_CANARY, CHAT_OF_SHOPPER } from '../scripts/core/canary.ts';
import { hashText, mix } from '../scripts/core/seeded.ts';
import { type CafeChoice, type LoadSpec, type Person, SHOPPER_VARIABLES } from './contract.ts';
import type { JourneyProgram, Variables } from './journeys/program.ts';

// Who orders: everything follows from run, seed, rehearsal's step, journey and order number, so no two orders share an
// identity, however many k6 processes make them, and the same order is the same shopper again.

export interface ShopperPool {
  /** How many people there are, and the one at an index: k6 keeps them outside of its VUs. */
  count: number;
  at(index: number): Person;
}

type ShopperSpec = Pick<LoadSpec, 'runId' | 'seed' | 'stepIndex' | 'cafes'> & {
  client: Pick<LoadSpec['client'], 'doubleTapRatio'>;
  journeys: readonly { name: string; data: Lists }[];
};

export interface Shopper {
  variables: Variables;
  /** Drawn from the order's own seed; 0 (included) to 1 (excluded). */
  random: () => number;
  /** Sends the deciding request twice at once. */
  tapsTwice: boolean;
  /** 24 hex digits that no other order has. */
  traceId: string;
  /** Of own code: puts a variable that it asks for into `variables`; undefined = there is none of this name. */
  invent?: (name: string) => string | undefined;
  /**
   * Goes to another café if this shopper is one of those who do: `variables` then are as at the start of an order
   * there, without captures, under the same identity. Absent where nobody would.
   */
  moveOn?: () => boolean;
}

export type ShopperMaker = (orderNumber: number) => Shopper;

/**
 * Makes the shoppers of one journey. Only its `variables` are worked out, those of own code when it asks for them; unknown
 * ones throw here, once.
 * Canaries have identities of their own, apart from every shopper of the load.
 * It runs in every VU, hence loops by index: an array's iterator and its methods cost a VU up to 7 kB at first use.
 */
export const shoppers = (
  spec: ShopperSpec,
  { name: journeyName, variables: names, own }: Pick<JourneyProgram, 'name' | 'variables' | 'own'>,
  people: ShopperPool,
  who: 'shopper' | 'canary' = 'shopper',
): ShopperMaker => {
  const journeyIndex = spec.journeys.findIndex((journey) => journey.name === journeyName);
  const data = spec.journeys[journeyIndex]?.data ?? {};
  const origin = `${spec.runId}/${spec.seed}/${spec.stepIndex}/${journeyName}/${who}`;
  const base = hashText(origin, 1);
  const identity = identities(origin, spec.stepIndex, journeyIndex, who);
  const tapsRatio = who === 'canary' ? 0 : spec.client.doubleTapRatio;
  const wanted = wantedOf(names, data, spec.cafes);
  return (orderNumber) => {
    const seed = mix(base ^ Math.imul(orderNumber + 1, GOLDEN));
    const cafe = wanted.cafe ? drawCafe(spec.cafes, draw(seed, 2)) : null;
    const draws: Draws = { wanted, orderNumber, seed, identity, people, person: null, cafe };
    const variables: Variables = {};
    const tapsTwice = tapsRatio > 0 && draw(seed, TAP_SALT) < tapsRatio;
    const shopper: Shopper = {
      variables,
      random: generator(seed),
      tapsTwice,
      traceId: identity.traceId(orderNumber),
    };
    if (own === null) fill(variables, draws);
    else shopper.invent = inventor(draws, variables);
    if (cafe !== null && cafe.movesRatio > 0)
      shopper.moveOn = mover(spec.cafes, draws, variables, own === null);
    return shopper;
  };
};

/** Multiplied by it, numbers in a row are spread over all 32 bits, each to another one. */
const GOLDEN = 0x9e3779b1;

type Lists = Readonly<Record<string, readonly string[]>>;

/** What the orders of a journey ask for. */
interface Wanted {
  readonly names: readonly string[];
  readonly data: Lists;
  /** Of each list that is drawn from. */
  readonly salts: Readonly<Record<string, number>>;
  readonly cafe: boolean;
}

const wantedOf = (names: readonly string[], data: Lists, cafes: readonly CafeChoice[]): Wanted => {
  const salts: Record<string, number> = {};
  let cafe = false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    checkKnown(name, data, cafes);
    if (Object.hasOwn(data, name)) salts[name] = hashText(name, 2);
    else if (name === 'cafe' || name === 'sku') cafe = true;
  }
  return { names, data, salts, cafe };
};

const fill = (variables: Variables, draws: Draws): void => {
  const { names } = draws.wanted;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    variables[name] = invented(name, draws);
  }
};

const invented = (name: string, draws: Draws): string => {
  const { data, salts } = draws.wanted;
  const salt = salts[name];
  return salt === undefined ? shopperValue(name, draws) : pick(data[name] ?? [], draw(draws.seed, salt));
};

const inventor =
  (draws: Draws, variables: Variables) =>
  (name: string): string | undefined => {
    if (!draws.wanted.names.includes(name)) return undefined;
    const value = invented(name, draws);
    variables[name] = value;
    // What they want is of one café's menu, so the order is for that one.
    if (name === 'sku' && draws.cafe !== null) variables['cafe'] ??= draws.cafe.name;
    return value;
  };

/** Draws 1 to 3 make the shopper, 4 the second tap. */
const TAP_SALT = 4;
const FIRST_MOVE_SALT = 5;

/**
 * Whether this shopper moves follows from the order alone, not from `random`, of which retries before may have drawn.
 * A function of its own, as variables that an inner function uses cost k6 memory in every order, made or not.
 */
const mover = (
  cafes: readonly CafeChoice[],
  draws: Draws,
  variables: Variables,
  fillsAll: boolean,
): (() => boolean) => {
  let left = cafes;
  let salt = FIRST_MOVE_SALT;
  return () => {
    const { cafe, seed } = draws;
    if (cafe === null || draw(seed, salt) >= cafe.movesRatio) return false;
    left = othersThan(cafe, left);
    const next = drawCafe(left, draw(seed, salt + 1) * sharesOf(left));
    if (next === null) return false;
    salt += 2;
    draws.cafe = next;
    const names = Object.keys(variables);
    for (let index = 0; index < names.length; index++) delete variables[names[index] ?? ''];
    if (fillsAll) fill(variables, draws);
    return true;
  };
};

/** A café without a share is nobody's choice. */
const othersThan = (cafe: CafeChoice, cafes: readonly CafeChoice[]): CafeChoice[] => {
  const others: CafeChoice[] = [];
  for (let index = 0; index < cafes.length; index++) {
    const other = cafes[index];
    if (other !== undefined && other.name !== cafe.name && other.shareRatio > 0) others.push(other);
  }
  return others;
};

const sharesOf = (cafes: readonly CafeChoice[]): number => {
  let sum = 0;
  for (let index = 0; index < cafes.length; index++) sum += cafes[index]?.shareRatio ?? 0;
  return sum;
};

/** One draw of the order with this seed, 0 (included) to 1 (excluded); another salt gives another draw. */
const draw = (seed: number, salt: number): number => {
  return mix(seed ^ Math.imul(salt, 0x85ebca6b)) / 0x1_0000_0000;
};

interface Draws {
  wanted: Wanted;
  orderNumber: number;
  seed: number;
  identity: ReturnType<typeof identities>;
  people: ShopperPool;
  /** null: not looked up yet. */
  person: Person | null;
  cafe: CafeChoice | null;
}

const personOf = (draws: Draws): Person => {
  draws.person ??= draws.people.at(Math.floor(draw(draws.seed, 1) * draws.people.count));
  return draws.person;
};

const shopperValue = (name: string, draws: Draws): string => {
  const { orderNumber, seed, identity, cafe } = draws;
  switch (name) {
    case 'orderKey':
      return identity.orderKey(orderNumber);
    case 'shopper':
      return identity.shopper(orderNumber);
    case 'phone':
      return identity.phone(orderNumber);
    case 'chatId':
      return identity.chatId(orderNumber);
    case 'email':
      return `${mailName(personOf(draws))}.${identity.shopper(orderNumber)}@shoppers.example`;
    case 'cafe':
      return cafe?.name ?? '';
    case 'sku':
      // By the same draw after a move: where the menus are the same, the shopper wants what they wanted before.
      return pick(cafe?.menu ?? [], draw(seed, 3));
    default:
      return personField(personOf(draws), name);
  }
};

const personField = (person: Person, name: string): string => {
  return name === 'firstName' || name === 'lastName' || name === 'street' || name === 'city'
    ? person[name]
    : '';
};

const mailName = ({ firstName }: Person): string => {
  return firstName.toLowerCase().replace(/[^a-z]/g, '') || 'guest';
};

/** The order number is part of each identity, so uniqueness does not rest on a hash. */
const identities = (origin: string, stepIndex: number, journeyIndex: number, who: 'shopper' | 'canary') => {
  const word = (salt: number): string => hashText(origin, salt).toString(16).padStart(8, '0');
  const b = word(4);
  const c = word(5);
  const head = `${word(3)}-${b.slice(0, 4)}-4${b.slice(4, 7)}-a${c.slice(0, 3)}`;
  const canary = who === 'canary';
  const run = String(hashText(origin, 6) % 1_000).padStart(3, '0');
  const short = `${canary ? 'c' : 's'}${c}${stepIndex}-${journeyIndex}`;
  const trace = word(7) + word(8);
  const two = (value: number): string => String(value % 100).padStart(2, '0');
  return {
    orderKey: (order: number) =>
      `${canary ? CANARY_PREFIX : ''}${head}-${order.toString(16).padStart(12, '0')}`,
    shopper: (order: number) => `${short}-${order}`,
    // Spread, as those who keep a share of the traces choose it by the digits that follow the first sixteen.
    traceId: (order: number) =>
      trace + (0x1_0000_0000 + (Math.imul(order, GOLDEN) >>> 0)).toString(16).slice(1),
    // Country codes 998 and 999 followed by rehearsal's step, journey and order: no telephone anywhere has 15 such digits.
    phone: (order: number) =>
      `+99${canary ? 8 : 9}${two(stepIndex)}${two(journeyIndex)}${String(order).padStart(8, '0')}`,
    // 16 digits, within the 52 bits that Telegram promises; the mocked Bot API knows canaries by the first one.
    chatId: (order: number) =>
      `${canary ? CHAT_OF_CANARY : CHAT_OF_SHOPPER}${run}${two(stepIndex)}${two(journeyIndex)}${String(order).padStart(8, '0')}`,
  };
};

const checkKnown = (name: string, data: Lists, cafes: readonly CafeChoice[]): void => {
  const list = Object.hasOwn(data, name) ? data[name] : undefined;
  if (list ? list.length === 0 : !SHOPPER_VARIABLES.some((known) => known === name)) {
    throw new TypeError(
      `{{${name}}} has no value: it is neither captured before, nor in data, nor a shopper variable`,
    );
  }
  if (list === undefined && (name === 'sku' || name === 'cafe') && cafes.length === 0) {
    throw new TypeError(`{{${name}}} needs a partner of kind cafe, or a list in the journey's data`);
  }
};

const drawCafe = (cafes: readonly CafeChoice[], drawn: number): CafeChoice | null => {
  let below = 0;
  for (let index = 0; index < cafes.length; index++) {
    below += cafes[index]?.shareRatio ?? 0;
    if (drawn < below) return cafes[index] ?? null;
  }
  return cafes[cafes.length - 1] ?? null;
};

const pick = (list: readonly string[], drawn: number): string => {
  return list[Math.floor(drawn * list.length)] ?? '';
};

/** mulberry32. */
const generator = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};
