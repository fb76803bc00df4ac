import { z } from 'zod';
import { reportSchema } from './run-report.ts';

/** JSON Schema (draft 2020-12) of report.json. */
export function reportJsonSchema(): object {
  return z.toJSONSchema(reportSchema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // What the format says already, and bounds that only say that JavaScript counts so far.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.type === 'object' && jsonSchema.properties) jsonSchema.additionalProperties = false;
    },
  });
}
