import { crossProvinceTransfers } from '../matters/cross-province-transfer';
import { crossRegionReimbursement } from '../matters/cross-region-reimbursement';
import { crossRegionFiling } from '../matters/cross-region-filing';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { referralFiling } from '../matters/referral-filing';
import type { FiledClaim } from './claim';
import type { FiledPaper, FilingBody, PaperFacts } from './filing';
import { findGaps } from './find-gaps';
import { papers, type Paper } from './papers';

const name = '覃示例';
const kin = '覃样本';
const idNumber = '450221198001011231';
const proxyIdNumber = '450221199003077423';
const today = '2025-06-20';

type ClaimBody = Required<Omit<FilingBody, 'form'>>;

type Changes = {
  body?: (body: ClaimBody) => void;
  papers?: FiledPaper[];
  without?: Paper[];
  claim?: Partial<FiledClaim>;
};

function paper(kind: Paper, facts: Partial<PaperFacts> = {}): FiledPaper {
  return { paper: kind, facts: { legible: true, ...facts } };
}

/** A claim without a gap; each case says what is different. */
function buildClaim({ body: change, papers: added = [], without = [], claim = {} }: Changes = {}): FiledClaim {
  const body: ClaimBody = {
    applicant: { idNumber, name, phone: '13800138000', scheme: 'resident' },
    proxy: null,
    stay: {
      hospitalCode: 'H1',
      admissionDate: '2025-06-01',
      dischargeDate: '2025-06-10',
      diagnosis: '肺炎',
      sudden: false,
      accident: false,
      emergencyObservation: false,
    },
    injury: null,
    payee: { relation: 'self', accountName: name, accountNumber: '6222020000000000000', bankCode: '102100099996' },
    invoices: [
      {
        code: '045001',
        number: '000123',
        hospitalCode: 'H1',
        patientName: name,
        amountFen: 864_020,
        issuedOn: '2025-06-10',
        lost: false,
        settledElsewhere: false,
      },
    ],
    statement: { number: 'QD1', patientName: name, totalFen: 864_020 },
  };
  change?.(body);
  const standing = [
    paper('idCard', { ownName: name }),
    paper('invoice', { ownName: name }),
    paper('ownBankAccount', { ownName: name }),
    paper('costStatement', { ownName: name }),
    paper('claimForm', { signed: true }),
    paper('dischargeRecord', { ownName: name, issuedBy: '示例医院', describesTreatment: true }),
  ];
  return {
    body,
    lines: [line(1, 800_000), line(2, 64_020)],
    papers: [...standing.filter((p) => !without.includes(p.paper)), ...added],
    person: { name, regionCode: '450200', scheme: 'resident', entitledFrom: '2025-01-01', entitledTo: '2025-12-31' },
    hospital: { code: 'H1', name: '示例医院', regionCode: '450206', agreementFrom: '2020-01-01', agreementTo: null },
    agencyRegionCode: '450206',
    today,
    ...claim,
  };
}

function line(lineNo: number, amountFen: number) {
  const item = {
    itemCode: `X${lineNo}`,
    itemName: '床位费',
    category: '床位费',
    quantity: '1',
    unitPriceFen: amountFen,
  };
  return { lineNo, serviceDate: '2025-06-02', ...item, amountFen };
}

const codesOf = (changes: Changes) => findGaps(inpatientReimbursement, buildClaim(changes)).gaps.map((g) => g.code);
const warningsOf = (changes: Changes) =>
  findGaps(inpatientReimbursement, buildClaim(changes)).warnings.map((g) => g.code);

const kinAccount = (body: ClaimBody) => {
  body.payee = {
    relation: 'kin',
    accountName: kin,
    accountNumber: '6222020000000000000',
    bankCode: '102100099996',
    kinRelation: 'child',
  };
};
const lostInvoice = (body: ClaimBody) => {
  body.invoices![0]!.lost = true;
};
const accident = (body: ClaimBody) => {
  body.stay!.accident = true;
};
const fullInjury = {
  happenedAt: '2025-06-01T08:00:00+08:00',
  place: '自家门前',
  course: '下楼时滑倒',
  visitedAt: '2025-06-01T09:00:00+08:00',
  hospital: '示例医院',
  signed: true,
};
const kinPaper = paper('kinBankAccount', { ownName: kin });
const letter = paper('injuryCommitmentLetter', { signed: true });

it('finds nothing in a filing that is whole', () => {
  expect(findGaps(inpatientReimbursement, buildClaim())).toEqual({ gaps: [], warnings: [] });
});

describe('materials R-MT-1 … R-MT-8', () => {
  const table: [string, Changes, string[]][] = [
    ['1: no credential at all', { without: ['idCard'] }, ['MATERIAL_MISSING']],
    ['1: the social security card instead', { without: ['idCard'], papers: [paper('socialSecurityCard')] }, []],
    ['1: illegible', { without: ['idCard'], papers: [paper('idCard', { legible: false })] }, ['PAPER_ILLEGIBLE']],
    ['1: illegible, but another credential is good', { papers: [paper('socialSecurityCard', { legible: false })] }, []],
    ['1: somebody else’s', { papers: [paper('socialSecurityCard', { ownName: kin })] }, ['PAPER_NAME_DIFFERS']],
    [
      '1b: a proxy without a card',
      { body: (b) => (b.proxy = { name: kin, idNumber: proxyIdNumber, phone: '13900139000' }) },
      ['MATERIAL_MISSING'],
    ],
    [
      '1b: a proxy with a card of his own',
      {
        body: (b) => (b.proxy = { name: kin, idNumber: proxyIdNumber }),
        papers: [paper('proxyIdCard', { ownName: kin })],
      },
      [],
    ],
    [
      '1b: a proxy with the card of the insured',
      {
        body: (b) => (b.proxy = { name: kin, idNumber: proxyIdNumber }),
        papers: [paper('proxyIdCard', { ownName: name })],
      },
      ['PAPER_NAME_DIFFERS'],
    ],
    [
      '1b: a proxy without a number',
      { body: (b) => (b.proxy = { name: kin }), papers: [paper('proxyIdCard')] },
      ['FIELD_MISSING'],
    ],
    ['2: no invoice', { without: ['invoice'] }, ['MATERIAL_MISSING']],
    [
      '2: lost, both papers',
      {
        body: lostInvoice,
        without: ['invoice'],
        papers: [paper('invoiceStubCopy', { sealed: true }), paper('lostInvoiceCommitment', { signed: true })],
      },
      [],
    ],
    [
      '2: lost, the stub alone',
      { body: lostInvoice, without: ['invoice'], papers: [paper('invoiceStubCopy', { sealed: true })] },
      ['MATERIAL_INCOMPLETE'],
    ],
    [
      '2: lost, the commitment alone',
      { body: lostInvoice, without: ['invoice'], papers: [paper('lostInvoiceCommitment', { signed: true })] },
      ['MATERIAL_INCOMPLETE'],
    ],
    [
      '2: lost, no seal and no signature',
      {
        body: lostInvoice,
        without: ['invoice'],
        papers: [paper('invoiceStubCopy'), paper('lostInvoiceCommitment')],
      },
      ['PAPER_NOT_SEALED', 'PAPER_NOT_SIGNED'],
    ],
    ['2: marked as lost, the original does not stand for it', { body: lostInvoice }, ['MATERIAL_MISSING']],
    [
      '2: two invoices, a paper for the other one',
      {
        body: (b) => {
          b.invoices = [b.invoices![0]!, { ...b.invoices![0]!, number: '000124', amountFen: 0 + 100 }];
          b.statement!.totalFen = 864_120;
        },
        without: ['invoice'],
        papers: [paper('invoice', { documentNumber: '000123' })],
        claim: { lines: [line(1, 864_120)] },
      },
      ['MATERIAL_MISSING'],
    ],
    ['3: no account paper', { without: ['ownBankAccount'] }, ['MATERIAL_MISSING']],
    ['3: kin with proof', { body: kinAccount, papers: [kinPaper, paper('kinshipProof')] }, []],
    [
      '3: kin with a signed commitment',
      { body: kinAccount, papers: [kinPaper, paper('kinshipCommitment', { signed: true })] },
      [],
    ],
    ['3: kin without proof', { body: kinAccount, papers: [kinPaper] }, ['MATERIAL_INCOMPLETE']],
    [
      '3: kin, account of a third person',
      { body: kinAccount, papers: [paper('kinBankAccount', { ownName: '韦某某' }), paper('kinshipProof')] },
      ['PAPER_NAME_DIFFERS'],
    ],
    ['3: own account in another name', { body: (b) => (b.payee!.accountName = kin) }, ['ACCOUNT_NAME_DIFFERS']],
    ['4: no statement', { without: ['costStatement'] }, ['MATERIAL_MISSING']],
    [
      '4: an illegible statement',
      { without: ['costStatement'], papers: [paper('costStatement', { legible: false })] },
      ['PAPER_ILLEGIBLE'],
    ],
    [
      '5: emergency observation without a paper',
      { body: (b) => (b.stay!.emergencyObservation = true) },
      ['MATERIAL_MISSING'],
    ],
    [
      '5: emergency observation with the record',
      { body: (b) => (b.stay!.emergencyObservation = true), papers: [paper('emergencyObservationRecord')] },
      [],
    ],
    ['6: no claim form', { without: ['claimForm'] }, ['MATERIAL_MISSING']],
    ['6: unsigned', { without: ['claimForm'], papers: [paper('claimForm', { signed: false })] }, ['PAPER_NOT_SIGNED']],
    ['7: accident without a paper', { body: accident }, ['MATERIAL_MISSING']],
    ...(['trafficAccidentReport', 'courtJudgment', 'mediationAgreement', 'otherAuthorityProof'] as const).map(
      (kind): [string, Changes, string[]] => [`7: ${kind}`, { body: accident, papers: [paper(kind)] }, []],
    ),
    ['7: letter, nothing stated', { body: accident, papers: [letter] }, ['INJURY_LETTER_INCOMPLETE']],
    [
      '7: letter, all five items and signed',
      { body: (b) => (accident(b), (b.injury = fullInjury)), papers: [letter] },
      [],
    ],
    ...(['happenedAt', 'place', 'course', 'visitedAt', 'hospital', 'signed'] as const).map(
      (item): [string, Changes, string[]] => [
        `7: letter without ${item}`,
        { body: (b) => (accident(b), (b.injury = { ...fullInjury, [item]: null })), papers: [letter] },
        ['INJURY_LETTER_INCOMPLETE'],
      ],
    ),
    ['8: neither certificate nor record', { without: ['dischargeRecord'] }, ['MATERIAL_MISSING']],
    [
      '8: the certificate instead',
      { without: ['dischargeRecord'], papers: [paper('diagnosisCertificate', { describesTreatment: true })] },
      [],
    ],
    [
      '8: no course of treatment',
      { without: ['dischargeRecord'], papers: [paper('diagnosisCertificate')] },
      ['PAPER_WITHOUT_COURSE'],
    ],
    [
      '8: from another hospital',
      {
        without: ['dischargeRecord'],
        papers: [paper('dischargeRecord', { describesTreatment: true, issuedBy: '别的医院' })],
      },
      ['PAPER_OF_OTHER_HOSPITAL'],
    ],
  ];
  it.each(table)('%s', (_, changes, codes) => {
    expect(codesOf(changes)).toEqual(codes);
  });

  it('names the paper that is still missing and every way to go on', () => {
    const { gaps } = findGaps(inpatientReimbursement, buildClaim({ body: kinAccount, papers: [kinPaper] }));
    expect(gaps[0]).toMatchObject({ material: 'R-MT-3', rule: 'R-MT-3', clause: 'D1 申请材料 3' });
    expect(gaps[0]!.message).toContain('已有“直系亲属银行账户”,还缺“双方关系证明”,或者“亲属关系承诺书”');
    expect(gaps[0]!.facts).toMatchObject({ missingPapers: [['kinshipProof'], ['kinshipCommitment']] });
  });

  it('names the second paper of a lost invoice', () => {
    const changes = {
      body: lostInvoice,
      without: ['invoice' as const],
      papers: [paper('invoiceStubCopy', { sealed: true })],
    };
    const { gaps } = findGaps(inpatientReimbursement, buildClaim(changes));
    expect(gaps[0]!.facts).toMatchObject({ missingPapers: [['lostInvoiceCommitment']] });
  });

  it('lists the items that the letter lacks', () => {
    const changes: Changes = {
      body: (b) => (accident(b), (b.injury = { ...fullInjury, place: ' ', signed: false })),
      papers: [letter],
    };
    const { gaps } = findGaps(inpatientReimbursement, buildClaim(changes));
    expect(gaps[0]!.facts).toEqual({ missing: '发生地点、本人签名' });
  });

  it('knows every paper of the definitions, and no other but what comes to a running case from elsewhere', () => {
    const claims = [inpatientReimbursement, crossRegionReimbursement];
    const definitions = [...claims, crossRegionFiling, referralFiling, ...crossProvinceTransfers];
    const materials = definitions.flatMap((definition) => definition.materials);
    const named = materials.flatMap((m) => m.alternatives.flatMap((a) => a.papers));
    const later = ['counterpartReply', 'inquiryLetter', 'specialProcedureNotice', 'pauseResult'];
    expect(new Set([...named, ...later])).toEqual(new Set(papers));
  });
});

describe('eligibility R-EL-01 … R-EL-08 and the form', () => {
  const person = buildClaim().person!;
  const hospital = buildClaim().hospital!;
  const noAgreement = { ...hospital, agreementFrom: null };
  const table: [string, Changes, string[]][] = [
    ['01: unknown person', { claim: { person: null } }, ['PERSON_UNKNOWN']],
    ['01: wrong person', { claim: { person: { ...person, name: kin } } }, ['PERSON_NAME_DIFFERS']],
    [
      '01: insured elsewhere',
      { claim: { person: { ...person, regionCode: '450100' } } },
      ['PERSON_OF_OTHER_AREA', 'OUTSIDE_AREA_NOT_ENABLED'],
    ],
    ['01: entitled too late', { claim: { person: { ...person, entitledFrom: '2025-06-02' } } }, ['NOT_ENTITLED']],
    ['01: entitled up to the last day', { claim: { person: { ...person, entitledTo: '2025-06-10' } } }, []],
    ['01: ended during the stay', { claim: { person: { ...person, entitledTo: '2025-06-09' } } }, ['NOT_ENTITLED']],
    ['02: unknown hospital', { claim: { hospital: null } }, ['HOSPITAL_UNKNOWN']],
    ['02: no agreement', { claim: { hospital: noAgreement } }, ['HOSPITAL_WITHOUT_AGREEMENT']],
    [
      '02: no agreement, sudden illness',
      { claim: { hospital: noAgreement }, body: (b) => (b.stay!.sudden = true) },
      [],
    ],
    [
      '02: agreement ended before admission',
      { claim: { hospital: { ...hospital, agreementTo: '2025-05-31' } } },
      ['HOSPITAL_WITHOUT_AGREEMENT'],
    ],
    [
      'R-RT: a hospital outside the pooling area',
      { claim: { hospital: { ...hospital, regionCode: '450100' } } },
      ['OUTSIDE_AREA_NOT_ENABLED'],
    ],
    [
      '03: settled elsewhere',
      { body: (b) => (b.invoices![0]!.settledElsewhere = true) },
      ['INVOICE_SETTLED_ELSEWHERE'],
    ],
    [
      '04: the same invoice twice, written differently',
      {
        body: (b) => {
          b.invoices = [b.invoices![0]!, { ...b.invoices![0]!, number: '0001 23', amountFen: 100 }];
          b.statement!.totalFen = 864_120;
        },
        claim: { lines: [line(1, 864_120)] },
      },
      ['INVOICE_REPEATED_IN_FILING'],
    ],
    ['05: invoice of another person', { body: (b) => (b.invoices![0]!.patientName = kin) }, ['INVOICE_NAME_DIFFERS']],
    ['05: statement of another person', { body: (b) => (b.statement!.patientName = kin) }, ['STATEMENT_NAME_DIFFERS']],
    ['05: the same name with a space', { body: (b) => (b.statement!.patientName = '覃 示例') }, []],
    [
      '06: statement 0.20 below the invoice',
      { body: (b) => (b.statement!.totalFen = 864_000), claim: { lines: [line(1, 864_000)] } },
      ['INVOICE_STATEMENT_TOTAL_DIFFERS'],
    ],
    [
      '06: statement 0.20 above the invoice',
      { body: (b) => (b.statement!.totalFen = 864_040), claim: { lines: [line(1, 864_040)] } },
      ['INVOICE_STATEMENT_TOTAL_DIFFERS'],
    ],
    ['06: a line is missing', { claim: { lines: [line(1, 864_000)] } }, ['LINES_TOTAL_DIFFERS']],
    [
      '06: no printed total, lines against invoices',
      { body: (b) => (b.statement!.totalFen = null), claim: { lines: [line(1, 864_000)] } },
      ['FIELD_MISSING', 'LINES_INVOICE_TOTAL_DIFFERS'],
    ],
    ['06: no lines', { claim: { lines: [] } }, ['STATEMENT_LINES_MISSING']],
    [
      '06: a sum beyond exact numbers',
      { claim: { lines: [line(1, Number.MAX_SAFE_INTEGER), line(2, Number.MAX_SAFE_INTEGER)] } },
      ['AMOUNT_TOO_LARGE'],
    ],
    [
      '14: invoice of another hospital',
      { body: (b) => (b.invoices![0]!.hospitalCode = 'H2') },
      ['INVOICE_OF_OTHER_HOSPITAL'],
    ],
    [
      'form: discharge before admission',
      { body: (b) => (b.stay!.dischargeDate = '2025-05-31') },
      ['DISCHARGE_BEFORE_ADMISSION'],
    ],
    ['form: discharge tomorrow', { body: (b) => (b.stay!.dischargeDate = '2025-06-21') }, ['DATE_IN_FUTURE']],
    ['form: discharged today', { body: (b) => (b.stay!.dischargeDate = today) }, []],
    ['form: invoice of tomorrow', { body: (b) => (b.invoices![0]!.issuedOn = '2025-06-21') }, ['DATE_IN_FUTURE']],
    [
      'form: a line of tomorrow',
      { claim: { lines: [{ ...line(1, 864_020), serviceDate: '2025-06-21' }] } },
      ['DATE_IN_FUTURE'],
    ],
    [
      'form: wrong check digit',
      { body: (b) => (b.applicant!.idNumber = '450221198001011235') },
      ['ID_NUMBER_CHECK_DIGIT'],
    ],
    ['form: 15 digits', { body: (b) => (b.applicant!.idNumber = '450221800101123') }, ['ID_NUMBER_FORM']],
    [
      'form: emoji in the name',
      { body: (b) => (b.payee!.accountName = '覃😀') },
      ['PERSON_NAME_CHARACTER', 'ACCOUNT_NAME_DIFFERS'],
    ],
    ['form: phone', { body: (b) => (b.applicant!.phone = '12345') }, ['PHONE_FORM']],
    ['form: account with letters', { body: (b) => (b.payee!.accountNumber = '62220A0000') }, ['BANK_ACCOUNT_FORM']],
  ];
  it.each(table)('%s', (_, changes, codes) => {
    expect(codesOf(changes)).toEqual(codes);
  });

  it('keeps a rare four-byte character in a name', () => {
    const rare = '覃𠮷';
    const changes: Changes = {
      body: (b) => {
        b.applicant!.name = rare;
        b.payee!.accountName = rare;
        b.invoices![0]!.patientName = rare;
        b.statement!.patientName = rare;
      },
      claim: {
        person: { ...person, name: rare },
        papers: buildClaim().papers.map((p) => ({ ...p, facts: { ...p.facts, ownName: rare } })),
      },
    };
    expect(codesOf(changes)).toEqual([]);
  });

  it('says the difference to the 分', () => {
    const changes = {
      body: (b: ClaimBody) => (b.statement!.totalFen = 864_000),
      claim: { lines: [line(1, 864_000)] },
    };
    const { gaps } = findGaps(inpatientReimbursement, buildClaim(changes));
    expect(gaps[0]!.facts).toMatchObject({ invoicesFen: 864_020, statementFen: 864_000, differenceFen: 20 });
    expect(gaps[0]!.message).toContain('8640.20 元与费用清单合计 8640.00 元不一致,相差 0.20 元');
  });

  it('tells slips of the pen from gaps of the person', () => {
    const slip = findGaps(
      inpatientReimbursement,
      buildClaim({ body: (b) => (b.applicant!.idNumber = '450221198001011235') }),
    );
    const lack = findGaps(inpatientReimbursement, buildClaim({ without: ['claimForm'] }));
    expect([slip.gaps[0]!.blocksSubmit, lack.gaps[0]!.blocksSubmit]).toEqual([true, undefined]);
  });

  it('only warns of what a person should look at', () => {
    expect(warningsOf({ claim: { sameStayCaseNo: '450206202506200000001' } })).toEqual(['SAME_STAY_FILED']);
    expect(warningsOf({ body: (b) => (b.payee!.accountNumber = '6222020000000000007') })).toEqual(['BANK_CARD_CHECK']);
    expect(warningsOf({ claim: { person: { ...person, scheme: 'employee' } } })).toEqual(['SCHEME_DIFFERS']);
    expect(
      warningsOf({
        claim: { lines: [{ ...line(1, 864_020), serviceDate: '2025-05-30', unitPriceFen: 5, inCatalogue: false }] },
      }),
    ).toEqual(['LINES_OUTSIDE_STAY', 'LINES_NOT_MULTIPLIED', 'ITEMS_NOT_IN_CATALOGUE']);
  });
});

it('lists every gap at once, without a name or a number of the person', () => {
  const empty: FiledClaim = { body: {}, lines: [], papers: [], person: null, hospital: null, today };
  const { gaps } = findGaps(inpatientReimbursement, empty);
  expect(gaps.filter((g) => g.code === 'FIELD_MISSING')).toHaveLength(14);
  expect(gaps.filter((g) => g.code === 'MATERIAL_MISSING').map((g) => g.material)).toEqual([
    'R-MT-1',
    'R-MT-2',
    'R-MT-3',
    'R-MT-4',
    'R-MT-6',
    'R-MT-8',
  ]);
  const several = findGaps(
    inpatientReimbursement,
    buildClaim({
      body: (b) => {
        b.invoices![0]!.patientName = kin;
        b.statement!.totalFen = 1;
        b.stay!.accident = true;
        b.payee!.accountName = kin;
      },
      without: ['idCard', 'claimForm'],
      claim: { person: { ...buildClaim().person!, name: kin, entitledTo: '2025-02-01' } },
    }),
  );
  expect(several.gaps.length).toBeGreaterThanOrEqual(8);
  for (const personal of [name, kin, idNumber]) expect(JSON.stringify(several)).not.toContain(personal);
});

it('names a line by its place in the list, as the check of the shape does', () => {
  const lines = [line(10, 1), { ...line(20, 864_019), serviceDate: '2025-06-21' }];
  const { gaps } = findGaps(inpatientReimbursement, buildClaim({ claim: { lines } }));
  expect(gaps.map(({ code, field }) => [code, field])).toEqual([['DATE_IN_FUTURE', 'lines[1].serviceDate']]);
});
