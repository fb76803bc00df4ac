import type { Observation } from '../observe/observation.ts';

/** What of a target's answer is kept, after the secrets were taken out. */
const LONGEST_DETAIL = 200;

/** Writes every observation down and folds it into the timeline, with the plan's secrets taken out first. */
export class Recorder {
  readonly #secrets: readonly string[];
  readonly #sinks: readonly ((observation: Observation) => void)[];

  constructor(secrets: readonly string[], ...sinks: readonly ((observation: Observation) => void)[]) {
    this.#secrets = secrets;
    this.#sinks = sinks;
  }

  /** Gives back what was written down. */
  readonly observe = <T extends Observation>(observation: T): T => {
    const safe = shortened(this.#secrets.length === 0 ? observation : redacted(observation, this.#secrets));
    for (const sink of this.#sinks) sink(safe);
    return safe;
  };
}

/** Cut only after redacting, so that no secret is cut in two and half of it kept. */
function shortened<T extends Observation>(observation: T): T {
  if (observation.type !== 'probe' && observation.type !== 'failed-turn') return observation;
  if (observation.detail === null) return observation;
  return { ...observation, detail: Array.from(observation.detail).slice(0, LONGEST_DETAIL).join('') };
}

/** A deep copy of a JSON value in which no text contains one of the secrets, plain or in the usual encodings. */
export function redacted<T>(value: T, secrets: readonly string[]): T {
  const forms = secrets.flatMap(formsOf);
  // Only values that are texts can hold a secret: digits of a time or the name of a key that look like one stay.
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string'
      ? forms.reduce((rest, form) => rest.replaceAll(form, '[secret]'), inner)
      : inner,
  );
  return JSON.parse(text);
}

/** How a target may send a secret back: as it is, inside JSON, in a URL, in Basic authentication. */
function formsOf(secret: string): string[] {
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
