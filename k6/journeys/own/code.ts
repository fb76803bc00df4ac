import type { Flow } from '../../effects.ts';
import type { OrderCode, OrderEnd, OwnOrder } from '../../kit.ts';
import { order } from '../order.ts';
import type { JourneyProgram, StepEnd } from '../program.ts';
import { startTrace } from '../trace.ts';
import { bad, beginTurn, type FlowOf, judged, type Manners, type OrderStart, RIGHT } from '../turn.ts';
import { lastAt, type OwnAct, type OwnWalk } from './acts.ts';
import { OwnShop } from './shop.ts';

// An order in own code: the same turns, client and judgement as for `steps`, with a user's generator in their place.

/** Orders of a plan some of whose journeys are in own code. */
export const flowsOf =
  (programs: Readonly<Record<string, OwnOrder>>): FlowOf =>
  (journey, manners, start) => {
    const own = programs[journey.name];
    return own === undefined ? order(journey, manners, start) : ownOrder(own.code, journey, manners, start);
  };

export function* ownOrder(
  code: OrderCode,
  journey: JourneyProgram,
  manners: Manners,
  start: OrderStart,
): Flow<void> {
  const { own } = journey;
  if (own === null) throw new TypeError(`journey ${journey.name} has no own code`);
  start.onTurnStart(start.intendedAt, null);
  const turn = beginTurn(manners, start, start.intendedAt);
  const walk = {
    journey,
    own,
    manners,
    start,
    turn,
    trace: startTrace(start.random),
    requests: 0,
    last: null,
  };
  let end = yield* performed(code, walk);
  // The same turn goes on from the beginning: the shopper still waits for what they wanted.
  while (end?.how === 'closed' && start.moveOn?.() === true) end = yield* performed(code, walk);
  if (end === null) return;
  const at = end.how === 'right' ? own.requestsPerOrder - 1 : lastAt(walk);
  start.onTurnEnd(judged({ program: journey, manners, start, turn: walk.turn, at }, end));
}

/** null = the order's last turn has been told already. */
function* performed(code: OrderCode, walk: OwnWalk): Flow<StepEnd | null> {
  walk.requests = 0;
  try {
    const doing = code(new OwnShop(walk));
    let next = doing.next();
    while (!next.done) {
      const act = effectOf(next.value);
      if (act.do === 'end') {
        doing.return(RIGHT);
        return act.end;
      }
      next = doing.next(yield act);
    }
    if (walk.requests === 0)
      throw new TypeError('the order sent no request: write `yield*` before what the shop does');
    return endOf(next.value);
  } catch (thrown) {
    walk.start.onThrown?.(String(thrown));
    return bad('script-error');
  }
}

/** What is not typed TypeScript can yield anything. */
const effectOf = (act: unknown): OwnAct => {
  const known = act as OwnAct | null | undefined;
  if (known?.do === 'send' || known?.do === 'sleep' || known?.do === 'end') return known;
  throw new TypeError('write `yield*`, with the star, before what the shop does');
};

const endOf = (end: OrderEnd): StepEnd => {
  const known = end as StepEnd | null | undefined;
  switch (known?.how) {
    case 'right':
    case 'closed':
    case 'sold-out':
    case 'bad':
      return known;
    default:
      throw new TypeError('the order must return shop.confirmed(…), shop.soldOut(…) or shop.closed()');
  }
};
