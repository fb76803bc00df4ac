import { reportJsonSchema } from '../../scripts/contract/report-schema.ts';

// docs/report.md, made from the schema.

interface Schema {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: readonly unknown[];
  format?: string;
  $ref?: string;
  anyOf?: readonly Schema[];
  items?: Schema;
  prefixItems?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema | boolean;
}

const INTRO = `# report.json

Every run writes it, and \`peakproof analyze\` makes it again from the saved observations, byte for byte the same.
Everything that shows a run reads this file alone. \`peakproof schema report\` prints its JSON Schema, from which this page
is made.

- Times are ISO 8601, UTC. Names that end in \`Ms\` are durations in milliseconds, in \`Ratio\` shares from 0 to 1, in \`PerSec\`
  rates a second.
- What was not measured is null, never 0.
- Details and keys of orders are text of the target: never to be shown unescaped.
- A turn is what is judged: with \`client.thinkTime\` each step of a journey, else a whole order
  ([measurement.md](measurement.md)).

## Figures over time

\`steps[].series\` holds columns that have one value for each slice, the warm-up included. Whatever is shown over time is read
from there. So that nine hours stay small, a column is written in the shortest of these ways:

| written | means |
|---|---|
| not there | 0 in each slice |
| \`5\`, \`"UP"\`, \`null\` | the same value in each slice |
| \`[5, [7, 3], null]\` | the values one after another; \`[7, 3]\` stands for 7, 7, 7 |
| \`{ "rise": [10, 2, -1] }\` | each value as its difference to the one before it that was measured, the first one to 0: 10, 12, 11 |
| \`{ "like": "started", "by": [0, -2] }\` | each value as its difference to the column of that name beside it, in the same slice |

Columns that begin with \`ended\` count what ended in a slice, all others what was meant to start in it. k6 tells what ended once
a second, so up to a second of it may stand in the next slice. A column that counts adds up, with \`outside\`, to the figure of
the whole step.
`;

/** Text of docs/report.md. */
export function reportPage(): string {
  const tables: string[] = [];
  describe('report', reportJsonSchema() as Schema, tables);
  return `${INTRO}\n${tables.join('\n')}`;
}

/** A table for an object and, after it, for each object in it. */
function describe(path: string, schema: Schema, tables: string[]): void {
  const { object, description } = objectIn(schema);
  if (object === null) return;
  const rows = Object.entries(object.properties ?? {}).map(([name, field]) => {
    const said = field.description ?? objectIn(field).description ?? '';
    return `| \`${name}\` | ${typeText(field)} | ${said.replaceAll('|', '\\|')} |`;
  });
  const about = path === 'report' || description === undefined ? [] : [`${sentence(description)}\n`];
  tables.push(
    [`## \`${path}\`\n`, ...about, '| field | type | meaning |', '|---|---|---|', ...rows, ''].join('\n'),
  );
  for (const [name, field] of Object.entries(object.properties ?? {})) {
    const inner = path === 'report' ? name : `${path}.${name}`;
    describe(isList(field) ? `${inner}[]` : inner, field, tables);
  }
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

/** Of a field that may be null: what it is else. */
const present = (schema: Schema): Schema =>
  schema.anyOf?.length === 2 && mayBeNull(schema)
    ? (schema.anyOf.find(({ type }) => type !== 'null') ?? schema)
    : schema;
const mayBeNull = ({ type, anyOf }: Schema): boolean =>
  [type].flat().includes('null') || (anyOf?.some(mayBeNull) ?? false);
const isList = (schema: Schema): boolean => present(schema).type === 'array';

/** The object with known fields that a field is, or a list of. */
function objectIn(schema: Schema): { object: Schema | null; description: string | undefined } {
  const one = present(schema);
  const item = one.items && !one.prefixItems ? present(one.items) : one;
  return { object: item.properties ? item : null, description: item.description };
}

function typeText(schema: Schema): string {
  return bareType(present(schema)) + (mayBeNull(schema) ? ' or null' : '');
}

function bareType(schema: Schema): string {
  if (schema.$ref !== undefined) return 'column';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(bareType).join(', ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(bareType).join(', ')}]`;
  if (schema.items) return `list of ${bareType(present(schema.items))}`;
  if (schema.properties) return 'object';
  if (typeof schema.additionalProperties === 'object')
    return `${bareType(schema.additionalProperties)}s by name`;
  if (schema.format === 'date-time') return 'time';
  const types = [schema.type ?? 'any'].flat().filter((type) => type !== 'null');
  return types.map((type) => (type === 'string' ? 'text' : type)).join(', ');
}
