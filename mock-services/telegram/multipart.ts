const BOUNDARY = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i;
const NAME = /;\s*name="([^"]*)"/i;
const FILE_NAME = /;\s*filename\*?=/i;
const END_OF_HEADERS = '\r\n\r\n';

/** Text fields of a multipart/form-data body; files are left out. null = it is not one. */
export function multipartFields(raw: Buffer, contentType: string): Record<string, string> | null {
  const found = BOUNDARY.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) return null;
  const delimiter = `--${boundary}`;
  const fields: [string, string][] = [];
  let at = raw.indexOf(delimiter);
  while (at >= 0) {
    const begin = at + delimiter.length;
    if (raw.toString('latin1', begin, begin + 2) === '--') return Object.fromEntries(fields);
    const end = raw.indexOf(`\r\n${delimiter}`, begin);
    if (end < 0) return null;
    const field = fieldOf(raw.subarray(begin, end));
    if (field) fields.push(field);
    at = end + 2;
  }
  return null;
}

function fieldOf(part: Buffer): [string, string] | null {
  const headersEnd = part.indexOf(END_OF_HEADERS);
  if (headersEnd < 0) return null;
  const headers = part.toString('utf8', 0, headersEnd);
  const name = NAME.exec(headers)?.[1];
  if (name === undefined || FILE_NAME.test(headers)) return null;
  return [name, part.toString('utf8', headersEnd + END_OF_HEADERS.length)];
}
