import { insuranceSchemes } from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

/** `POST /api/registry/persons`: only in the demo, where the registry of insured persons has no other source. */
export const registerPersonSchema = z
  .strictObject({
    idNumber: trimmedText(40).min(1),
    name: trimmedText(100).min(1),
    scheme: z.enum(insuranceSchemes),
    regionCode: z.string().regex(/^\d{6}$/, { error: '须为六位数字' }),
    entitledFrom: z.iso.date(),
    entitledTo: z.iso.date().nullish(),
  })
  .meta({ id: 'RegisterPerson' });
export type RegisterPerson = z.infer<typeof registerPersonSchema>;

export const registeredPersonSchema = z
  .object({ id: z.string(), created: z.boolean() })
  .meta({ id: 'RegisteredPerson' });
export type RegisteredPerson = z.infer<typeof registeredPersonSchema>;
