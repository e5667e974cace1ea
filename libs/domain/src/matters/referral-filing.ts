import type { MatterDefinition } from '../case/definition';
import { filingClocks, filingNotices, filingRoad, papersCalled, proof } from './filing-parts';
import { commonReasons, identityMaterials, otherReason } from './shared-parts';

const d3 = '桂社保发〔2017〕8号 第七十三条';
const d1a = '桂人社发〔2017〕6号 第九条(一)';

/**
 * P-21 转诊转院备案. Form 8 of an appointed hospital, filed within 5 WD of the certificate (K-20; C-12 keeps both), reviewed the
 * day it is accepted (K-10), valid three months from the day of filing (K-21). One officer reviews: D3 第七十三条 knows no
 * levels, and C-01 counts those of 医疗费用审核 (D3 第七十四条).
 */
export const referralFiling: MatterDefinition = {
  matter: 'referralFiling',
  procedure: 'P-21',
  label: '转诊转院备案',
  version: 1,
  effectiveFrom: '2017-01-01',
  sourceDocument: `${d3}; ${d1a}`,
  ...filingRoad,
  singleReview: { source: `${d3}(一)–(三):社保机构审核、登记、当天办结,不分级次` },
  form: {
    number: '附件8',
    label: '城乡居民基本医疗保险参保人员转诊转院审核表',
    source: `${d3}(一)`,
    applicant: 'entitled',
    fields: [
      {
        field: 'reason',
        label: '转诊原因',
        kind: 'choice',
        requiredWhen: 'always',
        clause: `${d1a}1`,
        options: [
          { code: 'cannotTreat', label: '本地医疗机构不能诊断或治疗', source: `${d1a}1` },
          { code: 'specialist', label: '传染病、精神病等专科疾病', source: `${d1a}1` },
          { code: 'graded', label: '其他按分级诊疗需要转诊', source: `${d1a}1` },
        ],
      },
      {
        field: 'issuingHospital',
        label: '出具转院证明的医疗机构',
        kind: 'hospital',
        requiredWhen: 'always',
        where: 'appointed',
        clause: `${d3}(一)`,
      },
      {
        field: 'certificateIssuedOn',
        label: '转院证明出具日期',
        kind: 'date',
        requiredWhen: 'always',
        clause: `${d1a}3(1)`,
      },
      {
        field: 'referredOn',
        label: '转诊日期',
        kind: 'date',
        mayLieAhead: true,
        requiredWhen: 'always',
        clause: `${d3}(二)`,
      },
      {
        field: 'region',
        label: '转往地(行政区划代码)',
        kind: 'region',
        requiredWhen: 'always',
        // Inside the area no filing is needed (R-RT-09).
        where: 'outsideArea',
        clause: `${d1a}2`,
      },
      {
        field: 'hospital',
        label: '转往的定点医疗机构',
        kind: 'hospital',
        requiredWhen: 'always',
        where: 'outsideArea',
        clause: `${d3}(二)`,
      },
      {
        field: 'diagnosis',
        label: '诊断',
        kind: 'text',
        requiredWhen: 'always',
        keptFrom: 'illness',
        clause: `${d3}(一)`,
      },
    ],
    rules: [
      {
        rule: 'filedWithin',
        id: 'K-20',
        from: 'certificateIssuedOn',
        workingDays: 5,
        when: 'always',
        late: 'gap',
        then: '须由定点医疗机构重新出具转院证明',
        clause: `${d1a}3(1)`,
      },
    ],
  },
  result: {
    result: 'crossRegionFiling',
    kind: 'referral',
    region: 'region',
    hospitals: 'hospital',
    certificateIssuedOn: 'certificateIssuedOn',
    validity: { months: 3, source: `${d1a}3(2); ${d3}(二)` },
  },
  // K-10: D3 第七十三条(三).
  clocks: filingClocks('K-10', '转诊转院审核', `${d3}(三)`),
  reasons: [
    ...commonReasons({ materials: `${d3}(一)`, conditions: `${d1a}1` }),
    {
      code: 'RS-17',
      label: '逾期备案,须重新出具转院证明',
      clause: `${d1a}3(1)`,
      uses: ['refuseAcceptance', 'reject'],
      gaps: ['FILED_TOO_LATE'],
    },
    {
      code: 'RS-18',
      label: '出具证明的医疗机构不具备转诊转院资格',
      clause: `${d3}(一)`,
      uses: ['refuseAcceptance', 'reject'],
      gaps: ['HOSPITAL_UNKNOWN', 'HOSPITAL_NOT_APPOINTED'],
    },
    otherReason(d3),
  ],
  materials: [
    ...identityMaterials('P21'),
    proof(
      'P21-2',
      '转诊转院审核表(附件8)',
      'always',
      `${d3}(一)`,
      papersCalled('定点医疗机构出具的转诊转院审核表', 'referralForm'),
    ),
    proof(
      'P21-3',
      '转院证明',
      'always',
      `${d1a}3(1)`,
      papersCalled('具备转诊转院资格的定点医疗机构出具的转院证明', 'referralCertificate'),
    ),
  ],
  notices: filingNotices(
    {
      notice: 'referralForm',
      label: '转诊转院审核表',
      said: '已审核同意转诊转院并开通异地就医直接结算,自备案之日起 3 个月内有效',
    },
    '不予同意转诊转院告知',
  ),
};
