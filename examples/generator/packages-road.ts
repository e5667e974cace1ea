import { makeClaim, type MadeClaim, type Sketch } from './claim';
import { card, document } from './papers';
import { exampleCardNumber } from './people';
import {
  accept,
  act,
  approve,
  closed,
  decideToPaid,
  deliver,
  file,
  firstReview,
  pack,
  paid,
  payOut,
  post,
  reject,
  rejected,
  reviewToPaid,
  secondReview,
  sendBack,
  until,
  withdrawn,
  type MadePackage,
} from './steps';

const one = 'main';

const stay: Omit<Sketch, 'seed' | 'person' | 'birthDate'> = {
  scheme: 'employee',
  hospital: 'cityFirst',
  admission: '2026-09-01',
  discharge: '2026-09-10',
  diagnosis: '2 型糖尿病伴并发症',
  lineCount: 90,
  format: 'xlsx',
};

/** 核减: one whole line of 甲类, and half of one of 乙类. */
function cuts(claim: MadeClaim) {
  const whole = claim.lines.find(
    (line) => line.item.itemClass === 'A' && line.item.category === '西药费' && line.amountFen >= 500,
  );
  const half = claim.lines.find((line) => line.item.itemClass === 'B' && line.amountFen >= 1_000);
  if (!whole || !half) throw new Error('the drawn lines hold nothing to deduct from');
  return [
    { lineNo: whole.lineNo, amountFen: whole.amountFen, reasonCode: 'RS-10' },
    { lineNo: half.lineNo, amountFen: Math.floor(half.amountFen / 2), reasonCode: 'RS-09' },
  ];
}

async function deductionPackage(): Promise<MadePackage> {
  const claim = await makeClaim({ ...stay, seed: 'deduction-with-clause', person: '唐示例', birthDate: '1960-10-10' });
  const deductions = cuts(claim);
  return pack({
    name: 'deduction-with-clause',
    title: '初审核减两行,注明条款',
    rules: ['R-AM-01', '核减'],
    claims: { [one]: claim },
    steps: [
      file(one, one),
      accept(one),
      firstReview(one, { deductions }),
      secondReview(one),
      ...decideToPaid(one, '唐示例'),
    ],
    expect: { [one]: paid(claim.payable(deductions)) },
  });
}

async function returnsInside(): Promise<MadePackage[]> {
  const twice = await makeClaim({
    ...stay,
    seed: 'sent-back-twice',
    person: '龙示例',
    birthDate: '1958-03-14',
    format: 'gb18030',
    lineCount: 140,
  });
  const deductions = cuts(twice);
  const finance = await makeClaim({
    ...stay,
    seed: 'sent-back-from-finance',
    person: '龙样例',
    birthDate: '1963-07-27',
    lineCount: 54,
  });
  const financeCuts = cuts(finance).slice(0, 1);
  return [
    pack({
      name: 'sent-back-twice',
      title: '复核退回初审,审批退回复核',
      rules: ['T-11', 'SD-01'],
      claims: { [one]: twice },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one),
        sendBack(one, 'secondReview', 'secondReviewer', 'initialReview', 'RS-12'),
        firstReview(one, { deductions }),
        secondReview(one),
        sendBack(one, 'approval', 'approver', 'secondReview', 'RS-14'),
        secondReview(one),
        ...decideToPaid(one, '龙示例'),
      ],
      expect: { [one]: paid(twice.payable(deductions)) },
    }),
    pack({
      name: 'sent-back-from-finance',
      title: '财务复核退回初审,审批和拨付单作废,重新审批',
      rules: ['architecture § 5'],
      claims: { [one]: finance },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one),
        secondReview(one),
        approve(one),
        ...payOut(one).slice(0, 1),
        sendBack(one, 'financeReview', 'financeReviewer', 'initialReview', 'RS-14'),
        firstReview(one, { deductions: financeCuts }),
        secondReview(one),
        ...decideToPaid(one, '龙样例'),
      ],
      expect: { [one]: paid(finance.payable(financeCuts), ['void', 'paid']) },
    }),
  ];
}

async function endings(): Promise<MadePackage[]> {
  const no = await makeClaim({
    ...stay,
    seed: 'rejected',
    person: '贾示例',
    birthDate: '1974-04-24',
    lineCount: 45,
    format: 'utf8',
  });
  const proposedNo = await makeClaim({
    ...stay,
    seed: 'refusal-proposed',
    person: '贾样例',
    birthDate: '1980-08-08',
    lineCount: 38,
    format: 'utf8Bom',
  });
  const back = await makeClaim({
    ...stay,
    seed: 'withdrawn',
    person: '莫示例',
    birthDate: '1991-01-19',
    lineCount: 34,
  });
  const small = await makeClaim({
    ...stay,
    seed: 'zero-payable',
    person: '蒙示例',
    birthDate: '2012-06-01',
    scheme: 'resident',
    admission: '2026-10-12',
    discharge: '2026-10-14',
    diagnosis: '急性上呼吸道感染',
    cheap: true,
    lineCount: 30,
  });
  if (small.payable() !== 0) throw new Error('the cheap stay is not cheap enough');
  const refusal = { act: 'propose', outcome: 'refuse', reasons: [{ code: 'RS-13' }] } as const;
  return [
    pack({
      name: 'rejected',
      title: '初审、复核建议通过,审批不予通过',
      rules: ['D1 办理流程', 'K-03'],
      claims: { [one]: no },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one),
        secondReview(one),
        reject(one, 'RS-05'),
        deliver(one, '贾示例'),
        closed(one),
      ],
      expect: { [one]: rejected },
    }),
    pack({
      name: 'refusal-proposed',
      title: '初审、复核建议不予通过;只有审批能不予通过,也不能反过来通过',
      rules: ['D3 第七十四条', 'R-EL-12'],
      claims: { [one]: proposedNo },
      steps: [
        file(one, one),
        accept(one),
        act(one, 'initialReview', post('initialReviewer'), refusal),
        act(one, 'secondReview', post('secondReviewer'), refusal),
        act(
          one,
          'approval',
          post('approver'),
          { act: 'approve', payableFen: 0 },
          { refusedWith: ['PROPOSAL_IS_REFUSAL'] },
        ),
        reject(one, 'RS-13'),
        deliver(one, '贾样例'),
        closed(one),
      ],
      expect: { [one]: rejected },
    }),
    pack({
      name: 'withdrawn',
      title: '复核前申请人撤回',
      rules: ['04-clocks § 2'],
      claims: { [one]: back },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one),
        act(one, 'secondReview', post('window'), { act: 'withdraw' }),
        closed(one),
      ],
      expect: { [one]: withdrawn },
    }),
    pack({
      name: 'zero-payable',
      title: '政策范围内费用不到起付线,通过但支付 0.00 元,不制拨付单',
      rules: ['R-FN-10', 'Worked 5'],
      claims: { [one]: small },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one),
        secondReview(one),
        approve(one),
        deliver(one, '蒙示例'),
        closed(one),
      ],
      expect: { [one]: { ...paid(0, []) } },
    }),
  ];
}

async function supplementPackage(): Promise<MadePackage> {
  const claim = await makeClaim({
    ...stay,
    seed: 'supplement-after-acceptance',
    person: '廖示例',
    birthDate: '1956-11-11',
    lineCount: 72,
    format: 'gb18030',
  });
  const ask = {
    act: 'askSupplement',
    reasons: [{ code: 'RS-02' }],
    items: [{ material: 'R-MT-8', text: '请补充有诊疗经过的出院记录。' }],
  } as const;
  const record = document(
    'dischargeRecord',
    'discharge-record-supplement.pdf',
    {
      title: '出院记录(补充)',
      lines: ['姓名:廖示例', '诊疗经过:入院后予胰岛素泵强化治疗,监测血糖,并发症筛查,血糖平稳后出院。'],
      seal: '柳州示例第一医院诊断专用章',
    },
    { legible: true, ownName: '廖示例', issuedBy: '柳州示例第一医院', describesTreatment: true },
  );
  return pack({
    name: 'supplement-after-acceptance',
    title: '受理后一次性告知补正,时限暂停一次;第二次告知被拒',
    rules: ['04-clocks § 2'],
    claims: { [one]: claim },
    steps: [
      file(one, one),
      accept(one),
      act(one, 'initialReview', post('initialReviewer'), ask),
      act(
        one,
        'initialReview',
        post('initialReviewer'),
        { act: 'propose', outcome: 'pass' },
        { refusedWith: ['WAITING_SUPPLEMENT'] },
      ),
      { do: 'attach', case: one, by: post('window'), papers: [record.entry] },
      act(one, 'initialReview', post('window'), { act: 'supplement' }),
      firstReview(one),
      act(one, 'secondReview', post('secondReviewer'), ask, { refusedWith: ['SUPPLEMENT_USED'] }),
      secondReview(one),
      ...decideToPaid(one, '廖示例'),
    ],
    expect: { [one]: paid(claim.payable()) },
    morePapers: [record],
  });
}

async function bankPackages(): Promise<MadePackage[]> {
  const claimOf = (seed: string, person: string, birthDate: string, more: Partial<Sketch> = {}) =>
    makeClaim({ ...stay, seed, person, birthDate, lineCount: 40, ...more });
  const lost = await claimOf('bank-unknown', '杨示例', '1967-01-01');
  const never = await claimOf('bank-never-received', '杨样例', '1969-02-02', { format: 'utf8' });
  const late = await claimOf('bank-late-success', '周示例', '1971-03-03', { format: 'gb18030' });
  const no = await claimOf('bank-refuses', '周样例', '1973-05-05');
  const early = await claimOf('bank-return-before-delivery', '赵示例', '1976-07-09', { format: 'utf8Bom' });
  const closedFirst = await claimOf('bank-return-after-closing', '赵样例', '1978-09-13');
  const newAccounts = [exampleCardNumber(900_000_001), exampleCardNumber(900_000_002), exampleCardNumber(900_000_003)];
  const payee = (accountName: string, place: number) => ({
    accountName,
    accountNumber: newAccounts[place],
    bankCode: 'EXBK4503',
    relation: 'self',
  });
  const [forNo = '', forEarly = '', forClosed = ''] = newAccounts;
  const kinPayee = { ...payee('周示例甲', 0), relation: 'kin', kinRelation: 'child' };
  const kinPapers = [
    card('kinBankAccount', 'new-bank-account.png', forNo, { legible: true, ownName: '周示例甲' }),
    document(
      'kinshipProof',
      'new-kinship.pdf',
      { title: '亲属关系证明', lines: ['兹有周示例甲系周样例的子女。'], seal: '示例社区居民委员会' },
      { legible: true, sealed: true },
    ),
  ];
  const drawTo = (to: Record<string, unknown>) => ({ act: 'preparePayout', payee: to }) as const;
  const notLawful = { refusedWith: ['PAYEE_NOT_LAWFUL'] };
  const smooth = (person: string) => [file(one, one), accept(one), ...reviewToPaid(one, person)];
  const toRelease = [file(one, one), accept(one), firstReview(one), secondReview(one), approve(one), ...payOut(one)];
  const next = (account: string, fault: 'lostReplyAfterBooking' | 'lostReplyBeforeBooking') =>
    ({ do: 'bankFault', account, fault: { kind: fault, match: { next: 1 } } }) as const;
  return [
    pack({
      name: 'bank-unknown',
      title: '银行已记账但回复丢失:状态未知,查询后确认,只付一次',
      rules: ['R-FN-07', 'architecture § 5'],
      claims: { [one]: lost },
      steps: [next(lost.accountNumber, 'lostReplyAfterBooking'), ...smooth('杨示例')],
      expect: { [one]: paid(lost.payable()) },
    }),
    pack({
      name: 'bank-never-received',
      title: '银行没有收到:查询证实后用同一单号再发,只付一次',
      rules: ['R-FN-07'],
      claims: { [one]: never },
      steps: [next(never.accountNumber, 'lostReplyBeforeBooking'), ...smooth('杨样例')],
      expect: { [one]: paid(never.payable()) },
    }),
    pack({
      name: 'bank-late-success',
      title: '银行先受理后记账:等到记账才算支付',
      rules: ['R-FN-07'],
      claims: { [one]: late },
      steps: [
        { do: 'bankFault', account: late.accountNumber, fault: { kind: 'lateSuccess', match: {}, ms: 2_000 } },
        ...smooth('周示例'),
      ],
      expect: { [one]: paid(late.payable()) },
    }),
    pack({
      name: 'bank-refuses',
      title: '银行拒付:换直系亲属账户,没有关系证明不能制单;重新制单、复核、审批',
      rules: ['architecture § 5', 'R-FN-02', 'R-MT-3', 'SD-08'],
      claims: { [one]: no },
      steps: [
        { do: 'bankFault', account: no.accountNumber, fault: { kind: 'refuse', match: {}, reason: '账户已销户' } },
        ...toRelease,
        until(one, 'preparePayout', 'failed'),
        // R-MT-3 holds for the new account, too: no stranger's, and that of kin only with its papers.
        act(one, 'preparePayout', post('settlementClerk'), drawTo(payee('路人示例', 0)), notLawful),
        act(one, 'preparePayout', post('settlementClerk'), drawTo(kinPayee), notLawful),
        { do: 'attach', case: one, by: post('settlementClerk'), papers: kinPapers.map(({ entry }) => entry) },
        ...payOut(one, kinPayee),
        deliver(one, '周样例'),
        closed(one),
      ],
      expect: { [one]: paid(no.payable(), ['failed', 'paid']) },
      moreAccounts: [forNo],
      morePapers: kinPapers,
    }),
    pack({
      name: 'bank-return-before-delivery',
      title: '退票在送达前:先送达,再换账户付第二单',
      rules: ['04-clocks § 2', 'architecture § 5'],
      claims: { [one]: early },
      steps: [
        {
          do: 'bankFault',
          account: early.accountNumber,
          fault: { kind: 'returnAfter', match: {}, ms: 1_500, reason: '户名不符' },
        },
        ...toRelease,
        until(one, 'deliver', 'returned'),
        deliver(one, '赵示例'),
        ...payOut(one, payee('赵示例', 1)),
        closed(one),
      ],
      expect: { [one]: paid(early.payable(), ['returned', 'paid']) },
      moreAccounts: [forEarly],
    }),
    pack({
      name: 'bank-return-after-closing',
      title: '办结后退票:只重开拨付,换账户付第二单',
      rules: ['04-clocks § 2', 'architecture § 5'],
      claims: { [one]: closedFirst },
      steps: [
        {
          do: 'bankFault',
          account: closedFirst.accountNumber,
          fault: { kind: 'returnAfter', match: {}, ms: 8_000, reason: '账户已冻结' },
        },
        ...toRelease,
        deliver(one, '赵样例'),
        until(one, 'preparePayout', 'returned'),
        ...payOut(one, payee('赵样例', 2)),
        closed(one),
      ],
      expect: { [one]: paid(closedFirst.payable(), ['returned', 'paid']) },
      moreAccounts: [forClosed],
    }),
  ];
}

async function longStatement(): Promise<MadePackage> {
  const claim = await makeClaim({
    ...stay,
    seed: 'long-statement',
    person: '阿依·示例',
    birthDate: '1952-12-12',
    admission: '2026-07-20',
    discharge: '2026-08-28',
    hospital: 'cityFirst',
    lineCount: 400,
    format: 'gb18030',
    operation: 'coronary',
    scheme: 'resident',
  });
  return pack({
    name: 'long-statement',
    title: '四十天住院,400 行清单(GB18030),姓名带间隔点',
    rules: ['R-AM-01'],
    claims: { [one]: claim },
    steps: [file(one, one), accept(one), ...reviewToPaid(one, '阿依·示例')],
    expect: { [one]: paid(claim.payable()) },
  });
}

export async function roadPackages(): Promise<MadePackage[]> {
  return [
    await longStatement(),
    await deductionPackage(),
    ...(await returnsInside()),
    ...(await endings()),
    await supplementPackage(),
    ...(await bankPackages()),
  ];
}
