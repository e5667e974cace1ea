import type { MatterDefinition } from '../case/definition';
import { filingClocks, filingNotices, filingRoad, papersCalled, proof, proofs } from './filing-parts';
import { commonReasons, identityMaterials, otherReason } from './shared-parts';

const d3 = '桂社保发〔2017〕8号 第七十二条';
const d1a = '桂人社发〔2017〕6号 第九条';
const d5 = '十六项便民措施';

/** Kinds that live elsewhere and give proof of it. */
const residing = { field: 'kind', is: ['family', 'work', 'student', 'dispatched', 'longTerm'] };
const inHospital = { field: 'kind', is: ['emergency', 'shortTerm'] };
const is = (...kinds: string[]) => ({ field: 'kind', is: kinds });

/**
 * P-20 异地就医备案. Kinds a–k with their proofs (01-procedures P-20), up to three hospitals or the whole city (C-06), form 7,
 * decided the day it is accepted (K-09). One officer checks and registers: D3 第七十二条(二)–(四) knows no levels, and C-01
 * counts those of 医疗费用审核 (D3 第七十四条).
 */
export const crossRegionFiling: MatterDefinition = {
  matter: 'crossRegionFiling',
  procedure: 'P-20',
  label: '异地就医备案',
  version: 1,
  effectiveFrom: '2017-01-01',
  sourceDocument: d3,
  ...filingRoad,
  singleReview: { source: `${d3}(二)–(四):社保机构核对、登记、当天办结,不分级次` },
  form: {
    number: '附件7',
    label: '城乡居民基本医疗保险异地就医登记备案表',
    source: `${d3}(二)`,
    applicant: 'entitled',
    fields: [
      {
        field: 'kind',
        label: '备案类型',
        kind: 'choice',
        requiredWhen: 'always',
        clause: `${d3}(一)`,
        options: [
          { code: 'family', label: '随子女居住的老人、随父母居住的子女', source: `${d3}(一)1` },
          { code: 'work', label: '外出务工', source: `${d3}(一)2` },
          { code: 'student', label: '异地实习(见习)学生', source: `${d3}(一)3` },
          { code: 'dispatched', label: '外派劳务人员的未就业家属', source: `${d3}(一)4` },
          { code: 'emergency', label: '突发疾病急诊住院', source: `${d3}(一)5` },
          { code: 'longTerm', label: '长期跨统筹地区就业、居住(3个月以上)', source: `${d1a}(二)` },
          { code: 'shortTerm', label: '短期外出急诊(3个月以内)', source: `${d1a}(三)` },
          { code: 'crossProvince', label: '跨省长期居住', source: `${d5} 第5项` },
          { code: 'referral', label: '转诊转院', source: `${d1a}(一)`, filedAs: '转诊转院备案' },
          { code: 'duringStay', label: '住院期间登记、出院后补办', source: `${d5} 第6、8项` },
          { code: 'otherProvince', label: '按其他省份规定备案', source: '湖南、辽宁异地就医规定 (P-20 k)' },
        ],
      },
      {
        field: 'region',
        label: '异地居住地或就医地(行政区划代码)',
        kind: 'region',
        requiredWhen: 'always',
        where: 'outsideArea',
        clause: `${d3}(二)`,
      },
      {
        field: 'address',
        label: '异地居住地(省、市、县及详细地址)',
        kind: 'text',
        requiredWhen: residing,
        keptFrom: 'contact',
        clause: `${d3}(二)`,
      },
      {
        field: 'scope',
        label: '就医范围',
        kind: 'choice',
        requiredWhen: 'always',
        clause: `${d3}(二); ${d5} 第9项`,
        options: [
          { code: 'hospitals', label: '选定医疗机构(至多3家)', source: `${d3}(二)` },
          { code: 'area', label: '备案到就医地市或直辖市,全部联网医疗机构', source: `${d5} 第9项` },
        ],
      },
      {
        field: 'hospitals',
        label: '选定的定点医疗机构',
        kind: 'hospitals',
        atMost: 3,
        requiredWhen: { field: 'scope', is: ['hospitals'] },
        where: 'outsideArea',
        clause: `${d3}(二)`,
      },
      {
        field: 'staysFrom',
        label: '异地居住(务工、就读)起始日期',
        kind: 'date',
        requiredWhen: residing,
        clause: `${d3}; ${d1a}(二)`,
      },
      {
        field: 'staysTo',
        label: '预计居住(停留)至',
        kind: 'date',
        mayLieAhead: true,
        requiredWhen: is('longTerm'),
        clause: `${d1a}(二)(三)`,
      },
      {
        field: 'arrivedOn',
        label: '到达外地日期',
        kind: 'date',
        requiredWhen: is('shortTerm'),
        clause: `${d1a}(三)`,
      },
      {
        field: 'admittedOn',
        label: '入院日期',
        kind: 'date',
        requiredWhen: inHospital,
        clause: `${d3}(一)5; ${d1a}(三)`,
      },
      {
        field: 'diagnosis',
        label: '诊断',
        kind: 'text',
        requiredWhen: inHospital,
        keptFrom: 'illness',
        clause: `${d3}(一)5`,
      },
    ],
    rules: [
      {
        rule: 'months',
        id: 'K-23',
        from: 'staysFrom',
        to: 'staysTo',
        atLeast: 3,
        when: is('longTerm'),
        then: '不足3个月的,请改选短期外出急诊或其他类型',
        clause: `${d1a}(二)`,
      },
      {
        rule: 'months',
        id: 'K-24',
        from: 'arrivedOn',
        to: 'admittedOn',
        atMost: 3,
        when: is('shortTerm'),
        then: '超过3个月的,请按长期异地居住备案',
        clause: `${d1a}(三)`,
      },
      {
        rule: 'filedWithin',
        id: 'K-22',
        from: 'admittedOn',
        workingDays: 5,
        when: inHospital,
        late: 'warning',
        then: '逾期备案的,报销比例按未备案降低,急诊抢救除外',
        clause: `${d1a}(三)2`,
      },
    ],
  },
  result: {
    result: 'crossRegionFiling',
    kind: {
      field: 'kind',
      as: {
        family: 'longTerm',
        work: 'longTerm',
        student: 'longTerm',
        dispatched: 'longTerm',
        emergency: 'emergency',
        longTerm: 'longTerm',
        shortTerm: 'emergency',
        crossProvince: 'crossProvinceLongTerm',
        duringStay: 'emergency',
        otherProvince: 'longTerm',
      },
    },
    region: 'region',
    hospitals: 'hospitals',
    // A stay that was filed for within its five days is covered whole (D1-A 第九条(三), K-22): the filing names its admission.
    validFrom: 'admittedOn',
    // K-25 for those who live in another province; for the others D1-A 第十一条: until changed or cancelled.
    validity: { untilChanged: true, source: `${d5} 第5项; 桂人社发〔2017〕6号 第十一条` },
  },
  // K-09: D3 第七十二条(四); form 7 is handed over with it.
  clocks: filingClocks('K-09', '异地就医备案', `${d3}(四)`),
  reasons: [...commonReasons({ materials: `${d3}(一)`, conditions: d3 }), otherReason(d3)],
  materials: [
    ...identityMaterials('P20'),
    proof(
      'P20-2',
      '异地居住证明',
      is('family'),
      `${d3}(一)1`,
      papersCalled('长期居住地居(村)委会证明', 'residenceProof'),
    ),
    proof(
      'P20-3',
      '外出务工证明',
      is('work'),
      `${d3}(一)2`,
      proofs.villageWork,
      papersCalled('务工单位证明', 'employerProof'),
      proofs.workPermit,
      proofs.residence,
    ),
    proof('P20-4', '学校证明', is('student'), `${d3}(一)3`, papersCalled('所在学校证明', 'schoolProof')),
    proof('P20-5', '外派单位证明', is('dispatched'), `${d3}(一)4`, papersCalled('所在单位证明', 'employerProof')),
    proof(
      'P20-6',
      '急诊住院证明',
      inHospital,
      `${d3}(一)5; ${d1a}(三)`,
      papersCalled(
        '入院记录、疾病证明书和本人书面说明',
        'admissionRecord',
        'diseaseCertificate',
        'careElsewhereStatement',
      ),
    ),
    // "kinds a–d as fit": 职工 have no proof of their own in the texts.
    proof(
      'P20-7',
      '长期异地居住或就业证明',
      is('longTerm'),
      `${d1a}(二)`,
      proofs.residence,
      proofs.employer,
      proofs.workPermit,
      proofs.villageWork,
      papersCalled('学校证明', 'schoolProof'),
    ),
    proof(
      'P20-8',
      '参保地规定的备案证明',
      is('otherProvince'),
      '湖南、辽宁异地就医规定 (P-20 k)',
      papersCalled('参保地规定的异地就医申请表', 'homeAreaApplication'),
      proofs.employer,
      papersCalled('县级以上公安机关居住证明', 'policeResidenceProof'),
    ),
  ],
  notices: filingNotices(
    {
      notice: 'crossRegionFilingForm',
      label: '异地就医登记备案表',
      said: '已办理备案并开通异地就医直接结算,请留存备案表一份,返回参保地时及时变更或取消备案',
    },
    '不予备案一次性告知',
  ),
};
