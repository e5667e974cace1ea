import { crossRegionPolicies450200Example } from '../benefit/cross-region-450200.example';
import { calendarFor } from '../calendar/work-calendar';
import { crossRegionReimbursement, crossRegionReimbursement as matter } from '../matters/cross-region-reimbursement';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import type { CareElsewhere, FiledClaim } from './claim';
import type { FiledPaper, FilingBody, PaperFacts, Stay } from './filing';
import { findGaps } from './find-gaps';
import type { Paper } from './papers';

const name = '覃示例';
const hospital = {
  code: 'H44010000101',
  name: '广州示例医院',
  regionCode: '440100',
  agreementFrom: '2020-01-01',
  agreementTo: null,
};

const paper = (kind: Paper, facts: Partial<PaperFacts> = {}): FiledPaper => ({
  paper: kind,
  facts: { legible: true, ownName: name, ...facts },
});
const sealed: readonly Paper[] = [
  'invoice',
  'admissionRecord',
  'dischargeRecord',
  'diseaseCertificate',
  'costStatement',
];

const elsewhere: CareElsewhere = { filings: [], policies: crossRegionPolicies450200Example, calendar: calendarFor() };

/** A claim of P-02 without a gap; each case says what is different. */
function claimOf(stay: Stay = {}, set: Partial<FiledClaim> = {}): FiledClaim {
  const hospitalCode = 'H44010000101';
  const body: FilingBody = {
    applicant: { idNumber: '450221198001011231', name, phone: '13800138000', scheme: 'resident' },
    stay: {
      ...{ hospitalCode, admissionDate: '2025-09-25', dischargeDate: '2025-10-20', diagnosis: '肺炎', sudden: false },
      ...{ accident: false, emergencyObservation: false, outsideReason: 'emergency', rescue: false },
      ...stay,
    },
    payee: { relation: 'self', accountName: name, accountNumber: '6222020000000000000', bankCode: '102100099996' },
    invoices: [
      {
        code: '045001',
        number: '000123',
        hospitalCode,
        patientName: name,
        amountFen: 864_020,
        issuedOn: '2025-10-20',
        lost: false,
      },
    ],
    statement: { number: 'QD1', patientName: name, totalFen: 864_020 },
  };
  const line = { itemCode: 'X1', itemName: '床位费', category: '床位费', quantity: '1', unitPriceFen: 864_020 };
  return {
    body,
    lines: [{ lineNo: 1, serviceDate: '2025-09-26', ...line, amountFen: 864_020 }],
    papers: [
      ...[paper('idCard'), paper('ownBankAccount'), paper('claimForm', { signed: true })],
      ...sealed.map((one) => paper(one, { sealed: true, issuedBy: '广州示例医院' })),
    ],
    person: { name, regionCode: '450200', scheme: 'resident', entitledFrom: '2025-01-01', entitledTo: null },
    hospital,
    elsewhere,
    agencyRegionCode: '450200',
    today: '2025-11-10',
    ...set,
  };
}

const gapsOf = (claim: FiledClaim) => findGaps(matter, claim).gaps.map(({ code }) => code);
const described = { name: '广州示例医院', regionCode: '440100', grade: 'level3' as const, designated: true };
const without = (left: Paper, ...added: FiledPaper[]) => {
  const claim = claimOf();
  return { ...claim, papers: [...claim.papers.filter((one) => one.paper !== left), ...added] };
};

describe('the filing of P-02', () => {
  it('is whole with R-MT-X and a reason, and tells which rule follows', () => {
    expect(findGaps(matter, claimOf())).toEqual({
      gaps: [],
      warnings: [
        {
          code: 'CROSS_REGION_RULE',
          rule: 'R-RT-06',
          clause: '桂人社发〔2017〕6号 第九条(三)2',
          field: 'stay',
          message: '自治区外就医,没有备案记录:短期异地就医逾期备案或未备案,报销比例降低 20 个百分点。',
          facts: expect.objectContaining({ filingId: null, cutBp: 2000 }),
        },
      ],
    });
  });

  it.each<[string, FiledClaim, string[]]>([
    ['no reason for being elsewhere', claimOf({ outsideReason: null }), ['FIELD_MISSING']],
    [
      'a stay inside the pooling area',
      claimOf({}, { hospital: { ...hospital, regionCode: '450203' } }),
      ['INSIDE_AREA'],
    ],
    ['a hospital nobody knows', claimOf({}, { hospital: null }), ['HOSPITAL_NOT_DESCRIBED']],
    [
      'a hospital half described',
      claimOf({ describedHospital: { ...described, grade: null } }, { hospital: null }),
      ['FIELD_MISSING'],
    ],
    ['a hospital described', claimOf({ describedHospital: described }, { hospital: null }), []],
    [
      'a described one inside the area',
      claimOf({ describedHospital: { ...described, regionCode: '450206' } }, { hospital: null }),
      ['INSIDE_AREA'],
    ],
    [
      'one that is no 定点医疗机构 there',
      claimOf({ describedHospital: { ...described, designated: false } }, { hospital: null }),
      ['HOSPITAL_WITHOUT_AGREEMENT'],
    ],
    [
      'the same, but a sudden illness (R-EL-02)',
      claimOf({ describedHospital: { ...described, designated: false }, sudden: true }, { hospital: null }),
      [],
    ],
    ['an invoice settled directly', withInvoice({ settledElsewhere: true }), ['INVOICE_SETTLED_ELSEWHERE']],
    ['no 入院记录', without('admissionRecord'), ['MATERIAL_INCOMPLETE']],
    ['出院小结 in place of 出院记录', without('dischargeRecord', paper('dischargeSummary', { sealed: true })), []],
    [
      'a certificate without seal',
      without('diseaseCertificate', paper('diseaseCertificate')),
      ['HOSPITAL_SEAL_MISSING'],
    ],
    [
      'a record of another hospital',
      without('diseaseCertificate', paper('diseaseCertificate', { sealed: true, issuedBy: '别的医院' })),
      ['PAPER_OF_OTHER_HOSPITAL'],
    ],
    ['a rescue without its record', claimOf({ rescue: true }), ['MATERIAL_MISSING']],
  ])('%s', (_, claim, codes) => expect(gapsOf(claim)).toEqual(codes));

  it('takes the rescue with its sealed record as filed (R-RT-07)', () => {
    const claim = claimOf({ rescue: true });
    const papers = [...claim.papers, paper('emergencyDiagnosis', { sealed: true })];
    const { gaps, warnings } = findGaps(matter, { ...claim, papers });
    expect([gaps, warnings.map(({ rule }) => rule)]).toEqual([[], ['R-RT-07']]);
  });

  it('says nothing of the rule while the area has none or the dates cannot be', () => {
    const silent = (claim: FiledClaim) =>
      findGaps(matter, claim).warnings.filter(({ code }) => code === 'CROSS_REGION_RULE');
    expect(silent(claimOf({}, { elsewhere: { ...elsewhere, policies: [] } }))).toEqual([]);
    expect(silent(claimOf({ dischargeDate: '2025-09-01' }))).toEqual([]);
    expect(silent(claimOf({}, { person: null }))).toEqual([]);
  });

  it('sends a stay elsewhere from P-01 to P-02', () => {
    const [gap] = findGaps(inpatientReimbursement, claimOf()).gaps.filter(
      ({ code }) => code === 'OUTSIDE_AREA_NOT_ENABLED',
    );
    expect(gap?.message).toContain(crossRegionReimbursement.label);
  });
});

function withInvoice(set: { settledElsewhere: boolean }): FiledClaim {
  const claim = claimOf();
  return { ...claim, body: { ...claim.body, invoices: claim.body.invoices!.map((one) => ({ ...one, ...set })) } };
}
