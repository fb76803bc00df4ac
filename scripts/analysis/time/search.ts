/** Index of the first of `length` things in order for which `holds`, where it holds for all that follow it; `length` if none. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Index of the first of these ascending times that is later than `at`; their number if none is. */
export const firstAfter = (times: readonly number[], at: number): number =>
  firstIndex(times.length, (index) => (times[index] ?? at) > at);
