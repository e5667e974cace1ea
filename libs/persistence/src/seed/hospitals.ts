import type { HospitalGrade } from '@banjie/domain';

export interface HospitalEntry {
  code: string;
  name: string;
  regionCode: string;
  grade: HospitalGrade;
  /** Period of the 医保服务协议; both null: no agreement. */
  agreementFrom: string | null;
  agreementTo: string | null;
}

const row = (
  code: string,
  name: string,
  regionCode: string,
  grade: HospitalGrade,
  agreementFrom: string | null = '2023-01-01',
  agreementTo: string | null = null,
): HospitalEntry => ({ code, name, regionCode, grade, agreementFrom, agreementTo });

/** EXAMPLE rows, no real hospitals: several grades, three outside the pooling area, one without agreement, one whose agreement ended. */
export const exampleHospitals: readonly HospitalEntry[] = [
  row('H45020600101', '柳江示例人民医院', '450200', 'level2'),
  row('H45020600102', '柳江示例中医医院', '450200', 'level2'),
  row('H45020600201', '拉堡示例卫生院', '450200', 'level1'),
  row('H45020600202', '穿山示例卫生院', '450200', 'level1'),
  row('H45020300101', '柳州示例第一医院', '450200', 'level3'),
  row('H45020300102', '柳州示例妇幼保健院', '450200', 'level3'),
  row('H45020300103', '鱼峰示例骨伤医院', '450200', 'level2'),
  row('H45020300201', '鱼峰示例社区医院', '450200', 'level1'),
  row('H45010300101', '南宁示例医院', '450100', 'level3'),
  row('H45010300102', '南宁示例妇幼保健院', '450100', 'level2'),
  row('H44010000101', '广州示例医院', '440100', 'level3'),
  row('H45020600901', '柳江示例民营医院', '450200', 'level1', null, null),
  row('H45020600902', '柳江示例康复医院', '450200', 'level2', '2023-01-01', '2025-06-30'),
];

/** EXAMPLE: hospitals of the area whose certificates open a referral (D3 第七十三条(一) 具备转诊转院资格). */
export const appointedForReferral: readonly string[] = ['H45020300101', 'H45020600101'];
