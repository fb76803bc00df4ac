import { expect, it, test } from 'vitest';
import { launchPlanJsonSchema } from '../../../scripts/plan/schema/json-schema.ts';

const schema: unknown = JSON.parse(JSON.stringify(launchPlanJsonSchema()));

function at(...path: string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    schema,
  );
}

it('is of draft 2020-12 and requires what has no default', () => {
  expect(at('$schema')).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(at('required')).toEqual(['version', 'forecast', 'slo', 'target', 'journeys']);
  expect(at('properties', 'slo', 'required')).toEqual(['allowedDowntime']);
});

it('shows quantities as the user writes them, with defaults', () => {
  expect(at('properties', 'slo', 'properties', 'slowAfter')).toMatchObject({
    default: '3s',
    anyOf: [{ type: 'string' }],
  });
  expect(at('properties', 'rehearsal', 'properties', 'seed')).toMatchObject({
    default: 1,
    anyOf: [{ type: 'string' }, { type: 'integer', minimum: 0 }],
  });
});

it('completes a step by its request', () => {
  const step = at(
    'properties',
    'journeys',
    'additionalProperties',
    'anyOf',
    '0',
    'oneOf',
    '0',
    'properties',
    'steps',
    'items',
    'oneOf',
  );
  expect(step).toContainEqual({ required: ['post'] });
});

test.each(['promo', 'phases', 'openslo'])('does not offer %s, which is not available yet', (key) => {
  expect(JSON.stringify(schema)).not.toContain(`"${key}":`);
});

it('leaves no field without a type', () => {
  const untyped: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'properties') {
        for (const [name, field] of Object.entries(inner as object)) {
          const keys = Object.keys(field as object);
          const typed = ['type', 'anyOf', 'oneOf', 'const', 'enum'].some((word) => keys.includes(word));
          if (!typed) untyped.push(`${path}.${name}`);
        }
      }
      look(inner, `${path}.${key}`);
    }
  };
  look(schema, '');
  // the body of a request, GraphQL variables and the body of an injected answer are the user's own
  expect(untyped.filter((path) => !/\.(json|body|variables)$/.test(path))).toEqual([]);
});
