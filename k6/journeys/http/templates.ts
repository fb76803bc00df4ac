import { wireAddress, wireText } from '../../../scripts/core/address.ts';
import type { Encoding, Template } from '../program.ts';

// `{{name}}` templates → lists that are rendered by a walk (requests.ts). None of this is needed inside a VU.

/** A text, or a variable and how it is written. */
type TemplatePart = string | readonly [variable: string, how: Encoding];

const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/;

/** A text such as a path or a header's value. */
export function compileText(template: string, how: Encoding): Template {
  return merged(split(template, how));
}

/** An absolute address; its literal parts are written as they go out. */
export function compileAddress(template: string): Template {
  const parts = split(template, 'p');
  if (!parts.some((part) => typeof part !== 'string')) return wireAddress(template);
  let isQuery = false;
  return merged(
    parts.map((part) => {
      if (typeof part !== 'string') return part;
      const written = wireText(part, isQuery);
      isQuery ||= part.includes('?');
      return written;
    }),
  );
}

/** A JSON body. A string that is one variable and nothing else takes the variable's own type. */
export function compileJson(template: unknown): Template {
  return merged(jsonParts(template));
}

/** An `application/x-www-form-urlencoded` body. */
export function compileForm(fields: Readonly<Record<string, string>>): Template {
  return merged(
    Object.entries(fields).flatMap(([name, template], index) => [
      `${index === 0 ? '' : '&'}${encodeURIComponent(name)}=`,
      ...split(template, 'p').map((part) => (typeof part === 'string' ? encodeURIComponent(part) : part)),
    ]),
  );
}

/** The variable that a text consists of; null if there is anything else in it. */
export function onlyVariable(template: string): string | null {
  const [before, name, after, ...more] = template.split(VARIABLE);
  return before === '' && name !== undefined && after === '' && more.length === 0 ? name : null;
}

export function variablesOf(template: Template): string[] {
  if (typeof template === 'string') return [];
  return template.filter((_, index) => index % 2 === 1).map((variable) => variable.slice(1));
}

function jsonParts(value: unknown): TemplatePart[] {
  if (typeof value === 'string') return jsonString(value);
  if (Array.isArray(value)) return ['[', ...separated(value.map(jsonParts)), ']'];
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return [
      '{',
      ...separated(fields.map(([key, field]) => [`${JSON.stringify(key)}:`, ...jsonParts(field)])),
      '}',
    ];
  }
  return [JSON.stringify(value ?? null)];
}

function jsonString(value: string): TemplatePart[] {
  const parts = split(value, 's');
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return [[only[0], 'j']];
  const escaped = parts.map((part) => (typeof part === 'string' ? JSON.stringify(part).slice(1, -1) : part));
  return ['"', ...escaped, '"'];
}

function separated(lists: readonly TemplatePart[][]): TemplatePart[] {
  return lists.flatMap((list, index) => (index === 0 ? list : [',', ...list]));
}

function split(template: string, how: Encoding): TemplatePart[] {
  // With one capturing group, every odd piece is a variable's name.
  return template
    .split(VARIABLE)
    .map((piece, index): TemplatePart => (index % 2 === 1 ? [piece, how] : piece))
    .filter((part) => part !== '');
}

function merged(parts: readonly TemplatePart[]): Template {
  const pieces = [''];
  for (const part of parts) {
    if (typeof part === 'string') pieces.push(`${pieces.pop()}${part}`);
    else pieces.push(part[1] + part[0], '');
  }
  const [only = ''] = pieces;
  return pieces.length === 1 ? only : pieces;
}
