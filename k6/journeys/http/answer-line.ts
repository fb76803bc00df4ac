import type { Answer } from '../../effects.ts';
import { isControl } from './answers.ts';

/** Characters; long enough to find a secret of the plan in it, and what is kept is shorter. */
const LONGEST_LINE = 2_000;
/** UTF-16 units that are looked at: a character has up to two, and as many again may be left out. */
const LONGEST_LOOK = 4 * LONGEST_LINE;

/** An answer on one line: status and body, or why there is none. */
export const answerLine = ({ status, body, error }: Answer): string => {
  return plainLine(error === null ? `${status} ${body ?? ''}` : error);
};

/** A text on one line of at most 2,000 characters, control characters taken for spaces. */
export const plainLine = (text: string): string => {
  let line = '';
  let length = 0;
  let gap = false;
  for (const character of text.slice(0, LONGEST_LOOK)) {
    if (length + Number(gap) >= LONGEST_LINE) break;
    if (isControl(character.codePointAt(0) ?? 0)) {
      gap = true;
      continue;
    }
    if (gap) {
      line += ' ';
      length += 1;
    }
    gap = false;
    line += character;
    length += 1;
  }
  return line.trim();
};
