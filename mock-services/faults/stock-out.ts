import { z } from 'zod';

export const stockOutFault = { schema: z.object({ kind: z.literal('stock-out'), partner: z.string() }) };
