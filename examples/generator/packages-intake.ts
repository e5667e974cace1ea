import { makeClaim, type Sketch } from './claim';
import {
  accept,
  act,
  closed,
  deliverByCourier,
  file,
  firstReview,
  notAccepted,
  pack,
  paid,
  payOut,
  post,
  refuseAcceptance,
  refuseForNothingFound,
  reviewToPaid,
  secondReview,
  approve,
  deliver,
  type MadePackage,
} from './steps';

const one = 'main';

/** An ordinary claim that goes down the whole road. */
async function ordinary(
  name: string,
  title: string,
  rules: string[],
  sketch: Omit<Sketch, 'seed'>,
): Promise<MadePackage> {
  const claim = await makeClaim({ seed: name, ...sketch });
  return pack({
    name,
    title,
    rules,
    claims: { [one]: claim },
    steps: [file(one, one), accept(one), ...reviewToPaid(one, sketch.person)],
    expect: { [one]: paid(claim.payable()) },
  });
}

/** A claim with gaps: 收件 takes it, 受理 is refused while they stand, the notice names all of them. */
async function incomplete(
  name: string,
  title: string,
  rules: string[],
  gaps: string[],
  reasons: string[],
  sketch: Omit<Sketch, 'seed'>,
): Promise<MadePackage> {
  const claim = await makeClaim({ seed: name, ...sketch });
  return pack({
    name,
    title,
    rules,
    claims: { [one]: claim },
    steps: [
      file(one, one, gaps),
      accept(one, { refusedWith: ['FILING_HAS_GAPS'] }),
      refuseForNothingFound(one),
      refuseAcceptance(one, ...reasons),
      closed(one),
    ],
    expect: { [one]: notAccepted },
  });
}

async function plain(): Promise<MadePackage[]> {
  const employee: Sketch = {
    seed: 'plain-employee',
    person: '韦示例',
    scheme: 'employee',
    birthDate: '1968-04-12',
    hospital: 'cityFirst',
    admission: '2026-05-11',
    discharge: '2026-05-20',
    diagnosis: '冠状动脉粥样硬化性心脏病',
    lineCount: 168,
    format: 'xlsx',
    operation: 'coronary',
  };
  const first = await makeClaim(employee);
  const resident: Sketch = {
    seed: 'plain-resident',
    person: '覃示例',
    scheme: 'resident',
    birthDate: '1981-09-03',
    hospital: 'countyGeneral',
    admission: '2026-03-02',
    discharge: '2026-03-09',
    diagnosis: '急性阑尾炎',
    lineCount: 96,
    format: 'gb18030',
    operation: 'appendix',
    sudden: true,
  };
  const second = await makeClaim(resident);
  return [
    pack({
      name: 'plain-employee',
      title: '职工,三级医院,材料齐全;有人双击,有人办别人已认领的任务',
      rules: ['R-AM-02', 'architecture § 3'],
      claims: { [one]: first },
      steps: [
        file(one, one),
        accept(one),
        firstReview(one, {}, { again: true }),
        secondReview(one),
        approve(one, { heldFirst: true }),
        ...payOut(one),
        deliver(one, employee.person),
        closed(one),
      ],
      expect: { [one]: paid(first.payable()) },
    }),
    pack({
      name: 'plain-resident',
      title: '居民,二级医院,材料齐全;一人兼初审和复核,只能办一个',
      rules: ['R-AM-02', 'SD-01'],
      claims: { [one]: second },
      steps: [
        file(one, one),
        accept(one),
        act(one, 'initialReview', post('initialReviewer', { double: 'secondReviewer' }), {
          act: 'propose',
          outcome: 'pass',
        }),
        act(
          one,
          'secondReview',
          post('secondReviewer', { double: 'initialReviewer' }),
          { act: 'propose', outcome: 'pass' },
          { refusedWith: ['DUTY_CONFLICT'] },
        ),
        secondReview(one),
        approve(one),
        ...payOut(one),
        deliverByCourier(one),
        closed(one),
      ],
      expect: { [one]: paid(second.payable()) },
    }),
  ];
}

async function proxies(): Promise<MadePackage> {
  const sketch: Sketch = {
    seed: 'proxy',
    person: '莫样例',
    scheme: 'resident',
    birthDate: '1947-01-25',
    hospital: 'township',
    proxy: '蓝样例',
    credential: 'socialSecurityCard',
    admission: '2026-06-22',
    discharge: '2026-06-29',
    diagnosis: '慢性支气管炎急性发作',
    lineCount: 60,
    format: 'utf8Bom',
  };
  const claim = await makeClaim(sketch);
  return pack({
    name: 'proxy',
    title: '代办人申请;外机构人员查不到这件',
    rules: ['R-MT-1b', 'house-style § 13'],
    claims: { [one]: claim },
    steps: [
      file(one, one),
      act(
        one,
        'acceptance',
        post('initialReviewer', { foreign: true }),
        { act: 'accept' },
        { refusedWith: ['CASE_NOT_FOUND'] },
      ),
      accept(one),
      ...reviewToPaid(one, '蓝样例'),
    ],
    expect: { [one]: paid(claim.payable()) },
  });
}

async function papersMissingOrReplaced(): Promise<MadePackage[]> {
  const lost: Omit<Sketch, 'seed'> = {
    person: '黄示例',
    scheme: 'employee',
    birthDate: '1975-12-08',
    hospital: 'countyGeneral',
    lostInvoice: 'bothPapers',
    admission: '2026-04-07',
    discharge: '2026-04-15',
    diagnosis: '胆囊结石伴慢性胆囊炎',
    lineCount: 120,
    format: 'xlsx',
    operation: 'gallbladder',
  };
  const kin: Omit<Sketch, 'seed'> = {
    person: '梁样例',
    scheme: 'resident',
    birthDate: '1938-02-17',
    hospital: 'cityFirst',
    kinAccount: { name: '梁示例', proof: 'kinshipProof' },
    admission: '2026-07-01',
    discharge: '2026-07-16',
    diagnosis: '脑梗死',
    lineCount: 210,
    format: 'gb18030',
    treatment: 'diagnosisCertificate',
  };
  return [
    await ordinary('lost-invoice-both-papers', '发票遗失,存根复印件和承诺书都有', ['R-MT-2'], lost),
    await incomplete(
      'lost-invoice-one-paper',
      '发票遗失,只有存根复印件',
      ['R-MT-2'],
      ['MATERIAL_INCOMPLETE'],
      ['RS-01'],
      { ...lost, person: '黄样例', birthDate: '1979-03-21', lostInvoice: 'stubAlone' },
    ),
    await ordinary('kin-account-with-proof', '用子女账户收款,有关系证明', ['R-MT-3'], kin),
    await ordinary('kin-account-with-commitment', '用子女账户收款,有承诺书', ['R-MT-3'], {
      ...kin,
      person: '罗样例',
      birthDate: '1941-06-30',
      kinAccount: { name: '罗示例', proof: 'kinshipCommitment' },
      lineCount: 88,
      format: 'utf8',
    }),
    await incomplete(
      'kin-account-without-proof',
      '用子女账户收款,没有关系证明也没有承诺书',
      ['R-MT-3'],
      ['MATERIAL_INCOMPLETE'],
      ['RS-01'],
      {
        ...kin,
        person: '邓样例',
        birthDate: '1944-10-11',
        kinAccount: { name: '邓示例', proof: 'noPaper' },
        lineCount: 64,
        format: 'xlsx',
      },
    ),
    await ordinary('emergency-observation-with-record', '含急诊留观费用,有留观病历', ['R-MT-5'], {
      person: '农示例',
      scheme: 'employee',
      birthDate: '1986-08-19',
      hospital: 'cityFirst',
      emergencyObservation: 'emergencyObservationRecord',
      sudden: true,
      admission: '2026-08-03',
      discharge: '2026-08-10',
      diagnosis: '急性上消化道出血',
      lineCount: 132,
      format: 'xlsx',
      credential: 'electronicCredential',
    }),
    await incomplete(
      'emergency-observation-without-paper',
      '含急诊留观费用,没有急诊诊断证明或留观病历',
      ['R-MT-5'],
      ['MATERIAL_MISSING'],
      ['RS-01'],
      {
        person: '农样例',
        scheme: 'employee',
        birthDate: '1990-05-06',
        hospital: 'cityFirst',
        emergencyObservation: 'noPaper',
        sudden: true,
        admission: '2026-08-12',
        discharge: '2026-08-17',
        diagnosis: '急性胃肠炎',
        lineCount: 52,
        format: 'utf8Bom',
      },
    ),
  ];
}

async function accidents(): Promise<MadePackage[]> {
  const fall: Omit<Sketch, 'seed'> = {
    person: '陆示例',
    scheme: 'employee',
    birthDate: '1972-11-29',
    hospital: 'cityBone',
    accident: 'trafficAccidentReport',
    admission: '2026-02-09',
    discharge: '2026-02-26',
    diagnosis: '右胫骨骨折',
    lineCount: 180,
    format: 'xlsx',
    operation: 'fracture',
  };
  const letter: Omit<Sketch, 'seed'> = {
    ...fall,
    accident: 'injuryCommitmentLetter',
    scheme: 'resident',
    lineCount: 76,
  };
  return [
    await ordinary('accident-traffic-report', '意外伤害,有交警事故认定书', ['R-MT-7', 'R-EL-08'], fall),
    await ordinary('accident-court-judgment', '意外伤害,有法院判决书', ['R-MT-7'], {
      ...fall,
      person: '陆样例',
      birthDate: '1970-01-14',
      accident: 'courtJudgment',
      lineCount: 44,
      format: 'gb18030',
    }),
    await ordinary('accident-mediation-agreement', '意外伤害,有调解协议书', ['R-MT-7'], {
      ...fall,
      person: '谢示例',
      birthDate: '1988-07-07',
      accident: 'mediationAgreement',
      lineCount: 58,
      format: 'utf8',
    }),
    await ordinary('accident-authority-proof', '意外伤害,有公安机关的其他证明', ['R-MT-7'], {
      ...fall,
      person: '谢样例',
      birthDate: '1993-03-30',
      accident: 'otherAuthorityProof',
      lineCount: 39,
      format: 'utf8Bom',
    }),
    await ordinary('accident-commitment-letter', '意外伤害,没有其他证明,个人承诺书五项齐全并签名', ['R-MT-7'], {
      ...letter,
      person: '苏示例',
      birthDate: '1966-06-16',
      format: 'gb18030',
    }),
    await incomplete(
      'accident-letter-lacks-item',
      '意外伤害,个人承诺书没写就诊时间',
      ['R-MT-7'],
      ['INJURY_LETTER_INCOMPLETE'],
      ['RS-01'],
      {
        ...letter,
        person: '苏样例',
        birthDate: '1969-09-19',
        letterLacks: 'visitedAt',
        lineCount: 41,
      },
    ),
    await incomplete(
      'accident-without-paper',
      '意外伤害,没有任何证明',
      ['R-MT-7', 'R-EL-08'],
      ['MATERIAL_MISSING'],
      ['RS-01'],
      {
        ...fall,
        person: '潘样例',
        birthDate: '1984-04-04',
        accident: 'noPaper',
        lineCount: 47,
        format: 'utf8',
      },
    ),
  ];
}

async function wrongPapers(): Promise<MadePackage[]> {
  const stay: Omit<Sketch, 'seed'> = {
    person: '吴示例',
    scheme: 'resident',
    birthDate: '1959-05-15',
    hospital: 'countyChinese',
    admission: '2026-01-12',
    discharge: '2026-01-20',
    diagnosis: '腰椎间盘突出',
    lineCount: 70,
    format: 'xlsx',
  };
  return [
    await incomplete(
      'totals-differ',
      '发票与清单合计相差 0.20 元',
      ['R-EL-06'],
      ['INVOICE_STATEMENT_TOTAL_DIFFERS'],
      ['RS-03'],
      { ...stay, invoiceOffFen: 20 },
    ),
    await incomplete('illegible-scan', '出院记录是看不清的照片', ['R-EL-07'], ['PAPER_ILLEGIBLE'], ['RS-02'], {
      ...stay,
      person: '吴样例',
      birthDate: '1961-08-23',
      illegible: 'dischargeRecord',
      lineCount: 55,
      format: 'utf8',
    }),
    await incomplete('wrong-person', '出院记录是别人的', ['R-EL-05'], ['PAPER_NAME_DIFFERS'], ['RS-04'], {
      ...stay,
      person: '滕示例',
      birthDate: '1964-12-01',
      strangerOn: 'dischargeRecord',
      stranger: '滕样例',
      lineCount: 49,
      format: 'gb18030',
    }),
    await incomplete(
      'many-gaps-one-notice',
      '一件有四处欠缺,一次性告知',
      ['R-MT', 'D3 第三十五条'],
      ['INVOICE_STATEMENT_TOTAL_DIFFERS', 'MATERIAL_INCOMPLETE', 'MATERIAL_INCOMPLETE', 'MATERIAL_MISSING'],
      ['RS-01', 'RS-03'],
      {
        ...stay,
        person: '岑样例',
        birthDate: '1955-02-02',
        invoiceOffFen: -100,
        lostInvoice: 'stubAlone',
        kinAccount: { name: '岑示例', proof: 'noPaper' },
        emergencyObservation: 'noPaper',
        lineCount: 33,
        format: 'utf8Bom',
      },
    ),
    await incomplete(
      'hospital-without-agreement',
      '非定点医院,不是突发疾病',
      ['R-EL-02'],
      ['HOSPITAL_WITHOUT_AGREEMENT'],
      ['RS-06'],
      { ...stay, person: '石样例', birthDate: '1977-07-17', hospital: 'private', lineCount: 36, format: 'xlsx' },
    ),
    await ordinary('sudden-illness-without-agreement', '非定点医院,突发疾病,照付', ['R-EL-02', 'C-24'], {
      ...stay,
      person: '石示例',
      birthDate: '1976-06-06',
      hospital: 'private',
      sudden: true,
      lineCount: 42,
      format: 'xlsx',
    }),
  ];
}

async function duplicates(): Promise<MadePackage[]> {
  const stay: Omit<Sketch, 'seed'> = {
    person: '何示例',
    scheme: 'employee',
    birthDate: '1982-02-28',
    hospital: 'countyGeneral',
    admission: '2026-05-25',
    discharge: '2026-06-02',
    diagnosis: '社区获得性肺炎',
    lineCount: 66,
    format: 'xlsx',
  };
  const inUse = ['INVOICE_IN_USE'];
  // The invoice, and the number of the statement.
  const bothInUse = [...inUse, ...inUse];
  const [first, second] = ['first', 'second'];

  const open = await makeClaim({ ...stay, seed: 'duplicate-of-open-case' });
  const openAgain = await makeClaim(
    { ...stay, seed: 'duplicate-of-open-case/again', person: '何样例', birthDate: '1985-05-05', sameNumbersAs: open },
    'second-',
  );
  const done = await makeClaim({ ...stay, seed: 'duplicate-of-paid-case', person: '卢示例', format: 'gb18030' });
  const doneAgain = await makeClaim(
    {
      ...stay,
      seed: 'duplicate-of-paid-case',
      person: '卢示例',
      format: 'gb18030',
      proxy: '卢样例',
      sameNumbersAs: done,
    },
    'second-',
  );
  const refused = await makeClaim({
    ...stay,
    seed: 'duplicate-of-refused-case',
    person: '韩示例',
    format: 'utf8Bom',
    illegible: 'invoice',
  });
  const filedAnew = await makeClaim(
    { ...stay, seed: 'duplicate-of-refused-case', person: '韩示例', format: 'utf8Bom', sameNumbersAs: refused },
    'second-',
  );
  return [
    pack({
      name: 'duplicate-of-open-case',
      title: '同一发票,另一人在前件审核时再报',
      rules: ['R-EL-04'],
      claims: { [first]: open, [second]: openAgain },
      steps: [
        file(first, first),
        accept(first),
        firstReview(first),
        file(second, second, bothInUse, inUse),
        secondReview(first),
        approve(first),
        ...payOut(first),
        deliver(first, stay.person),
        closed(first),
      ],
      expect: { [first]: paid(open.payable()) },
    }),
    pack({
      name: 'duplicate-of-paid-case',
      title: '同一发票,前件已支付,又由代办人再报',
      rules: ['R-EL-04'],
      claims: { [first]: done, [second]: doneAgain },
      steps: [
        file(first, first),
        accept(first),
        ...reviewToPaid(first, '卢示例'),
        file(second, second, bothInUse, inUse),
      ],
      expect: { [first]: paid(done.payable()) },
    }),
    pack({
      name: 'duplicate-of-refused-case',
      title: '同一发票,前件不予受理,补齐后重新申请,照付',
      rules: ['R-EL-04', '04-clocks § 2'],
      claims: { [first]: refused, [second]: filedAnew },
      steps: [
        file(first, first, ['PAPER_ILLEGIBLE']),
        refuseAcceptance(first, 'RS-02'),
        closed(first),
        file(second, second),
        accept(second),
        ...reviewToPaid(second, '韩示例'),
      ],
      expect: { [first]: notAccepted, [second]: paid(filedAnew.payable()) },
    }),
  ];
}

export async function intakePackages(): Promise<MadePackage[]> {
  return [
    ...(await plain()),
    await proxies(),
    ...(await papersMissingOrReplaced()),
    ...(await accidents()),
    ...(await wrongPapers()),
    ...(await duplicates()),
  ];
}
