/** Papers a person hands in, as the acceptance matrix names them (02-rules R-MT; the guide's 申请材料). */
export const papers = [
  'electronicCredential',
  'idCard',
  'socialSecurityCard',
  'proxyIdCard',
  'invoice',
  'invoiceStubCopy',
  'lostInvoiceCommitment',
  'ownBankAccount',
  'kinBankAccount',
  'kinshipProof',
  'kinshipCommitment',
  'costStatement',
  'emergencyDiagnosis',
  'emergencyObservationRecord',
  'claimForm',
  'trafficAccidentReport',
  'courtJudgment',
  'mediationAgreement',
  'otherAuthorityProof',
  'injuryCommitmentLetter',
  'diagnosisCertificate',
  'dischargeRecord',
] as const;
export type Paper = (typeof papers)[number];

export const paperLabels = {
  electronicCredential: '医保电子凭证',
  idCard: '有效身份证件',
  socialSecurityCard: '社保卡',
  proxyIdCard: '代办人身份证',
  invoice: '医疗费用发票原件',
  invoiceStubCopy: '加盖医疗机构财务章的发票存根复印件',
  lostInvoiceCommitment: '发票丢失承诺书',
  ownBankAccount: '参保人本人银行账户',
  kinBankAccount: '直系亲属银行账户',
  kinshipProof: '双方关系证明',
  kinshipCommitment: '亲属关系承诺书',
  costStatement: '费用结算清单',
  emergencyDiagnosis: '急诊诊断证明',
  emergencyObservationRecord: '急诊留观病历',
  claimForm: '广西基本医疗保险医疗费用申报表',
  trafficAccidentReport: '交警事故认定书',
  courtJudgment: '法院判决书',
  mediationAgreement: '调解协议书',
  otherAuthorityProof: '公检法部门出具的其他证明',
  injuryCommitmentLetter: '意外伤害就医个人承诺书',
  diagnosisCertificate: '有诊疗经过描述的诊断证明',
  dischargeRecord: '出院记录',
} as const satisfies Record<Paper, string>;

export const kinRelations = ['spouse', 'parent', 'child', 'grandparent', 'grandchild'] as const;
/** 直系亲属 whose account may receive the money (R-MT-3). */
export type KinRelation = (typeof kinRelations)[number];

export const kinRelationLabels = {
  spouse: '配偶',
  parent: '父母',
  child: '子女',
  grandparent: '祖父母、外祖父母',
  grandchild: '孙子女、外孙子女',
} as const satisfies Record<KinRelation, string>;
