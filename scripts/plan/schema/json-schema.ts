import { z } from 'zod';
import { launchPlanSchema } from './schema.ts';

/** JSON Schema (draft 2020-12) of launch.yaml as the user writes it, for completion in editors. */
export function launchPlanJsonSchema(): object {
  return z.toJSONSchema(launchPlanSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // A kind's own schema may drop keys that it does not know; the loader refuses them, so editors shall too.
      if (
        jsonSchema.type === 'object' &&
        jsonSchema.properties &&
        jsonSchema.additionalProperties === undefined
      ) {
        jsonSchema.additionalProperties = false;
      }
    },
  });
}
