import type { CreateFiling, ExampleClaim, ExamplePaper } from '@banjie/contracts';
import type { Operation } from './catalogue';
import { blurredPhoto, card, document, type MadePaper, type Sheet } from './papers';
import { daysBetween, exampleCardNumber, exampleIdNumber, hospitals, type HospitalName } from './people';
import { payableFen, type Scheme } from './policy';
import { seeded } from './random';
import { drawLines, eligibleFen, totalFen, writeStatement, type StatementFormat, type StatementRow } from './statement';

type Body = CreateFiling['body'];
type PaperKind = ExamplePaper['paper'];

/** What is particular about one claim; everything else is an ordinary stay with every paper in order. */
export interface Sketch {
  /** Seed of the lines, and what numbers are made from. */
  seed: string;
  person: string;
  scheme: Scheme;
  birthDate: string;
  hospital: HospitalName;
  admission: string;
  discharge: string;
  diagnosis: string;
  lineCount: number;
  format: StatementFormat;
  operation?: Operation;
  /** A stay so cheap that the deductible swallows it. */
  cheap?: true;
  credential?: 'idCard' | 'socialSecurityCard' | 'electronicCredential';
  treatment?: 'dischargeRecord' | 'diagnosisCertificate';
  sudden?: true;
  emergencyObservation?: 'emergencyDiagnosis' | 'emergencyObservationRecord' | 'noPaper';
  accident?:
    | 'trafficAccidentReport'
    | 'courtJudgment'
    | 'mediationAgreement'
    | 'otherAuthorityProof'
    | 'injuryCommitmentLetter'
    | 'noPaper';
  /** Left out of the 意外伤害就医个人承诺书. */
  letterLacks?: 'visitedAt' | 'place';
  proxy?: string;
  lostInvoice?: 'bothPapers' | 'stubAlone';
  kinAccount?: { name: string; proof: 'kinshipProof' | 'kinshipCommitment' | 'noPaper' };
  /** Added to the amount printed on the invoice, 分. */
  invoiceOffFen?: number;
  /** This paper is a photograph nobody can read. */
  illegible?: PaperKind;
  /** This paper is somebody else's. */
  strangerOn?: PaperKind;
  stranger?: string;
  /** Same hospital and document numbers as an earlier claim of the package. */
  sameNumbersAs?: MadeClaim;
}

export interface MadeClaim {
  files: Map<string, Buffer>;
  filing: ExampleClaim['filings'][string];
  person: ExampleClaim['persons'][number];
  documentNumbers: string[];
  accountNumber: string;
  lines: StatementRow[];
  totalFen: number;
  /** By the generator's own arithmetic. */
  payable(deductions?: readonly { lineNo: number; amountFen: number }[]): number;
}

const yuan = (fen: number) => (fen / 100).toFixed(2);

/** Makes the papers of one claim. `prefix` keeps the files of several claims of a package apart. */
export async function makeClaim(sketch: Sketch, prefix = ''): Promise<MadeClaim> {
  const random = seeded(`banjie-examples/${sketch.seed}`);
  const hospital = hospitals[sketch.hospital];
  const idNumber = exampleIdNumber(sketch.birthDate, random.whole(0, 999), random.whole(0, 999));
  const digits = (count: number) => Array.from({ length: count }, () => random.whole(0, 9)).join('');
  const earlier = sketch.sameNumbersAs;
  const [invoiceNumber = '', statementNumber = ''] = earlier?.documentNumbers ?? [`45${digits(8)}`, `QD${digits(10)}`];
  const accountNumber = exampleCardNumber(random.whole(0, 999_999_999));

  const lines =
    earlier?.lines ??
    drawLines(
      random,
      daysBetween(sketch.admission, sketch.discharge),
      sketch.lineCount,
      sketch.operation ?? 'none',
      sketch.cheap ?? false,
    );
  const statementFen = totalFen(lines);
  const invoiceFen = statementFen + (sketch.invoiceOffFen ?? 0);
  const statement = await writeStatement(
    {
      hospital: hospital.name,
      patientName: sketch.person,
      number: statementNumber,
      admission: sketch.admission,
      discharge: sketch.discharge,
    },
    lines,
    sketch.format,
  );

  const body = bodyOf(sketch, { idNumber, accountNumber, invoiceNumber, statementNumber, invoiceFen, statementFen });
  const context: PaperContext = {
    sketch,
    idNumber,
    accountNumber,
    invoiceNumber,
    statementNumber,
    invoiceFen,
    statementFen,
    body,
  };
  const made = papersOf(context).map((paper) => ({
    ...paper,
    entry: { ...paper.entry, file: `${prefix}${paper.entry.file}` },
  }));
  const application = `${prefix}application.json`;
  return {
    files: new Map<string, Buffer>([
      [application, Buffer.from(`${JSON.stringify(body, null, 2)}\n`, 'utf8')],
      [`${prefix}${statement.name}`, statement.bytes],
      ...made.map((paper): [string, Buffer] => [paper.entry.file, paper.bytes]),
    ]),
    filing: { application, statement: `${prefix}${statement.name}`, papers: made.map((paper) => paper.entry) },
    person: { idNumber, name: sketch.person, scheme: sketch.scheme, entitledFrom: '2020-01-01', entitledTo: null },
    documentNumbers: [invoiceNumber, statementNumber],
    accountNumber,
    lines,
    totalFen: statementFen,
    payable: (deductions = []) => payableFen(eligibleFen(lines, deductions), sketch.scheme, hospital.grade),
  };
}

interface Numbers {
  idNumber: string;
  accountNumber: string;
  invoiceNumber: string;
  statementNumber: string;
  invoiceFen: number;
  statementFen: number;
}

function bodyOf(sketch: Sketch, numbers: Numbers): Body {
  const hospital = hospitals[sketch.hospital];
  const { kinAccount, proxy, accident } = sketch;
  const random = seeded(`${sketch.seed}/people`);
  const phone = () => `139000${String(random.whole(0, 99_999)).padStart(5, '0')}`;
  const otherId = () =>
    exampleIdNumber(`19${random.whole(60, 89)}-0${random.whole(1, 9)}-1${random.whole(0, 9)}`, 7, random.whole(0, 999));
  const letter = {
    happenedAt: `${sketch.admission}T07:40:00+08:00`,
    place: sketch.letterLacks === 'place' ? null : '家中楼梯',
    course: '下楼时踏空摔倒,右腿着地,疼痛不能行走',
    visitedAt: sketch.letterLacks === 'visitedAt' ? null : `${sketch.admission}T09:15:00+08:00`,
    hospital: hospital.name,
    signed: true,
  };
  return {
    applicant: { idNumber: numbers.idNumber, name: sketch.person, phone: phone(), scheme: sketch.scheme },
    proxy: proxy ? { name: proxy, idNumber: otherId(), phone: phone(), relation: '邻居' } : null,
    stay: {
      hospitalCode: hospital.code,
      admissionDate: sketch.admission,
      dischargeDate: sketch.discharge,
      diagnosis: sketch.diagnosis,
      sudden: sketch.sudden ?? false,
      accident: accident !== undefined,
      emergencyObservation: sketch.emergencyObservation !== undefined,
    },
    injury: accident === 'injuryCommitmentLetter' ? letter : null,
    payee: {
      relation: kinAccount ? 'kin' : 'self',
      accountName: kinAccount?.name ?? sketch.person,
      accountNumber: numbers.accountNumber,
      bankCode: 'EXBK4502',
      kinIdNumber: kinAccount ? otherId() : null,
      kinRelation: kinAccount ? 'child' : null,
    },
    invoices: [
      {
        code: '',
        number: numbers.invoiceNumber,
        hospitalCode: hospital.code,
        patientName: sketch.person,
        amountFen: numbers.invoiceFen,
        issuedOn: sketch.discharge,
        lost: sketch.lostInvoice !== undefined,
        settledElsewhere: false,
      },
    ],
    statement: { number: numbers.statementNumber, patientName: sketch.person, totalFen: numbers.statementFen },
  };
}

interface PaperContext extends Numbers {
  sketch: Sketch;
  body: Body;
}

function papersOf(context: PaperContext): MadePaper[] {
  const { sketch, idNumber, accountNumber } = context;
  const own = (paper: PaperKind, extra: Partial<ExamplePaper['facts']> = {}): ExamplePaper['facts'] => ({
    legible: true,
    ownName: paper === sketch.strangerOn ? (sketch.stranger ?? '') : sketch.person,
    ...extra,
  });
  const picture = (paper: PaperKind, file: string, number: string, facts = own(paper)): MadePaper =>
    sketch.illegible === paper
      ? blurredPhoto(paper, `${file}.jpg`, number, facts)
      : card(paper, `${file}.png`, number, facts);
  const sheet = (paper: PaperKind, file: string, content: Sheet, facts = own(paper)): MadePaper =>
    sketch.illegible === paper
      ? blurredPhoto(paper, `${file}.jpg`, '', facts)
      : document(paper, `${file}.pdf`, content, facts);

  const credential = sketch.credential ?? 'idCard';
  const credentialFile = {
    idCard: 'id-card',
    socialSecurityCard: 'social-security-card',
    electronicCredential: 'electronic-credential',
  }[credential];
  const made = [picture(credential, credentialFile, idNumber), ...invoicePapers(context, sheet, own)];

  const { kinAccount } = sketch;
  if (kinAccount) {
    made.push(
      picture('kinBankAccount', 'kin-bank-account', accountNumber, { legible: true, ownName: kinAccount.name }),
    );
    const relation = {
      title: kinAccount.proof === 'kinshipProof' ? '亲属关系证明' : '亲属关系承诺书',
      lines: [`兹有${kinAccount.name}系${sketch.person}的子女。`],
      signature: kinAccount.name,
      seal: '示例社区居民委员会',
    };
    if (kinAccount.proof !== 'noPaper')
      made.push(sheet(kinAccount.proof, 'kinship', relation, { legible: true, signed: true }));
  } else {
    made.push(picture('ownBankAccount', 'bank-account', accountNumber));
  }
  if (sketch.proxy)
    made.push(
      picture('proxyIdCard', 'proxy-id-card', context.body.proxy?.idNumber ?? '', {
        legible: true,
        ownName: sketch.proxy,
      }),
    );
  made.push(...medicalPapers(context, sheet, own));
  return made;
}

type MakeSheet = (paper: PaperKind, file: string, content: Sheet, facts?: ExamplePaper['facts']) => MadePaper;
type Own = (paper: PaperKind, extra?: Partial<ExamplePaper['facts']>) => ExamplePaper['facts'];

function invoicePapers(context: PaperContext, sheet: MakeSheet, own: Own): MadePaper[] {
  const { sketch, invoiceNumber, invoiceFen, statementNumber, statementFen } = context;
  const hospital = hospitals[sketch.hospital];
  const printed = {
    title: '医疗住院收费票据(电子)',
    lines: [
      `票据号码:${invoiceNumber}    开票日期:${sketch.discharge}`,
      `交款人:${sketch.strangerOn === 'invoice' ? (sketch.stranger ?? '') : sketch.person}`,
      `住院时间:${sketch.admission} 至 ${sketch.discharge}`,
      `金额合计:${yuan(invoiceFen)} 元`,
      `收款单位:${hospital.name}`,
    ],
    seal: `${hospital.name}财务专用章`,
  };
  const papers: MadePaper[] = [];
  if (sketch.lostInvoice) {
    const stub = { ...printed, title: '医疗住院收费票据 存根联(复印件)' };
    papers.push(
      sheet(
        'invoiceStubCopy',
        'invoice-stub-copy',
        stub,
        own('invoiceStubCopy', { sealed: true, documentNumber: invoiceNumber }),
      ),
    );
    const commitment = {
      title: '票据遗失承诺书',
      lines: [
        `本人${sketch.person}不慎遗失票据 ${invoiceNumber}(${yuan(invoiceFen)} 元),承诺未在其他地方报销,如有不实愿承担责任。`,
      ],
      signature: sketch.person,
    };
    if (sketch.lostInvoice === 'bothPapers') {
      papers.push(
        sheet(
          'lostInvoiceCommitment',
          'lost-invoice-commitment',
          commitment,
          own('lostInvoiceCommitment', { signed: true }),
        ),
      );
    }
  } else {
    papers.push(sheet('invoice', 'invoice', printed, own('invoice', { documentNumber: invoiceNumber })));
  }
  const head = {
    title: `${hospital.name}住院费用结算清单`,
    lines: [
      `清单号:${statementNumber}`,
      `姓名:${sketch.person}`,
      `住院时间:${sketch.admission} 至 ${sketch.discharge}`,
      `合计:${yuan(statementFen)} 元`,
      '明细见随附电子清单。',
    ],
    seal: `${hospital.name}财务专用章`,
  };
  papers.push(
    sheet('costStatement', 'cost-statement', head, own('costStatement', { documentNumber: statementNumber })),
  );
  const form = {
    title: '广西基本医疗保险医疗费用申报表',
    lines: [
      `参保人:${sketch.person}`,
      `险种:${sketch.scheme === 'employee' ? '职工' : '居民'}基本医疗保险`,
      `就诊医院:${hospital.name}`,
      `申报金额:${yuan(invoiceFen)} 元`,
    ],
    signature: sketch.proxy ?? sketch.person,
  };
  papers.push(sheet('claimForm', 'claim-form', form));
  return papers;
}

function medicalPapers(context: PaperContext, sheet: MakeSheet, own: Own): MadePaper[] {
  const { sketch, body } = context;
  const hospital = hospitals[sketch.hospital];
  const papers: MadePaper[] = [];
  const stay = [
    `姓名:${sketch.person}`,
    `入院 ${sketch.admission}  出院 ${sketch.discharge}`,
    `诊断:${sketch.diagnosis}`,
  ];
  const treatment = sketch.treatment ?? 'dischargeRecord';
  const course = '诊疗经过:入院后完善检查,予相应治疗,病情好转,准予出院。';
  const titles = { dischargeRecord: '出院记录', diagnosisCertificate: '疾病诊断证明书' };
  const file = treatment === 'dischargeRecord' ? 'discharge-record' : 'diagnosis-certificate';
  const record = { title: titles[treatment], lines: [...stay, course], seal: `${hospital.name}诊断专用章` };
  papers.push(sheet(treatment, file, record, own(treatment, { issuedBy: hospital.name, describesTreatment: true })));

  const emergency = sketch.emergencyObservation;
  if (emergency && emergency !== 'noPaper') {
    const title = emergency === 'emergencyDiagnosis' ? '急诊诊断证明' : '急诊留观病历';
    papers.push(
      sheet(
        emergency,
        'emergency-record',
        { title, lines: [...stay, '急诊留观后收入院。'], seal: hospital.name },
        own(emergency, { issuedBy: hospital.name }),
      ),
    );
  }
  const { accident } = sketch;
  if (accident && accident !== 'noPaper')
    papers.push(
      sheet(accident, accidentFiles[accident], accidentSheet(accident, sketch, body), own(accident, { signed: true })),
    );
  return papers;
}

const accidentFiles = {
  trafficAccidentReport: 'traffic-accident-report',
  courtJudgment: 'court-judgment',
  mediationAgreement: 'mediation-agreement',
  otherAuthorityProof: 'authority-proof',
  injuryCommitmentLetter: 'injury-commitment-letter',
} as const;

function accidentSheet(kind: keyof typeof accidentFiles, sketch: Sketch, body: Body): Sheet {
  const person = sketch.person;
  switch (kind) {
    case 'trafficAccidentReport':
      return {
        title: '道路交通事故认定书',
        lines: [`当事人:${person}`, `${sketch.admission} 在示例路口发生事故,当事人无责任。`],
        seal: '示例交警大队',
      };
    case 'courtJudgment':
      return {
        title: '民事判决书',
        lines: [`原告:${person}`, '本院认为,原告自行摔伤,无第三人责任。'],
        seal: '示例人民法院',
      };
    case 'mediationAgreement':
      return {
        title: '人民调解协议书',
        lines: [`当事人:${person}`, '双方就损害经过达成一致,医疗费用由当事人自行负担。'],
        seal: '示例调解委员会',
        signature: person,
      };
    case 'otherAuthorityProof':
      return {
        title: '情况证明',
        lines: [`${person}于 ${sketch.admission} 在辖区内意外受伤,经查无第三人责任。`],
        seal: '示例派出所',
      };
    case 'injuryCommitmentLetter': {
      const { happenedAt, place, course, visitedAt, hospital } = body.injury ?? {};
      const lines = [
        `受伤时间:${happenedAt ?? ''}`,
        `受伤地点:${place ?? ''}`,
        `受伤经过:${course ?? ''}`,
        `就医时间:${visitedAt ?? ''}`,
        `就诊医院:${hospital ?? ''}`,
        '以上情况属实,无第三人责任。',
      ];
      return { title: '意外伤害就医个人承诺书', lines, signature: person };
    }
  }
}
