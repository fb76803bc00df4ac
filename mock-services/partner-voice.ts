import { APOLOGY } from './core/apology.ts';
import {
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type Refusal,
  refusal,
} from './partner.ts';

/** How a partner says what a fault wants it to say: in its own format where it has one. */
export interface PartnerVoice {
  seed: number;
  refuse: (refusal: Refusal) => PartnerAnswer;
  apologise: (call: PartnerCall) => PartnerAnswer;
}

export function voiceOf(behaviour: PartnerBehaviour, seed: number): PartnerVoice {
  return {
    seed,
    refuse: (wanted) =>
      withRetryAfter(behaviour.refuse?.(wanted) ?? plainRefusal(wanted), wanted.retryAfterSec),
    apologise: (call) =>
      behaviour.apologise?.(call) ?? { status: 200, body: { message: APOLOGY }, outcome: 'wrong-answer' },
  };
}

const plainRefusal = ({ status, code, message }: Refusal): PartnerAnswer => refusal(status, code, message);

function withRetryAfter(answer: PartnerAnswer, retryAfterSec: number | null): PartnerAnswer {
  return retryAfterSec === null
    ? answer
    : { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSec) } };
}
