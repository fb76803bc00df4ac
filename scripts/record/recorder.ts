import { LONGEST_DETAIL } from '../core/limits.ts';
import { type Redact, redacted, redactor } from '../core/secrets.ts';
import type { Observation } from '../observe/observation.ts';

/** Writes every observation down and folds it into the timeline, with the plan's secrets taken out first. */
export class Recorder {
  readonly #redact: Redact | null;
  readonly #sinks: readonly ((observation: Observation) => void)[];

  constructor(secrets: readonly string[], ...sinks: readonly ((observation: Observation) => void)[]) {
    this.#redact = secrets.length === 0 ? null : redactor(secrets);
    this.#sinks = sinks;
  }

  /** Gives back what was written down. */
  readonly observe = <T extends Observation>(observation: T): T => {
    const short = shortened(observation, this.#redact);
    const safe = this.#redact === null ? short : redacted(short, this.#redact);
    for (const sink of this.#sinks) sink(safe);
    return safe;
  };
}

/** Cut only after redacting, so that no secret is cut in two and half of it kept: a long answer was cut before already. */
function shortened<T extends Observation>(observation: T, redact: Redact | null): T {
  if (observation.type !== 'probe' && observation.type !== 'failed-turn') return observation;
  if (observation.detail === null) return observation;
  const detail = redact === null ? observation.detail : redact(observation.detail, true);
  return { ...observation, detail: Array.from(detail).slice(0, LONGEST_DETAIL).join('') };
}
