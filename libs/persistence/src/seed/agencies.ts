/** Handling agencies of the demo. `id` is the GB/T 2260 code of the district, `regionCode` its pooling area (统筹地区). */
export const exampleAgencies = [
  { id: '450206', name: '柳州市柳江区医疗保障经办机构', regionCode: '450200' },
  { id: '450203', name: '柳州市鱼峰区医疗保障经办机构', regionCode: '450200' },
] as const;
