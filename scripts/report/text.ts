import type { Status } from '../contract/verdict-words.ts';

const COLOR: Readonly<Record<Status, number>> = { PASS: 32, FAIL: 31, INVALID: 35, INCONCLUSIVE: 33 };

/** Colour repeats what the words say; it never adds to them. */
export function paint(text: string, status: Status, color: boolean): string {
  return color ? `\u001b[1;${COLOR[status]}m${text}\u001b[0m` : text;
}

/** Breaks a line at spaces; continuations are indented. A word longer than the width stays whole. */
export function wrap(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = rest.lastIndexOf(' ', width);
    const cut = at > 4 ? at : rest.indexOf(' ', width);
    if (cut === -1) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = `    ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}
