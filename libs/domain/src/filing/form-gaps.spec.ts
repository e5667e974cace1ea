import { calendarFor } from '../calendar/work-calendar';
import type { MatterDefinition } from '../case/definition';
import { crossProvinceTransfers } from '../matters/cross-province-transfer';
import { crossRegionFiling } from '../matters/cross-region-filing';
import { referralFiling } from '../matters/referral-filing';
import { cityOf, lastDayOf } from '../forms/form-values';
import type { FormValues } from '../forms/form';
import { findFormGaps, type FiledForm } from './form-gaps';
import type { Paper } from './papers';

const demoPerson = { idNumber: '450221198001011231', name: '参保人' };
const applicant = { idNumber: demoPerson.idNumber, name: demoPerson.name, phone: '13900000000' };
const hospital = { name: '示例医院', agreementFrom: '2023-01-01', agreementTo: null };

function filed(form: FormValues, papers: Paper[], changes: Partial<FiledForm> = {}): FiledForm {
  return {
    body: { applicant, form },
    papers: papers.map((paper) => ({ paper, facts: { legible: true, signed: true } })),
    person: {
      name: demoPerson.name,
      regionCode: '450200',
      scheme: 'resident',
      entitledFrom: '2020-01-01',
      entitledTo: null,
    },
    hospitals: [
      { ...hospital, code: 'own', regionCode: '450200', isAppointed: true },
      { ...hospital, code: 'plain', regionCode: '450200', isAppointed: false },
      { ...hospital, code: 'ended', regionCode: '450200', isAppointed: true, agreementTo: '2025-12-31' },
      { ...hospital, code: 'near', regionCode: '450100', isAppointed: false },
    ],
    agencyRegionCode: '450200',
    filedOn: '2026-10-09',
    today: '2026-10-09',
    calendar: calendarFor('450200'),
    ...changes,
  };
}

const check = (matter: MatterDefinition, claim: FiledForm) => findFormGaps({ ...matter, form: matter.form! }, claim);
const codes = (matter: MatterDefinition, claim: FiledForm) => check(matter, claim).gaps.map(({ code }) => code);

describe('P-20, kind by kind', () => {
  const base = { region: '440100', scope: 'area', address: '示例路', staysFrom: '2026-01-10' };
  const stay = {
    region: '440100',
    scope: 'area',
    admittedOn: '2026-10-08',
    diagnosis: '示例',
    arrivedOn: '2026-09-30',
  };
  const emergency: Paper[] = ['admissionRecord', 'diseaseCertificate', 'careElsewhereStatement'];
  const kinds: [kind: string, form: FormValues, alternatives: Paper[][]][] = [
    ['family', base, [['residenceProof']]],
    ['work', base, [['villageWorkProof'], ['employerProof'], ['workResidencePermit'], ['residenceProof']]],
    ['student', base, [['schoolProof']]],
    ['dispatched', base, [['employerProof']]],
    ['emergency', stay, [emergency]],
    ['shortTerm', stay, [emergency]],
    ['longTerm', { ...base, staysTo: '2026-04-10' }, [['residenceProof'], ['employerProof'], ['schoolProof']]],
    ['crossProvince', base, [[]]],
    ['duringStay', base, [[]]],
    ['otherProvince', base, [['homeAreaApplication'], ['employerProof'], ['policeResidenceProof']]],
  ];
  it.each(kinds)('%s is complete with any one of its proofs and with none short of it', (kind, form, alternatives) => {
    for (const proofs of alternatives) {
      expect(codes(crossRegionFiling, filed({ ...form, kind }, ['idCard', ...proofs]))).toEqual([]);
      for (const left of proofs) {
        const rest = proofs.filter((proof) => proof !== left);
        const wanted = rest.length === 0 ? 'MATERIAL_MISSING' : 'MATERIAL_INCOMPLETE';
        expect(codes(crossRegionFiling, filed({ ...form, kind }, ['idCard', ...rest]))).toEqual([wanted]);
      }
    }
  });

  it('sends a referral to its own matter', () => {
    const [gap] = check(crossRegionFiling, filed({ ...base, kind: 'referral' }, ['idCard'])).gaps;
    expect(gap).toMatchObject({
      code: 'FILED_AS_OTHER_MATTER',
      message: expect.stringContaining('转诊转院备案') as string,
    });
  });

  it('asks for three months of a long stay and no more than three of a short one (K-23, K-24, T-08)', () => {
    const long = (staysTo: string) =>
      codes(
        crossRegionFiling,
        filed({ ...base, kind: 'longTerm', staysFrom: '2026-01-31', staysTo }, ['idCard', 'employerProof']),
      );
    expect([long('2026-04-29'), long('2026-04-30')]).toEqual([['TOO_FEW_MONTHS'], []]);
    const short = (arrivedOn: string) =>
      codes(crossRegionFiling, filed({ ...stay, kind: 'shortTerm', arrivedOn }, ['idCard', ...emergency]));
    expect([short('2026-07-08'), short('2026-07-07'), short('2026-10-09')]).toEqual([
      [],
      ['TOO_MANY_MONTHS'],
      ['DATES_REVERSED'],
    ]);
  });

  it('warns of an emergency that is filed after five working days, and refuses nothing (K-22, R-RT-06)', () => {
    // Admitted on Monday 28 September 2026: 29, 30 September, 8, 9, 10 October; 1–7 October are closed.
    const claim = (filedOn: string) =>
      filed({ ...stay, kind: 'emergency', admittedOn: '2026-09-28' }, ['idCard', ...emergency], {
        filedOn,
        today: '2026-10-12',
      });
    expect(check(crossRegionFiling, claim('2026-10-10'))).toEqual({ gaps: [], warnings: [] });
    const late = check(crossRegionFiling, claim('2026-10-12'));
    expect([late.gaps, late.warnings.map(({ code, rule }) => [code, rule])]).toEqual([
      [],
      [['FILED_TOO_LATE', 'K-22']],
    ]);
  });

  it('names up to three hospitals outside our area, once each, and none where the city is meant', () => {
    const named = (hospitals: string[], more: FormValues = {}) =>
      codes(
        crossRegionFiling,
        filed({ ...base, kind: 'crossProvince', scope: 'hospitals', hospitals, ...more }, ['idCard']),
      );
    expect(named(['a', 'b', 'near'])).toEqual([]);
    expect(named(['a', 'b', 'c', 'd'])).toEqual(['TOO_MANY_NAMED']);
    expect(named(['own'])).toEqual(['PLACE_IN_OWN_AREA']);
    expect(named([])).toEqual(['FIELD_MISSING']);
    expect(named(['a', 'b', 'c', 'd'], { scope: 'area' })).toEqual([]);
  });

  it('tells everything at once', () => {
    const found = codes(
      crossRegionFiling,
      filed({ kind: 'work', region: '450203', staysFrom: '2026-12-01' }, [], {
        person: null,
      }),
    );
    expect(found.sort()).toEqual([
      'DATE_IN_FUTURE',
      'FIELD_MISSING',
      'FIELD_MISSING',
      'MATERIAL_MISSING',
      'MATERIAL_MISSING',
      'PERSON_UNKNOWN',
      'PLACE_IN_OWN_AREA',
    ]);
  });

  it('asks for the papers of a proxy, and for entitlement on the day of filing', () => {
    const proxy = { name: '代办人', idNumber: demoPerson.idNumber };
    const form = { ...base, kind: 'crossProvince' };
    const claim = filed(form, ['idCard']);
    expect(codes(crossRegionFiling, { ...claim, body: { ...claim.body, proxy } })).toEqual(['MATERIAL_MISSING']);
    const ended = { ...claim.person!, entitledTo: '2026-10-08' };
    expect(codes(crossRegionFiling, filed(form, ['idCard'], { person: ended }))).toEqual(['NOT_ENTITLED_TODAY']);
  });
});

describe('P-21', () => {
  const form = {
    reason: 'graded',
    issuingHospital: 'own',
    certificateIssuedOn: '2026-09-28',
    referredOn: '2026-10-20',
    region: '440100',
    hospital: 'H44010000101',
    diagnosis: '示例',
  };
  const papers: Paper[] = ['idCard', 'referralForm', 'referralCertificate'];
  const at = (filedOn: string) => filed(form, papers, { filedOn, today: filedOn });

  it('is filed on the fifth working day after the certificate, not on the sixth (K-20)', () => {
    expect(codes(referralFiling, at('2026-10-10'))).toEqual([]);
    const [late] = check(referralFiling, at('2026-10-12')).gaps;
    expect(late).toMatchObject({ code: 'FILED_TOO_LATE', rule: 'K-20', clause: '桂人社发〔2017〕6号 第九条(一)3(1)' });
    expect(late!.message).toContain('2026-10-10');
  });

  it.each([
    ['own', []],
    ['plain', ['HOSPITAL_NOT_APPOINTED']],
    ['ended', ['HOSPITAL_NOT_APPOINTED']],
    ['nowhere', ['HOSPITAL_UNKNOWN']],
  ])('takes the certificate of an appointed hospital alone: %s', (issuingHospital, wanted) => {
    const claim = filed({ ...form, issuingHospital }, papers);
    expect(codes(referralFiling, claim)).toEqual(wanted);
  });

  it('holds to the day of the same number three months on (K-21, T-08)', () => {
    const months = { months: 3, source: '' };
    const days = ['2026-08-31', '2026-03-31', '2026-11-30', '2025-11-30'].map((day) => lastDayOf(months, day));
    expect(days).toEqual(['2026-11-30', '2026-06-30', '2027-02-28', '2026-02-28']);
    expect(lastDayOf({ calendarDays: 14, source: '' }, '2025-06-10')).toBe('2025-06-24');
    expect(lastDayOf({ untilChanged: true, source: '' }, '2025-06-10')).toBeNull();
  });
});

describe('P-61', () => {
  const form = { counterpartRegion: '440100', counterpartAgency: '示例机构', insuredFrom: '2020-01-01' };
  const of = (matter: string, version: number) =>
    crossProvinceTransfers.find((definition) => definition.matter === matter && definition.version === version)!;

  it('takes who is not on our register only where he moves in, and no move inside the province', () => {
    const unknown = filed(form, ['idCard'], { person: null });
    expect(codes(of('crossProvinceTransferIn', 2), unknown)).toEqual([]);
    expect(codes(of('crossProvinceTransferOut', 2), unknown)).toEqual(['PERSON_UNKNOWN']);
    const near = filed({ ...form, counterpartRegion: '450100' }, ['idCard']);
    expect(codes(of('crossProvinceTransferOut', 2), near)).toEqual(['PLACE_IN_OWN_PROVINCE']);
  });

  it.each(['crossProvinceTransferIn', 'crossProvinceTransferOut'])(
    '%s asks for two letters before, for none now',
    (matter) => {
      expect(codes(of(matter, 1), filed(form, ['idCard']))).toEqual(['MATERIAL_MISSING', 'MATERIAL_MISSING']);
      expect(codes(of(matter, 2), filed(form, ['idCard']))).toEqual([]);
    },
  );
});

it('names a filing by its city, a municipality as a whole', () => {
  expect(['440106', '440100', '310115', '500101', '110000'].map(cityOf)).toEqual([
    '440100',
    '440100',
    '310000',
    '500000',
    '110000',
  ]);
});
