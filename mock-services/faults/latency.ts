import { z } from 'zod';

export const latencyFault = { schema: z.object({ kind: z.literal('latency'), partner: z.string() }) };
