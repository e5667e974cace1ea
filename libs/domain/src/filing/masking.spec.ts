import { posts, type Post } from '../case/words';
import type { FilingBody } from './filing';
import { maskFiling, maskLines, maskPaper, maskText, mayReadCases, mayReadPaper } from './masking';

const body: FilingBody = {
  applicant: { idNumber: '999206196503120115', name: '参保甲', phone: '13900000000', scheme: 'employee' },
  proxy: { name: '代办乙', idNumber: '999206197811050224', phone: '07727212345', relation: '子女' },
  stay: { hospitalCode: 'H1', diagnosis: '示例诊断甲乙丙' },
  payee: {
    relation: 'kin',
    accountName: '亲属丙',
    accountNumber: '6222000012345678',
    kinIdNumber: '999206199007230339',
  },
};

describe('masking a filing', () => {
  it.each<[Post, { id: boolean; phone: boolean; account: boolean; illness: boolean }]>([
    ['window', { id: true, phone: true, account: true, illness: true }],
    ['initialReviewer', { id: true, phone: true, account: true, illness: true }],
    ['secondReviewer', { id: true, phone: false, account: false, illness: true }],
    ['approver', { id: false, phone: false, account: false, illness: true }],
    ['settlementClerk', { id: false, phone: false, account: true, illness: false }],
    ['financeReviewer', { id: false, phone: false, account: true, illness: false }],
    ['financeApprover', { id: false, phone: false, account: true, illness: false }],
    ['supervisor', { id: false, phone: false, account: false, illness: false }],
    ['auditReader', { id: false, phone: false, account: false, illness: true }],
    ['systemAdmin', { id: false, phone: false, account: false, illness: false }],
  ])('shows %s what the post needs and no more', (post, sees) => {
    const { body: shown, isMasked } = maskFiling(body, [post]);
    expect({
      id: shown.applicant?.idNumber === body.applicant?.idNumber,
      phone: shown.applicant?.phone === body.applicant?.phone,
      account: shown.payee?.accountNumber === body.payee?.accountNumber,
      illness: shown.stay?.diagnosis === body.stay?.diagnosis,
    }).toEqual(sees);
    expect(isMasked).toBe(!Object.values(sees).every(Boolean));
    expect([
      shown.proxy?.idNumber === body.proxy?.idNumber,
      shown.payee?.kinIdNumber === body.payee?.kinIdNumber,
    ]).toEqual([sees.id, sees.id]);
    expect([shown.applicant?.name, shown.payee?.accountName, shown.stay?.hospitalCode]).toEqual([
      '参保甲',
      '亲属丙',
      'H1',
    ]);
  });

  it('keeps the ends that tell two numbers apart, and never most of a short one', () => {
    const { body: shown } = maskFiling(body, ['supervisor']);
    expect(shown.applicant).toMatchObject({ idNumber: '9992**********0115', phone: '139****0000' });
    expect(shown.payee?.accountNumber).toBe('************5678');
    expect(maskText('12345678901', 4, 4)).toBe('***********');
  });

  it('leaves an incomplete draft as incomplete as it is', () => {
    expect(maskFiling({}, ['supervisor']).body).toEqual({});
    expect(maskFiling({ applicant: null, stay: { diagnosis: null } }, ['supervisor']).body).toEqual({
      applicant: null,
      stay: { diagnosis: null },
    });
  });

  it('lets everyone who works on cases read them, and technical maintenance not', () => {
    expect(posts.filter((post) => !mayReadCases([post]))).toEqual(['systemAdmin']);
  });
});

describe('papers and lines', () => {
  it.each<[Post, { idCard: boolean; bank: boolean; discharge: boolean; invoice: boolean }]>([
    ['window', { idCard: true, bank: true, discharge: true, invoice: true }],
    ['initialReviewer', { idCard: true, bank: true, discharge: true, invoice: true }],
    ['secondReviewer', { idCard: true, bank: false, discharge: true, invoice: true }],
    ['approver', { idCard: false, bank: false, discharge: true, invoice: true }],
    ['settlementClerk', { idCard: false, bank: true, discharge: false, invoice: true }],
    ['financeReviewer', { idCard: false, bank: true, discharge: false, invoice: true }],
    ['financeApprover', { idCard: false, bank: true, discharge: false, invoice: true }],
    ['supervisor', { idCard: false, bank: false, discharge: false, invoice: true }],
    ['auditReader', { idCard: false, bank: false, discharge: true, invoice: true }],
    ['systemAdmin', { idCard: false, bank: false, discharge: false, invoice: false }],
  ])('do not give %s what the filing hides', (post, sees) => {
    expect({
      idCard: mayReadPaper('idCard', [post]),
      bank: mayReadPaper('ownBankAccount', [post]),
      discharge: mayReadPaper('dischargeRecord', [post]),
      invoice: mayReadPaper('invoice', [post]),
    }).toEqual(sees);
    const paper = { paper: 'dischargeRecord' as const, fileName: '某病.pdf', facts: { legible: true, ownName: '甲' } };
    expect(maskPaper(paper, [post])).toEqual(
      sees.discharge ? paper : { ...paper, fileName: '出院记录', facts: { legible: true } },
    );
    const line = { itemCode: 'C1', itemName: '化疗', amountFen: 1 };
    expect(maskLines([line], [post])).toEqual([
      sees.discharge ? line : { itemCode: '****', itemName: '****', amountFen: 1 },
    ]);
  });
});
