import { z } from 'zod';

export const paymentPartner = { schema: z.object({ kind: z.literal('payment'), port: z.number() }) };
