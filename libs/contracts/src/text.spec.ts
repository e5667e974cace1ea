import type { z } from 'zod';
import * as contracts from './index';

const actionId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const act = { actionId, seenSeq: 1 };

/** Bodies and queries with every text a person may type in them. */
const typed: [schema: z.ZodType, body: unknown][] = [
  [contracts.signInSchema, { username: 'a', password: 'b' }],
  [contracts.caseSearchSchema, { caseNo: '450200202611230001' }],
  [contracts.caseSearchSchema, { idNumber: '450206199001011234' }],
  [contracts.inboxQuerySchema, { after: 'x' }],
  [contracts.noticeQuerySchema, { caseNo: '450200202611230001' }],
  [contracts.deadlineRequestSchema, { start: '2026-01-05', limit: { kind: 'sameDay' }, region: '450200' }],
  [
    contracts.registerPersonSchema,
    { idNumber: 'x', name: '甲', scheme: 'resident', regionCode: '450200', entitledFrom: '2020-01-01' },
  ],
  [contracts.actBodySchema, { ...act, act: 'reject', reasons: [{ code: 'RS-99', text: '甲' }], note: '乙' }],
  [contracts.actBodySchema, { ...act, act: 'withdraw', note: '乙' }],
  [
    contracts.actBodySchema,
    {
      ...act,
      act: 'askSupplement',
      reasons: [{ code: 'RS-05', text: '甲' }],
      items: [{ material: 'R-MT-2', text: '乙' }],
    },
  ],
  [
    contracts.actBodySchema,
    { ...act, act: 'deliver', way: 'courier', deliveredOn: '2026-11-23', receiver: '甲', trackingNumber: '1' },
  ],
  [contracts.filingBodySchema, { applicant: { name: '甲' }, invoices: [{ code: '1', patientName: '乙' }] }],
  [contracts.paperFactsSchema, { legible: true, ownName: '甲', issuedBy: '乙', documentNumber: '1' }],
];

/** The same body once for each text in it, with `bad` put behind that text. */
function spoilt(value: unknown, bad: string): unknown[] {
  if (typeof value === 'string') return [value + bad];
  if (Array.isArray(value)) {
    return value.flatMap((entry, i) => spoilt(entry, bad).map((other) => Object.assign([...value], { [i]: other })));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    spoilt(entry, bad).map((other) => ({ ...value, [key]: other })),
  );
}

it('refuses, in every text of every body, what no column can keep', () => {
  for (const [schema, body] of typed) {
    expect([body, schema.safeParse(body).error?.issues]).toEqual([body, undefined]);
    for (const bad of ['\u0000b', '\ud800b']) {
      for (const other of spoilt(body, bad)) {
        expect([other, schema.safeParse(other).success]).toEqual([other, false]);
      }
    }
  }
});
