// Addresses as they go out. Without imports: a bundled load script has it too, and k6 has no URL class. What few orders need
// stands inside of what needs it: each function at the top costs every VU half a kilobyte.

/**
 * An absolute address with a path as `new URL` writes it, without its fragment. Two things more, as Go sends nothing, or another path,
 * otherwise: a `%` that encodes nothing is `%25`, and `|` and `^` in a path are encoded (for them Go would write the whole path
 * anew, with `/` for `%2F`). Scheme and host stay as they are.
 */
export const wireAddress = (address: string): string => {
  try {
    // Nothing to be done, as with most: in k6 calls of built-ins are cheaper than a look at each character.
    if (encodeURI(address) === address && !/\/\.|['#]/.test(address)) return address;
  } catch {
    // Half of a surrogate pair.
  }
  const written = address.replace(/[\t\n\r]/g, '').replace(/[\0- ]+$/, '');
  const [, origin = '', path = '', query = ''] =
    /^(\w+:\/\/[^/\\?#]*)?([^?#]*)(\?[^#]*)?/.exec(written) ?? [];
  const kept: string[] = [];
  const segments = wireText(path).split('/').slice(1);
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] ?? '';
    const dots = segment.replace(/%2e/gi, '.');
    if (dots === '..') kept.pop();
    else if (dots !== '.') kept.push(segment);
    if ((dots === '.' || dots === '..') && index === segments.length - 1) kept.push('');
  }
  return `${origin}/${kept.join('/')}${wireText(query)}`;
};

/** Characters of a piece of an address that begins in the path, or with its query or within it (`isQuery`). */
export const wireText = (piece: string, isQuery = false): string => {
  const encoded = (character: string): string => (character === "'" ? '%27' : encodeText(character));
  const at = isQuery ? 0 : piece.indexOf('?');
  const path = at < 0 ? piece : piece.slice(0, at);
  const query = at < 0 ? '' : piece.slice(at);
  const lone = /%(?![\dA-Fa-f]{2})/g;
  return (
    path
      .replace(lone, '%25')
      .replaceAll('\\', '/')
      .replace(/[\0- "<>^`{|}\x7f-\u{10ffff}]/gu, encoded) +
    query.replace(lone, '%25').replace(/[\0- "'<>\x7f-\u{10ffff}]/gu, encoded)
  );
};

/** Text of a path's segment, a form's field or the like, percent-encoded whole; half of a surrogate pair as U+FFFD. */
export const encodeText = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return Array.from(text, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= 0xd800 && code <= 0xdfff ? '%EF%BF%BD' : encodeURIComponent(character);
    }).join('');
  }
};
