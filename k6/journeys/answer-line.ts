import type { Answer } from '../effects.ts';

/** Long enough to find a secret of the plan in it; what is kept is shorter. */
const LONGEST_LINE = 2_000;

/** An answer on one line of at most 2,000 characters, control characters removed: status and body, or why there is none. */
export const answerLine = ({ status, body, error }: Answer): string => {
  const text = error === null ? `${status} ${body ?? ''}` : error;
  const line = text
    .slice(0, 4 * LONGEST_LINE)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_LINE).join('');
};
