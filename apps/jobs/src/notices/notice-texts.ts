import { fen, formatYuan, type MatterDefinition } from '@banjie/domain';

/** What a text may be made of: numbers, amounts and labels; no name, no diagnosis, no account. */
export interface NoticeFacts {
  caseNo: string;
  agencyName: string;
  /** The one the case is pinned to. */
  definition: Pick<MatterDefinition, 'label' | 'reasons' | 'materials' | 'notices'>;
  /** Facts of the act that brought the notice about. */
  act: Record<string, unknown>;
  /** Payload of the outbox row. */
  payload: Record<string, unknown>;
}

interface NoticeText {
  /** `sms` leaves through the transport and is shown in the app; `inApp` is for the staff alone. */
  channel: 'sms' | 'inApp';
  body: (facts: NoticeFacts) => string;
}

const about = ({ definition, caseNo }: NoticeFacts) => `您的${definition.label}申请(受理号 ${caseNo})`;
const amount = (value: unknown) => (typeof value === 'number' ? `${formatYuan(fen(value))} 元` : '核定金额');
/** The labels of coded reasons or materials; free text stays in the case. */
function listed(codes: unknown, { definition: { reasons, materials } }: NoticeFacts): string {
  if (!Array.isArray(codes)) return '';
  const names = codes.flatMap((code: unknown) => {
    const key = typeof code === 'string' ? code : ((code as { code?: unknown } | null)?.code ?? null);
    const reason = reasons.find((one) => one.code === key)?.label;
    const label = reason ?? materials.find((one) => one.id === key)?.label;
    return label ? [label] : [];
  });
  return [...new Set(names)].join('、');
}

const because = (codes: unknown, facts: NoticeFacts) => (listed(codes, facts) ? `,原因:${listed(codes, facts)}` : '');

/** A limit of another agency is told as theirs: our people can only ask. */
const isOutside = ({ payload }: NoticeFacts) => payload['party'] === 'outside';
const limitOf = (f: NoticeFacts) =>
  `${isOutside(f) ? '对方经办机构时限' : '时限'} ${String(f.payload['clock'] ?? '')} `;

/** The Chinese of every notice, by its code in the definition of the matter. */
export const noticeTexts: Record<string, NoticeText> = {
  acceptanceReceipt: { channel: 'sms', body: (f) => `${about(f)}已予以受理,请留意办理进度。` },
  acceptanceRefusal: {
    channel: 'sms',
    body: (f) =>
      `${about(f)}不予受理${because(f.act['reasons'], f)}。需补齐的全部事项已一次性告知,请到窗口领取告知书。`,
  },
  supplementNotice: {
    channel: 'sms',
    body: (f) => `${about(f)}需要补正:${listed(f.act['items'], f) || '详见告知书'}。补正期间不计入办理时限。`,
  },
  approvalResult: {
    channel: 'sms',
    body: (f) => `${about(f)}已予以通过,应支付 ${amount(f.act['payableFen'])}。`,
  },
  rejectionNotice: {
    channel: 'sms',
    body: (f) => `${about(f)}不予通过${because(f.act['reasons'], f)}。详细理由和救济途径见告知书。`,
  },
  paymentNotice: {
    channel: 'sms',
    body: (f) =>
      f.act['state'] === 'failed'
        ? `${about(f)}的款项银行未能支付,请尽快与经办机构联系,核对收款账户。`
        : `${about(f)}的款项 ${amount(f.act['amountFen'])} 已支付到您登记的银行账户。`,
  },
  paymentReturned: {
    channel: 'sms',
    body: (f) => `${about(f)}的款项 ${amount(f.act['amountFen'])} 被银行退回,请提供新的收款账户。`,
  },
  recoveryNotice: {
    channel: 'sms',
    body: (f) => `${about(f)}的医疗保险待遇有 ${amount(f.payload['amountFen'])} 须退回,请与经办机构联系。`,
  },
  supplementPayNotice: {
    channel: 'sms',
    body: (f) => `${about(f)}经复核应补付 ${amount(f.payload['amountFen'])},将支付到原收款账户。`,
  },
  offsetNotice: {
    channel: 'sms',
    body: (f) =>
      `${about(f)}的应支付款项中有 ${amount(f.payload['amountFen'])} 抵扣应退回的医疗保险待遇,余额支付到登记的银行账户。`,
  },
  withdrawalReceipt: { channel: 'sms', body: (f) => `${about(f)}已按您的要求撤回。` },
  clockWarning: {
    channel: 'inApp',
    body: (f) => `办件 ${f.caseNo} 的${limitOf(f)}将要届满,请${isOutside(f) ? '留意对方答复' : '抓紧办理'}。`,
  },
  clockBreached: {
    channel: 'inApp',
    body: (f) => `办件 ${f.caseNo} 的${limitOf(f)}已超时,请${isOutside(f) ? '向对方催办' : '尽快办理'}。`,
  },
};

/** The text of a notice: the definition's own words, or the platform's; one that a newer definition brought is told by a plain sentence rather than not at all. */
export function noticeText(notice: string, facts: NoticeFacts): { channel: 'sms' | 'inApp'; body: string } {
  const said = facts.definition.notices.find((one) => one.notice === notice)?.said;
  const known = Object.hasOwn(noticeTexts, notice) ? noticeTexts[notice] : undefined;
  const text: NoticeText | undefined = said ? { channel: 'sms', body: (f) => `${about(f)}${said}。` } : known;
  if (!text) return { channel: 'inApp', body: `办件 ${facts.caseNo} 有新的进展。` };
  const body = text.body(facts);
  return { channel: text.channel, body: text.channel === 'sms' ? `【${facts.agencyName}】${body}` : body };
}
