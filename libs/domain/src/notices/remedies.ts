/** One printed line on where to turn, with the document it comes from. */
export interface RemedyLine {
  text: string;
  source: string;
}

/** Configuration (02-rules C-23): which remedies a region's notices name. The longest matching region code is taken. */
interface RegionRemedies {
  /** A region code or the beginning of one; empty = everywhere else. */
  region: string;
  lines: RemedyLine[];
}

const socialInsuranceLaw: RemedyLine = {
  text:
    '对社会保险经办机构不依法支付社会保险待遇或者侵害其他社会保险权益的行为,' +
    '可以依法申请行政复议或者提起行政诉讼(《中华人民共和国社会保险法》第八十三条)。',
  source: 'C-23; 社会保险法 第八十三条',
};

export const regionRemedies: readonly RegionRemedies[] = [
  {
    region: '4502',
    lines: [
      { text: '本事项办事指南印制的救济途径:行政复议 无,行政诉讼 无。', source: 'C-23; D1' },
      socialInsuranceLaw,
      { text: '对办理结果有疑问的,请先向经办机构窗口查询、核对。', source: 'D1 咨询方式' },
    ],
  },
  { region: '', lines: [socialInsuranceLaw] },
];

/** The remedies that a notice of this region prints (C-23). */
export function remediesOf(regionCode: string): RemedyLine[] {
  const fitting = regionRemedies.filter(({ region }) => regionCode.startsWith(region));
  fitting.sort((a, b) => b.region.length - a.region.length);
  return fitting[0]?.lines ?? [];
}
