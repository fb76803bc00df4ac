// Addresses as they go out. Without imports: a bundled load script has it too, and k6 has no URL class.

/**
 * An absolute address with a path as `new URL` writes it, without its fragment. Two things more, as Go sends nothing, or another path,
 * otherwise: a `%` that encodes nothing is `%25`, and `|` and `^` in a path are encoded (for them Go would write the whole path
 * anew, with `/` for `%2F`). Scheme and host stay as they are.
 */
export const wireAddress = (address: string): string => {
  if (isPlain(address)) return address;
  const written = address.replace(/[\t\n\r]/g, '').replace(/[\0- ]+$/, '');
  const [, origin = '', path = '', query = ''] =
    /^(\w+:\/\/[^/\\?#]*)?([^?#]*)(\?[^#]*)?/.exec(written) ?? [];
  return origin + withoutDots(wireText(path)) + wireText(query);
};

/** Characters of a piece of an address that begins in the path, or with its query or within it (`isQuery`). */
export const wireText = (piece: string, isQuery = false): string => {
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

/** Text of a path's segment, a form's field or the like, percent-encoded whole. */
export const encodeText = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return Array.from(text, encoded).join('');
  }
};

/** Nothing to be done, as with most addresses: in k6 calls of built-ins are cheaper than a look at each character. */
const isPlain = (address: string): boolean => {
  try {
    return (
      encodeURI(address) === address &&
      !address.includes('/.') &&
      !address.includes("'") &&
      !address.includes('#')
    );
  } catch {
    // Half of a surrogate pair.
    return false;
  }
};

const encoded = (character: string): string => {
  if (character === "'") return '%27';
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xd800 && code <= 0xdfff ? '%EF%BF%BD' : encodeURIComponent(character);
};

const withoutDots = (path: string): string => {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] ?? '';
    const dots = segment.replace(/%2e/gi, '.');
    if (dots === '..') kept.pop();
    else if (dots !== '.') kept.push(segment);
    if ((dots === '.' || dots === '..') && index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
};
