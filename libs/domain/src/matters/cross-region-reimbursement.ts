import type { MaterialDefinition, MatterDefinition, ReasonDefinition } from '../case/definition';
import { inpatientReimbursement } from './inpatient-reimbursement';
import { returnedPaymentClock } from './shared-parts';

const d3 = 'D3 第七十四条(一)';

/** What P-02 asks as P-01 does (D1): who applies, whose account is paid, the form, an injury by others. */
const sharedMaterials = ['R-MT-1', 'R-MT-1b', 'R-MT-3', 'R-MT-6', 'R-MT-7'];
const shared = (id: string): MaterialDefinition => inpatientReimbursement.materials.find((m) => m.id === id)!;

/** R-MT-X: originals that bear the hospital's seal. 门(急)诊 records belong to outpatient cost; of a stay only the rescue asks for them. */
const sealed = (
  id: string,
  label: string,
  alternatives: MaterialDefinition['alternatives'],
  requiredWhen: MaterialDefinition['requiredWhen'] = 'always',
): MaterialDefinition => ({ id, label, requiredWhen, alternatives, hospitalSeal: true, source: `${d3}1` });

/** The reasons of P-01 with the clauses that hold here, and those of care elsewhere. */
const clauses: Partial<Record<string, string>> = { 'RS-01': `${d3}1`, 'RS-02': `${d3}1`, 'RS-99': d3 };
const ofClaims: ReasonDefinition[] = inpatientReimbursement.reasons
  .filter(({ code }) => code !== 'RS-16')
  .map((reason) => ({ ...reason, clause: clauses[reason.code] ?? reason.clause }));

/**
 * P-02 异地医疗费用报销 (未直接结算). Stages and limit: D3 第七十四条(一)2, three levels within 20 WD from 受理; payment follows
 * 及时 without a number, beside the delivery (第七十四条(一)3, C-02). What the fund pays is cut by R-RT-01…09 (D1-A 第九条).
 */
export const crossRegionReimbursement: MatterDefinition = {
  matter: 'crossRegionReimbursement',
  procedure: 'P-02',
  label: '异地医疗费用报销(未直接结算)',
  version: 1,
  effectiveFrom: '2017-07-01',
  sourceDocument: '桂社保发〔2017〕8号 第七十二至七十四条;桂人社发〔2017〕6号 第九条',
  follows: 'payout',
  stages: inpatientReimbursement.stages.map((stage) => ({ ...stage })),
  applicantActs: [
    ...inpatientReimbursement.applicantActs,
    // The decision is handed over while finance goes on: payment lies after the limit (C-02).
    { act: 'deliver', posts: ['window', 'initialReviewer'] },
  ],
  careElsewhere: true,
  clocks: [
    {
      // K-01: D3 gives no limit for 受理; the default is that of D1 (01-procedures P-02, Silent).
      clock: 'K-01',
      label: '收件与受理',
      limitWorkingDays: 1,
      startsOn: ['received'],
      stopsOn: ['accepted', 'acceptanceRefused', 'withdrawn'],
      startsFromOutside: true,
      pausedBySupplement: false,
      source: '惯例(比照 D1 办理流程)',
    },
    {
      // K-05 待遇审核: 初审、复核、审批 within 20 WD from 受理; payment lies outside (C-02). An approval that falls by a return
      // from finance is no audit done: the limit goes on from 受理, as no send-back restarts it (T-11).
      clock: 'K-05',
      label: '待遇审核',
      limitWorkingDays: 20,
      startsOn: ['accepted', 'decisionVoided'],
      stopsOn: ['decided', 'withdrawn'],
      reentry: 'share',
      startsFromOutside: false,
      pausedBySupplement: true,
      source: `${d3}2`,
    },
    {
      // K-03 送达: from the decision, because the review limit ends there (04-clocks § 2); the number is that of D1. It falls
      // with the decision, and the next one has its own.
      clock: 'K-03',
      label: '送达',
      limitWorkingDays: 1,
      startsOn: ['decided'],
      stopsOn: ['delivered', 'decisionVoided'],
      startsFromOutside: false,
      pausedBySupplement: false,
      source: '惯例(比照 D1 办理流程)',
    },
    returnedPaymentClock,
  ],
  // K-06: 及时, no number; nothing can be in breach of it, so it is shown and not counted.
  withoutLimit: [
    { clock: 'K-06', label: '通知财务并支付', words: '及时', startsOn: 'decided', stopsOn: 'paid', source: `${d3}3` },
  ],
  payoutInsideReviewLimit: false,
  supplementPausesClock: true,
  pauseMaximumWorkingDays: 30,
  reasons: [
    ...ofClaims.slice(0, -1),
    {
      code: 'RS-17',
      label: '统筹区内就医,按住院费用报销办理',
      clause: 'D3 第七十四条',
      uses: ['refuseAcceptance', 'refuse', 'reject'],
      gaps: ['INSIDE_AREA'],
    },
    {
      code: 'RS-18',
      label: '材料未加盖医院印章',
      clause: `${d3}1`,
      uses: ['refuseAcceptance', 'sendBack', 'askSupplement'],
      gaps: ['HOSPITAL_SEAL_MISSING'],
    },
    ...ofClaims.slice(-1),
  ],
  materials: [
    ...sharedMaterials.slice(0, 2).map(shared),
    sealed('R-MT-X1', '有效票据', [
      { papers: ['invoice'], label: '票据原件' },
      {
        papers: ['invoiceStubCopy', 'lostInvoiceCommitment'],
        label: '加盖医疗机构财务章的发票存根复印件和本人签署的承诺书',
      },
    ]),
    sealed('R-MT-X2', '入院记录和出院记录', [
      { papers: ['admissionRecord', 'dischargeRecord'], label: '入院记录和出院记录' },
      { papers: ['admissionRecord', 'dischargeSummary'], label: '入院记录和出院小结' },
    ]),
    sealed('R-MT-X3', '疾病诊断证明', [{ papers: ['diseaseCertificate'], label: '疾病诊断证明' }]),
    sealed('R-MT-X4', '费用汇总清单', [{ papers: ['costStatement'], label: '费用汇总清单' }]),
    sealed(
      'R-MT-X5',
      '急诊抢救的门(急)诊记录',
      [
        { papers: ['emergencyDiagnosis'], label: '急诊诊断证明' },
        { papers: ['emergencyObservationRecord'], label: '急诊留观病历' },
      ],
      'rescue',
    ),
    ...sharedMaterials.slice(2).map(shared),
  ],
  notices: inpatientReimbursement.notices.map((notice) =>
    notice.notice === 'approvalResult' ? { ...notice, label: '予以通过(结算单)' } : notice,
  ),
};
