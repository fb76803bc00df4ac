import {
  Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { PlanPath, PlanProblem } from './problems.ts';

/** A plan's text as plain values, with the way back from a path to its place in the text. */
export interface YamlSource {
  value: unknown;
  /** Place of a value or of its key, from 1; of the nearest mapping around it that exists, if it does not. */
  locate: (path: PlanPath, at: 'key' | 'value') => { line: number; column: number };
}

// A plan is a few kilobytes; more is a mistake or an attack on the parser.
const TEXT_MAX = 512 * 1024;
const ALIAS_MAX = 100;
const DEPTH_MAX = 40;
// One broken line can make all that follow it wrong.
const SYNTAX_MAX = 50;

const NEXT_BY_CODE: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  DUPLICATE_KEY: 'Remove or rename one of them.',
  TAB_AS_INDENT: 'Indent with spaces.',
  NON_STRING_KEY: 'A template such as {{sku}} needs quotes: "{{sku}}".',
  MULTIPLE_DOCS: 'One file is one plan; remove the --- line.',
  BAD_ALIAS: 'Put the text in quotes if * or & is meant as such.',
};

type ReadYaml = { source: YamlSource | null; problems: PlanProblem[] };

/** Reads the text. `source` is null if nothing behind the syntax problems can be judged. */
export function readYaml(text: string): ReadYaml {
  if (text.length > TEXT_MAX) {
    return refused(
      'plan-too-large',
      `the file has ${text.length} characters`,
      `up to ${TEXT_MAX} characters`,
    );
  }
  try {
    return readDocument(text);
  } catch (error) {
    // toJS throws ReferenceError for too many aliases; the parser RangeError when its stack ends.
    if (error instanceof ReferenceError) {
      return refused(
        'yaml-aliases',
        'the file repeats itself by too many aliases',
        `up to ${ALIAS_MAX} aliases (*name)`,
      );
    }
    if (error instanceof RangeError) return refusedAsTooDeep();
    throw error;
  }
}

function readDocument(text: string): ReadYaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  const problems = [...document.errors, ...document.warnings]
    .slice(0, SYNTAX_MAX)
    .map((error) => syntaxProblem(error, lineCounter));
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { source: null, problems };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return refused('plan-empty', 'the file holds no plan', 'version, forecast, slo, target, journeys');
  }
  const loose = looseAliases(document, lineCounter);
  if (loose.length > 0) return { source: null, problems: [...problems, ...loose] };
  const value: unknown = document.toJS({ maxAliasCount: ALIAS_MAX });
  if (tooDeep(value, [])) return refusedAsTooDeep();
  return { source: { value, locate: locator(document, lineCounter) }, problems };
}

const refusedAsTooDeep = (): ReadYaml =>
  refused('plan-too-deep', 'the file is nested too deeply', `up to ${DEPTH_MAX} levels and no cycles`);

function refused(code: string, message: string, allowed: string): ReadYaml {
  const problem = { code, line: 1, column: 1, path: '', message, received: 'the file', allowed };
  return { source: null, problems: [problem] };
}

function syntaxProblem(error: YAMLError, lineCounter: LineCounter): PlanProblem {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  const next = NEXT_BY_CODE[error.code];
  return {
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax',
    line: Math.max(1, line),
    column: Math.max(1, col),
    path: '',
    message: `not valid YAML: ${error.message}`,
    received: 'this line',
    allowed: error.code === 'DUPLICATE_KEY' ? 'each key once in a mapping' : 'YAML 1.2',
    ...(next === undefined ? {} : { hint: next }),
  };
}

/** Aliases of an anchor that is not there: toJS would stop at the first, without its place. */
function looseAliases(document: Document.Parsed, lineCounter: LineCounter): PlanProblem[] {
  const problems: PlanProblem[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      const { line, col } = lineCounter.linePos(offsetOf(alias) ?? 0);
      problems.push({
        code: 'yaml-syntax',
        line,
        column: col,
        path: '',
        message: `no anchor &${alias.source} stands before the alias *${alias.source}`,
        received: `*${alias.source}`,
        allowed: 'an alias of an anchor above it',
        hint: 'Put the text in quotes if * is meant as such.',
      });
    },
  });
  return problems;
}

function tooDeep(value: unknown, around: readonly object[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (around.length >= DEPTH_MAX || around.includes(value)) return true;
  return Object.values(value).some((inner) => tooDeep(inner, [...around, value]));
}

function locator(document: Document.Parsed, lineCounter: LineCounter): YamlSource['locate'] {
  return (path, at) => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [index, part] of path.entries()) {
      const { key, value } = childOf(resolved(node, document), part);
      const own = index === path.length - 1 && at === 'key' ? key : (value ?? key);
      const next = offsetOf(own) ?? offsetOf(key);
      if (next === null) break;
      // A missing key is shown at the key of the mapping that lacks it, not at that mapping's first entry.
      offset =
        index < path.length - 1 && missing(path, index, value, document) ? (offsetOf(key) ?? next) : next;
      node = value;
    }
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

function missing(path: PlanPath, index: number, value: unknown, document: Document.Parsed): boolean {
  const next = path[index + 1];
  return next !== undefined && childOf(resolved(value, document), next).key === null;
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return node instanceof Alias ? node.resolve(document) : node;
}

function childOf(node: unknown, part: string | number): { key: unknown; value: unknown } {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => (isScalar(item.key) ? String(item.key.value) : '') === String(part),
    );
    return { key: pair?.key ?? null, value: pair?.value ?? null };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part] ?? null;
    return { key: item, value: item };
  }
  return { key: null, value: null };
}

function offsetOf(node: unknown): number | null {
  const range = (node as Partial<Node> | null)?.range;
  return range ? range[0] : null;
}
