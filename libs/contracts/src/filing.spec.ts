import {
  findGaps,
  gapTable,
  errorTable,
  inpatientReimbursement,
  papers,
  type FiledClaim,
  type Gap,
} from '@banjie/domain';
import fc from 'fast-check';
import { createFilingSchema, filingBodySchema, paperFactsSchema, statementLineSchema } from './filing';

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const partly = <Fields extends Record<string, fc.Arbitrary<unknown>>>(fields: Fields) =>
  maybe(fc.record(fields, { requiredKeys: [] }));

const anyText = (max: number) =>
  fc.oneof(
    fc.string({ maxLength: max, unit: 'grapheme' }),
    fc.string({ maxLength: max, unit: 'binary' }),
    fc.constantFrom('', ' ', '覃𠮷', '甲😀', '１２３', '\u202Eabc', "'; DROP TABLE filing; --", '450221198001011231'),
  );
const text = (max: number) => maybe(anyText(max));
const day = maybe(
  fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 10)),
);
const flag = maybe(fc.boolean());
const fen = maybe(fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)));

const body = fc.record(
  {
    applicant: partly({
      idNumber: text(20),
      name: text(20),
      phone: text(20),
      scheme: maybe(fc.constantFrom('employee', 'resident')),
    }),
    proxy: partly({ name: text(20), idNumber: text(20), phone: text(20), relation: text(20) }),
    stay: partly({
      hospitalCode: text(20),
      admissionDate: day,
      dischargeDate: day,
      diagnosis: text(50),
      sudden: flag,
      accident: flag,
      emergencyObservation: flag,
    }),
    injury: partly({
      happenedAt: day,
      place: text(20),
      course: text(50),
      visitedAt: day,
      hospital: text(20),
      signed: flag,
    }),
    payee: partly({
      relation: maybe(fc.constantFrom('self', 'kin')),
      accountName: text(20),
      accountNumber: text(30),
      bankCode: text(10),
      kinIdNumber: text(20),
      kinRelation: maybe(fc.constantFrom('spouse', 'child')),
    }),
    invoices: maybe(
      fc.array(
        fc.record(
          {
            code: text(20),
            number: text(20),
            hospitalCode: text(20),
            patientName: text(20),
            amountFen: fen,
            issuedOn: day,
            lost: flag,
            settledElsewhere: flag,
          },
          { requiredKeys: [] },
        ),
        { maxLength: 4 },
      ),
    ),
    statement: partly({ number: text(20), patientName: text(20), totalFen: fen }),
  },
  { requiredKeys: [] },
);
const lines = fc.array(
  fc.record({
    lineNo: fc.integer({ min: 1, max: 100 }),
    serviceDate: fc.constantFrom('2025-01-01', '2099-01-01'),
    itemCode: fc.constantFrom('X1', 'X2'),
    itemName: fc.constant('药'),
    category: fc.constant(''),
    quantity: fc.constantFrom('0', '1', '0.125', '999999999.999'),
    unitPriceFen: fc.constantFrom(0, 100, Number.MAX_SAFE_INTEGER),
    amountFen: fc.constantFrom(0, 100, Number.MAX_SAFE_INTEGER),
  }),
  { maxLength: 4 },
);
const filedPapers = fc.array(
  fc.record({
    paper: fc.constantFrom(...papers),
    facts: fc.record(
      {
        legible: fc.boolean(),
        ownName: text(20),
        issuedBy: text(20),
        sealed: flag,
        signed: flag,
        describesTreatment: flag,
        documentNumber: text(20),
      },
      { requiredKeys: ['legible'] },
    ),
  }),
  { maxLength: 8 },
);

it('judges whatever a draft may hold without falling over, in sentences, with known codes', () => {
  const runs = { accepted: 0 };
  fc.assert(
    fc.property(body, lines, filedPapers, fc.boolean(), (anyBody, anyLines, anyPapers, known) => {
      const parsed = filingBodySchema.safeParse(anyBody);
      const statement = anyLines.map((line) => statementLineSchema.parse(line));
      const facts = anyPapers.map(({ paper, facts: f }) => ({ paper, parsed: paperFactsSchema.safeParse(f) }));
      if (!parsed.success || facts.some((f) => !f.parsed.success)) return;
      runs.accepted += 1;
      const claim: FiledClaim = {
        body: parsed.data,
        lines: statement,
        papers: facts.map((f) => ({ paper: f.paper, facts: f.parsed.data! })),
        person: known
          ? { name: '覃𠮷', regionCode: '450200', scheme: 'resident', entitledFrom: '2020-01-01', entitledTo: null }
          : null,
        hospital: known
          ? { code: 'H1', name: '示例医院', regionCode: '450200', agreementFrom: null, agreementTo: null }
          : null,
        today: '2026-11-23',
      };
      const { gaps, warnings } = findGaps(inpatientReimbursement, claim);
      const isSound = ({ code, message, rule, clause }: Gap) =>
        (code in gapTable || code in errorTable) &&
        /\p{Script=Han}/u.test(message) &&
        !/undefined|未注明|NaN|\{\w+\}/.test(message) &&
        rule !== '' &&
        clause !== '';
      expect([...gaps, ...warnings].filter((found) => !isSound(found))).toEqual([]);
    }),
    { numRuns: 800 },
  );
  expect(runs.accepted).toBeGreaterThan(100);
});

it('never throws at a body of any shape', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (anything) => {
      expect(createFilingSchema.safeParse({ matter: 'inpatientReimbursement', body: anything })).toHaveProperty(
        'success',
      );
    }),
    { numRuns: 2_000 },
  );
});

it('keeps nothing that does not fit into a text column', () => {
  const nameOf = (name: string) => filingBodySchema.safeParse({ applicant: { name } });
  for (const bad of ['\u0000', 'a\u0007b', '\ud800', '\udc00x', '\uffff']) expect(nameOf(bad).success).toBe(false);
  for (const good of ['覃𠮷', '阿卜杜拉·买买提', ' 甲 ']) expect(nameOf(good).success).toBe(true);
  expect(nameOf(' 甲 ').data?.applicant?.name).toBe('甲');
});
