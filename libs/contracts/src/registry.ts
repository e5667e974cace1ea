import { insuranceSchemes } from '@banjie/domain';
import { z } from 'zod';

/** `POST /api/registry/persons`: only in the demo, where the registry of insured persons has no other source. */
export const registerPersonSchema = z
  .strictObject({
    idNumber: z.string().trim().min(1).max(40),
    name: z.string().trim().min(1).max(100),
    scheme: z.enum(insuranceSchemes),
    regionCode: z.string().regex(/^\d{6}$/),
    entitledFrom: z.iso.date(),
    entitledTo: z.iso.date().nullish(),
  })
  .meta({ id: 'RegisterPerson' });
export type RegisterPerson = z.infer<typeof registerPersonSchema>;

export const registeredPersonSchema = z
  .object({ id: z.string(), created: z.boolean() })
  .meta({ id: 'RegisteredPerson' });
export type RegisteredPerson = z.infer<typeof registeredPersonSchema>;
