import { wireAddress } from '../../scripts/core/address.ts';
import { answered } from '../client.ts';
import { VOUCHER_REQUEST } from '../contract.ts';
import type { Flow } from '../effects.ts';
import { readAnswer, valueAt } from './http/answers.ts';
import { render } from './http/requests.ts';
import type { JourneyProgram, StepEnd } from './program.ts';
import { type OrderUnderWay, RIGHT, WRONG } from './turn.ts';

/**
 * Whether a confirmed order has redeemed its voucher exactly once, as the promo partner knows it. An order that came
 * about without is not what the shopper was promised.
 */
export function* checkRedeemed(
  url: NonNullable<JourneyProgram['redeems']>,
  { turn, manners, start }: OrderUnderWay,
): Flow<StepEnd> {
  turn.servedAt ??= turn.now();
  const answer = answered(
    yield {
      do: 'send',
      request: {
        name: VOUCHER_REQUEST,
        method: 'GET',
        url: wireAddress(render(url, start.variables)),
        headers: {},
        body: null,
        timeoutMs: manners.client.timeoutMs,
        needsBody: true,
      },
    },
  );
  // 404: a code that the partner never gave out.
  if (answer.status !== 200 && answer.status !== 404) return { how: 'bad', kind: 'local' };
  const redemptions = answer.status === 200 ? valueAt(readAnswer(answer, 'json'), 'redemptions') : 0;
  return redemptions === 1 ? RIGHT : WRONG;
}
