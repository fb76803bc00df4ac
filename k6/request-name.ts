/** Longest label, characters; a longer path ends there. */
const LONGEST_NAME = 80;
/** Longest part of a path that may be a word, characters: longer ones are keys, whatever they are made of. */
const LONGEST_WORD = 32;

/**
 * Label of a request that was given none: method and path, without host and query. Parts of the path that look like
 * numbers and keys are shown as `*`, as every other label is a series of its own for the whole run.
 * @param asked its method, a space, its address
 */
export const requestName = (asked: string): string => {
  const [, method = '', url = ''] = /^(\S*) (.*)$/s.exec(asked) ?? [];
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '');
  const parts = path.split('/').map((part) => (isKey(part) ? '*' : part));
  return `${method.toUpperCase()} ${parts.join('/') || '/'}`.slice(0, LONGEST_NAME);
};

/** `v1` and `2fa` are words; `42`, `ord-1234` and `9f3a1c` are not. */
const isKey = (part: string): boolean => /^\d+$|\d.*\d/.test(part) || part.length > LONGEST_WORD;
