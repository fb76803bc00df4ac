/** Results that are kept, by each VU: most of what is asked is the same few. */
const MOST_REMEMBERED = 200;

/** The same function, which works each of its first answers out once. */
export const remembered = <Result>(make: (key: string) => Result): ((key: string) => Result) => {
  const known: Record<string, Result> = Object.create(null);
  let count = 0;
  return (key) => {
    const before = known[key];
    if (before !== undefined) return before;
    const result = make(key);
    if (count < MOST_REMEMBERED) {
      count += 1;
      known[key] = result;
    }
    return result;
  };
};
