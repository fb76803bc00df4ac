import { PeakproofError } from '../core/errors.ts';
import { LONGEST_DETAIL } from '../core/limits.ts';
import type { Observation } from '../observe/observation.ts';

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
    const safe = shortened(
      this.#secrets.length === 0 ? observation : redacted(observation, this.#secrets),
      this.#secrets,
    );
    for (const sink of this.#sinks) sink(safe);
    return safe;
  };
}

/** Cut only after redacting, so that no secret is cut in two and half of it kept. */
function shortened<T extends Observation>(observation: T, secrets: readonly string[]): T {
  if (observation.type !== 'probe' && observation.type !== 'failed-turn') return observation;
  if (observation.detail === null) return observation;
  const detail = withoutBegun(observation.detail, secrets.flatMap(formsOf));
  return { ...observation, detail: Array.from(detail).slice(0, LONGEST_DETAIL).join('') };
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

/** Commands, answers and last lines of a child may hold secrets of the plan. */
export function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof PeakproofError)) return error;
  const { code, message, hint, exitCode, details } = error;
  return new PeakproofError({ exitCode, ...redacted({ code, message, hint, details }, secrets) });
}

/** A secret has at least so many characters (`secret-too-short`); fewer of one tell little. */
const SHORTEST_BEGUN = 6;

/** A long answer was cut before it got here, in the middle of a secret perhaps: what of it has begun is taken out. */
function withoutBegun(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length >= SHORTEST_BEGUN; length--) {
      if (text.endsWith(form.slice(0, length))) return `${text.slice(0, -length)}[secret]`;
    }
  }
  return text;
}

/** How a target may send a secret back: as it is, on one line, inside JSON, in a URL, in Basic authentication. */
function formsOf(secret: string): string[] {
  const forms = [
    secret,
    secret.replace(/\p{Cc}+/gu, ' '),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    ...base64Forms(secret).filter((form) => form.length >= SHORTEST_BEGUN),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/**
 * What of the secret can be read in base64 of a longer text (`user:secret`, `Bearer secret`): four characters hold
 * three bytes, so how many stand before decides between three forms. Characters that also hold bits of what
 * stands around it are left out.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    const form = bytes.toString('base64').slice(from, to);
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
