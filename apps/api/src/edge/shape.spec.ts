import { DomainError } from '@banjie/domain';
import * as contracts from '@banjie/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { shapeFault, shapePipe } from './shape';

const schemas = Object.entries(contracts as Record<string, unknown>).filter(
  (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
);

function faultOf(schema: z.ZodType, value: unknown): DomainError {
  const { error } = schema.safeParse(value);
  if (!error) throw new Error('the value is good');
  return shapeFault(error.issues);
}
const reasonOf = (schema: z.ZodType, value: unknown) => faultOf(schema, value).facts.reason;

const act = { actionId: '0f8fad5b-d9cb-469f-a165-70867728950e', seenSeq: 1 };
const filing = (body: object) => ({ matter: 'inpatientReimbursement', body });

it.each([
  [
    contracts.actBodySchema,
    { ...act, act: 'approve', payableFen: 1.5 },
    '应支付金额(payableFen)须为不小于 0 的整数,单位为分',
    'payableFen',
  ],
  [
    contracts.actBodySchema,
    { ...act, act: 'approve', payableFen: -1 },
    '应支付金额(payableFen)须为不小于 0 的整数,单位为分',
    'payableFen',
  ],
  [
    contracts.actBodySchema,
    { ...act, act: 'propose', outcome: 'pass', deductions: [{ lineNo: 1, reasonCode: 'RS-09' }] },
    '核减金额(deductions[0].amountFen)须填写',
    'deductions[0].amountFen',
  ],
  [contracts.actBodySchema, { ...act, act: 'reject', reasons: [] }, '理由(reasons)至少选一条', 'reasons'],
  [contracts.actBodySchema, { ...act, act: 'accept', user: 'x' }, '不认识的字段 user,请删除', 'user'],
  [
    contracts.actBodySchema,
    { ...act, actionId: 'x', act: 'accept' },
    '操作编号(actionId)须为系统使用的 36 位编号',
    'actionId',
  ],
  [
    contracts.actBodySchema,
    { ...act, act: 'propose', outcome: 'yes' },
    '审核意见(outcome)须为下列之一:pass(拟通过)、refuse(拟不予通过)',
    'outcome',
  ],
  [
    contracts.createFilingSchema,
    filing({ invoices: [{ amountFen: '12' }] }),
    '金额(invoices[0].amountFen)须为不小于 0 的整数,单位为分',
    'invoices[0].amountFen',
  ],
  [contracts.createFilingSchema, filing({ invoices: [7] }), '票据的第 1 项(invoices[0])须为一组字段', 'invoices[0]'],
  [
    contracts.createFilingSchema,
    filing({ stay: { admissionDate: '2026-02-30' } }),
    '入院日期(stay.admissionDate)须为存在的日期,形如 2026-01-05',
    'stay.admissionDate',
  ],
  [contracts.createFilingSchema, filing({ applicant: { sex: 1 } }), '不认识的字段 sex,请删除', 'applicant.sex'],
  [contracts.createFilingSchema, null, '正文须为一组字段', undefined],
  [contracts.signInSchema, { username: '', password: 'x' }, '用户名(username)不能为空', 'username'],
  [contracts.caseSearchSchema, {}, '正文须给出受理号(caseNo)或身份证号(idNumber)中的一项,不超过 40 个字', undefined],
])('tells what to mend, in Chinese, by the field (%#)', (schema: z.ZodType, value, reason, field) => {
  expect(faultOf(schema, value)).toMatchObject({ code: 'BAD_SHAPE', facts: { reason }, ...(field ? { field } : {}) });
});

it('names the parameter of an address', async () => {
  const meta = (data: string, schema: z.ZodType) => ({ type: 'param' as const, data, schema });
  await expect(shapePipe.transform('x', meta('id', contracts.taskIdSchema))).rejects.toMatchObject({
    field: 'id',
    facts: { reason: '编号(id)须为整数' },
  });
  await expect(shapePipe.transform('x', meta('attachmentId', z.uuid()))).rejects.toMatchObject({
    field: 'attachmentId',
    facts: { reason: '附件编号(attachmentId)须为系统使用的 36 位编号' },
  });
});

it('echoes no key at length and nothing strange in it', () => {
  const key = `<b>${'x'.repeat(500)}`;
  expect(reasonOf(contracts.signInSchema, { username: 'a', password: 'b', [key]: 1 })).toBe(
    `不认识的字段 ?b?${'x'.repeat(37)},请删除`,
  );
});

const latin = /[A-Za-z]{2,}\w*/g;

/** Names of fields and words to choose from; every other Latin word in a sentence is a leak of the library's English. */
function wordsOf(schema: z.ZodType): Set<string> {
  const words = new Set(['RS', 'MT']);
  const add = (name: string) => {
    for (const word of [name, ...(name.match(latin) ?? [])]) words.add(word);
  };
  const walk = (node: unknown, key: string): void => {
    if (typeof node !== 'object' && (key === 'const' || key === 'enum')) add(String(node));
    if (Array.isArray(node)) for (const entry of node) walk(entry, key);
    else if (typeof node === 'object' && node !== null) {
      for (const [name, value] of Object.entries(node)) {
        add(name);
        walk(value, name);
      }
    }
  };
  walk(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }), '');
  return words;
}

it.each(schemas)('has a Chinese sentence for whatever is wrong with %s', (_name, schema) => {
  const words = wordsOf(schema);
  const leaf = fc.oneof(
    fc.constantFrom(null, undefined, true, '', ' ', 'x'.repeat(3_000), '2026-02-30', -1, 1.5, 1e300, NaN, 2 ** 60),
    fc.string(),
    fc.double(),
    fc.constantFrom(...words),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words, '字段'), tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (anything) => {
      const { error } = schema.safeParse(anything);
      if (!error) return;
      const { message, facts, next } = shapeFault(error.issues);
      const listed = (facts.issues as { reason: string }[] | undefined) ?? [{ reason: String(facts.reason) }];
      for (const { reason } of listed) {
        const foreign = (reason.match(latin) ?? []).filter((word) => !words.has(word));
        expect([reason, foreign]).toEqual([expect.stringMatching(/\p{Script=Han}{2}/u), []]);
      }
      expect(message + next).toMatch(/^提交的内容不符合要求:.*\p{Script=Han}/u);
    }),
    { numRuns: 150 },
  );
});
