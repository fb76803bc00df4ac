import type { Flow } from '../../effects.ts';
import type { OrderCode, OrderEnd, OwnOrder } from '../../kit.ts';
import { orderOfSteps } from '../order.ts';
import type { JourneyProgram, StepEnd } from '../program.ts';
import { startTrace } from '../trace.ts';
import { bad, beginTurn, type FlowOf, judged, type Manners, type OrderStart, RIGHT } from '../turn.ts';
import type { OwnAct } from './acts.ts';
import { lastAt, type OwnOrderUnderWay } from './own-order.ts';
import { OwnShop } from './shop.ts';

// An order in own code: the same turns, client and judgement as for `steps`, with a user's generator in their place.

/** Orders of a plan some of whose journeys are in own code. */
export const flowsOf =
  (orders: Readonly<Record<string, OwnOrder>>): FlowOf =>
  (program, manners, start) => {
    const own = orders[program.name];
    return own === undefined
      ? orderOfSteps(program, manners, start)
      : ownOrder(own.code, program, manners, start);
  };

function* ownOrder(
  code: OrderCode,
  program: JourneyProgram,
  manners: Manners,
  start: OrderStart,
): Flow<void> {
  const { own } = program;
  if (own === null) throw new TypeError(`journey ${program.name} has no own code`);
  start.onTurnStart(start.intendedAt, null);
  const turn = beginTurn(manners, start, start.intendedAt);
  const trace = startTrace(start.traceId, 0);
  const begun = { requests: 0, last: null, proven: false };
  const order: OwnOrderUnderWay = { program, own, manners, start, turn, trace, ...begun };
  let end = yield* performed(code, order);
  // The same turn goes on from the beginning: the shopper still waits for what they wanted.
  while (end?.how === 'closed' && start.moveOn?.() === true) end = yield* performed(code, order);
  if (end === null) return;
  start.onTurnEnd(judged(order, end.how === 'right' ? own.requestsPerOrder - 1 : lastAt(order), end));
}

/** null = the order's last turn has been told already. */
function* performed(code: OrderCode, order: OwnOrderUnderWay): Flow<StepEnd | null> {
  order.requests = 0;
  try {
    const doing = code(new OwnShop(order));
    let next = doing.next();
    while (!next.done) {
      const act = effectOf(next.value);
      if (act.do === 'end') {
        doing.return(RIGHT);
        return act.end;
      }
      next = doing.next(yield act);
    }
    if (order.requests === 0)
      throw new TypeError('the order sent no request: write `yield*` before what the shop does');
    return endOf(next.value);
  } catch (thrown) {
    order.start.onThrown?.(String(thrown));
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
