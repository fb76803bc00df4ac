import { z } from 'zod';

export const cafePartner = { schema: z.object({ kind: z.literal('cafe'), port: z.number() }) };
