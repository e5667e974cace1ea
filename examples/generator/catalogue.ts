/** 甲类, 乙类, outside the catalogues: as in the EXAMPLE catalogue of 450200 that an installation is seeded with. */
export type ItemClass = 'A' | 'B' | 'outside';

export interface Item {
  code: string;
  name: string;
  category: string;
  itemClass: ItemClass;
  /** 先行自付比例 in basis points. */
  selfPaidBp: number;
  /** Range of the unit price, 分. */
  price: readonly [number, number];
}

const item = (
  code: string,
  name: string,
  category: string,
  share: 'A' | 'O' | number,
  least: number,
  most: number,
): Item => ({
  code,
  name,
  category,
  itemClass: share === 'A' ? 'A' : share === 'O' ? 'outside' : 'B',
  selfPaidBp: typeof share === 'number' ? share * 100 : 0,
  price: [least, most],
});

/** What is charged each day of a stay. */
export const daily: readonly Item[] = [
  item('CW0001', '普通病房床位费', '床位费', 'A', 2800, 4500),
  item('HL0002', '二级护理', '护理费', 'A', 1200, 2600),
  item('ZD0001', '住院诊察费', '诊察费', 'A', 700, 2000),
];

export const ordinary: readonly Item[] = [
  item('XY0002', '头孢呋辛钠注射剂', '西药费', 'A', 680, 2890),
  item('XY0003', '头孢曲松钠注射剂', '西药费', 'A', 450, 3120),
  item('XY0004', '左氧氟沙星注射剂', '西药费', 10, 1580, 6240),
  item('XY0007', '氯化钠注射液', '西药费', 'A', 280, 590),
  item('XY0008', '葡萄糖注射液', '西药费', 'A', 260, 610),
  item('XY0010', '氯化钾注射液', '西药费', 'A', 60, 140),
  item('XY0012', '泮托拉唑注射剂', '西药费', 10, 1890, 7350),
  item('XY0014', '氨氯地平片', '西药费', 'A', 90, 420),
  item('XY0017', '阿司匹林肠溶片', '西药费', 'A', 40, 160),
  item('XY0019', '阿托伐他汀钙片', '西药费', 'A', 310, 890),
  item('XY0022', '甘精胰岛素注射液', '西药费', 10, 6800, 13900),
  item('XY0023', '布洛芬缓释胶囊', '西药费', 'A', 60, 190),
  item('XY0026', '地塞米松注射液', '西药费', 'A', 90, 350),
  item('XY0027', '氨溴索注射液', '西药费', 10, 560, 2470),
  item('XY0028', '布地奈德雾化液', '西药费', 10, 890, 2150),
  item('XY0030', '呋塞米注射液', '西药费', 'A', 80, 260),
  item('XY0032', '低分子肝素注射液', '西药费', 10, 2350, 5880),
  item('XY0035', '维生素C注射液', '西药费', 'A', 110, 390),
  item('XY0038', '复方氨基酸注射液', '西药费', 10, 1980, 5460),
  item('XY0043', '保健维生素片', '西药费', 'O', 2500, 6800),
  item('ZC0001', '复方丹参滴丸', '中成药费', 'A', 1450, 2980),
  item('ZC0003', '银杏叶片', '中成药费', 10, 1290, 3650),
  item('ZC0009', '参麦注射液', '中成药费', 20, 1860, 4720),
  item('JC0001', '心电图检查', '检查费', 'A', 1800, 3600),
  item('JC0002', '胸部X线摄影', '检查费', 'A', 4500, 9000),
  item('JC0005', '胸部CT平扫', '检查费', 10, 18000, 32000),
  item('JC0009', '腹部彩色超声', '检查费', 'A', 8000, 14500),
  item('JC0010', '心脏彩色超声', '检查费', 10, 12000, 21000),
  item('HY0001', '血常规', '化验费', 'A', 1800, 2800),
  item('HY0004', '肝功能', '化验费', 'A', 3500, 8600),
  item('HY0005', '肾功能', '化验费', 'A', 2400, 5200),
  item('HY0009', '凝血功能', '化验费', 'A', 3800, 7600),
  item('HY0011', '肌钙蛋白', '化验费', 10, 6500, 12800),
  item('HY0012', '电解质', '化验费', 'A', 1500, 3900),
  item('HY0014', '降钙素原', '化验费', 20, 9800, 18800),
  item('HY0020', '基因检测套餐', '化验费', 'O', 68000, 128000),
  item('ZL0001', '静脉输液', '治疗费', 'A', 600, 1300),
  item('ZL0003', '肌肉注射', '治疗费', 'A', 200, 450),
  item('ZL0004', '氧气吸入', '治疗费', 'A', 300, 600),
  item('ZL0005', '雾化吸入', '治疗费', 'A', 800, 1600),
  item('ZL0007', '换药', '治疗费', 'A', 1000, 3200),
  item('ZL0013', '心电监护', '治疗费', 'A', 400, 900),
  item('CL0001', '一次性输液器', '材料费', 'A', 150, 480),
  item('CL0002', '一次性注射器', '材料费', 'A', 60, 190),
  item('CL0003', '留置针', '材料费', 10, 1280, 3980),
  item('CL0004', '医用敷料', '材料费', 'A', 350, 1860),
  item('CL0013', '生活护理用品', '材料费', 'O', 1500, 4800),
];

/** What one stay costs once; chosen by the kind of illness. */
export const operations = {
  appendix: [
    item('SS0001', '阑尾切除术', '手术费', 'A', 86000, 128000),
    item('SS0007', '椎管内麻醉', '手术费', 'A', 42000, 68000),
  ],
  gallbladder: [
    item('SS0002', '腹腔镜胆囊切除术', '手术费', 10, 198000, 286000),
    item('SS0008', '全身麻醉', '手术费', 'A', 78000, 120000),
    item('CL0006', '吻合器', '材料费', 20, 168000, 260000),
  ],
  fracture: [
    item('SS0003', '骨折切开复位内固定术', '手术费', 'A', 156000, 248000),
    item('CL0007', '国产接骨板', '材料费', 20, 286000, 520000),
    item('SS0007', '椎管内麻醉', '手术费', 'A', 42000, 68000),
  ],
  coronary: [
    item('SS0009', '冠状动脉支架置入术', '手术费', 10, 320000, 460000),
    item('CL0010', '冠脉药物支架', '材料费', 20, 68000, 136000),
    item('CW0002', '重症监护床位费', '床位费', 10, 12000, 26000),
  ],
  none: [],
} as const satisfies Record<string, readonly Item[]>;
export type Operation = keyof typeof operations;
