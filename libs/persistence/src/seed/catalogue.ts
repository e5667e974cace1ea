import type { CatalogueClass } from '@banjie/domain';

export interface CatalogueEntry {
  regionCode: string;
  itemCode: string;
  itemName: string;
  /** Kind of cost as a statement prints it. */
  category: string;
  catalogueClass: CatalogueClass;
  /** 先行自付比例 in basis points; 0 for A and outside. */
  selfPaidFirstBp: number;
}

/**
 * EXAMPLE catalogue of 450200: names are ordinary ones, classes and shares are made up to run the demo, because the
 * papers we have hold no local catalogue. Written as `name:B10` (乙类, 10 % first), `name:A`, `name:O` (目录外).
 */
const tables: Record<string, { prefix: string; items: string }> = {
  西药费: {
    prefix: 'XY',
    items: `阿莫西林胶囊:A 头孢呋辛钠注射剂:A 头孢曲松钠注射剂:A 左氧氟沙星注射剂:B10 阿奇霉素片:A 甲硝唑氯化钠注射液:A
      氯化钠注射液:A 葡萄糖注射液:A 复方氯化钠注射液:A 氯化钾注射液:A 奥美拉唑肠溶胶囊:A 泮托拉唑注射剂:B10 硝苯地平控释片:A
      氨氯地平片:A 缬沙坦胶囊:A 美托洛尔片:A 阿司匹林肠溶片:A 氯吡格雷片:A 阿托伐他汀钙片:A 二甲双胍片:A 格列美脲片:A
      甘精胰岛素注射液:B10 布洛芬缓释胶囊:A 对乙酰氨基酚片:A 曲马多注射液:B10 地塞米松注射液:A 氨溴索注射液:B10 布地奈德雾化液:B10
      沙丁胺醇气雾剂:A 呋塞米注射液:A 螺内酯片:A 低分子肝素注射液:B10 人血白蛋白:B30 维生素B1片:A 维生素C注射液:A
      多种微量元素注射液:B20 脂肪乳注射液:B20 复方氨基酸注射液:B10 利多卡因注射液:A 丙泊酚注射液:A 七氟烷吸入剂:B20 胸腺法新注射剂:B30
      保健维生素片:O 进口钙咀嚼片:O`,
  },
  中成药费: {
    prefix: 'ZC',
    items: `复方丹参滴丸:A 速效救心丸:A 银杏叶片:B10 连花清瘟胶囊:A 板蓝根颗粒:A 云南白药胶囊:B10 云南白药气雾剂:B20
      血府逐瘀胶囊:B10 参麦注射液:B20 丹红注射液:B20 三金片:A 桂林西瓜霜:B10 养生口服液:O`,
  },
  检查费: {
    prefix: 'JC',
    items: `心电图检查:A 胸部X线摄影:A 四肢X线摄影:A 头颅CT平扫:B10 胸部CT平扫:B10 腹部CT增强:B20 头颅磁共振平扫:B20
      腰椎磁共振平扫:B20 腹部彩色超声:A 心脏彩色超声:B10 胃镜检查:A 肠镜检查:B10 肺功能检查:A 动态心电监测:B10 正电子断层显像:O`,
  },
  化验费: {
    prefix: 'HY',
    items: `血常规:A 尿常规:A 便常规:A 肝功能:A 肾功能:A 血脂:A 血糖:A 糖化血红蛋白:A 凝血功能:A 心肌酶谱:A 肌钙蛋白:B10
      电解质:A C反应蛋白:A 降钙素原:B20 血气分析:A 血培养:A 乙肝两对半:A 肿瘤标志物:B20 血型鉴定:A 基因检测套餐:O`,
  },
  治疗费: {
    prefix: 'ZL',
    items: `静脉输液:A 静脉注射:A 肌肉注射:A 氧气吸入:A 雾化吸入:A 导尿:A 换药:A 清创缝合:A 针灸:A 推拿:B10 中频脉冲电治疗:B10
      血液透析:A 心电监护:A 石膏固定:A 气管插管:A 美容祛疤:O`,
  },
  手术费: {
    prefix: 'SS',
    items: `阑尾切除术:A 腹腔镜胆囊切除术:B10 骨折切开复位内固定术:A 白内障超声乳化术:B10 剖宫产术:A 疝修补术:A 椎管内麻醉:A
      全身麻醉:A 冠状动脉支架置入术:B10`,
  },
  材料费: {
    prefix: 'CL',
    items: `一次性输液器:A 一次性注射器:A 留置针:B10 医用敷料:A 导尿包:A 吻合器:B20 国产接骨板:B20 进口接骨板:B40 人工晶体:B30
      冠脉药物支架:B20 负压引流装置:B20 一次性口罩:O 生活护理用品:O`,
  },
  床位费: { prefix: 'CW', items: '普通病房床位费:A 重症监护床位费:B10 层流病房床位费:B20 单人间床位费:O' },
  护理费: { prefix: 'HL', items: '一级护理:A 二级护理:A 三级护理:A 重症监护护理:A 陪护服务:O' },
  诊察费: { prefix: 'ZD', items: '住院诊察费:A 院内会诊费:A 院外专家会诊费:O' },
};

export const exampleCatalogue: readonly CatalogueEntry[] = Object.entries(tables).flatMap(([category, table]) =>
  table.items.split(/\s+/).map((text, index) => {
    const [, itemName, letter, percent] = /^(.+):([ABO])(\d+)?$/.exec(text) ?? [];
    if (!itemName || (letter === 'B') !== (percent !== undefined)) throw new Error(`catalogue entry ${text}`);
    return {
      regionCode: '450200',
      itemCode: `${table.prefix}${String(index + 1).padStart(4, '0')}`,
      itemName,
      category,
      catalogueClass: letter === 'O' ? 'outside' : (letter as 'A' | 'B'),
      selfPaidFirstBp: Number(percent ?? 0) * 100,
    };
  }),
);
