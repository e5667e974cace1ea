import type { Post } from '../case/words';
import type { FormEntry } from '../forms/form-values';
import { chineseUpperAmount, fen, formatYuan } from '../money';
import type { RemedyLine } from './remedies';

export interface NoticeReason {
  code: string;
  label: string;
  clause: string;
  /** What the deciding person wrote. */
  text: string | null;
}

/** One thing the person has to do: a gap (一次性告知 lists every one) or a paper asked for. */
export interface NoticeItem {
  code: string;
  label: string | null;
  text: string;
  clause: string | null;
}

export interface NoticeDeduction {
  lineNo: number;
  amountFen: number;
  label: string;
  clause: string;
}

/**
 * What a notice says, frozen when its act is committed (01-procedures, common notices: case number, matter, person, date,
 * deciding post, reasons with clause, items, deadline, remedy). Later changes of registries or definitions do not reach it.
 */
export interface NoticeContent {
  notice: string;
  label: string;
  caseNo: string;
  matter: string;
  matterLabel: string;
  personName: string | null;
  /** 'YYYY-MM-DD' in Asia/Shanghai. */
  date: string;
  agencyName: string;
  decidingPost: string;
  reasons: NoticeReason[];
  items: NoticeItem[];
  /** 分 */
  amountFen: number | null;
  deductions: NoticeDeduction[];
  /** What care outside the pooling area took off the ratio, with the filing it rests on (R-RT). */
  ratioCut?: { text: string; clause: string } | null;
  /** The bank's word, for a payment notice. */
  paymentState: 'paid' | 'failed' | null;
  deadline: { label: string; date: string } | null;
  remedies: RemedyLine[];
  /** The definition's own words for what it says, where it has some. */
  said?: string;
  /** A form as it was entered, for notices that are its copy (附件7, 附件8). */
  entries?: FormEntry[];
}

export interface NoticeLine {
  label: string;
  text: string;
}

/** Posts that hand notices out or decide on them; to others the person is named by the family name alone. */
const nameNeeded: readonly Post[] = ['window', 'initialReviewer', 'secondReviewer', 'approver'];

export function mayReadNames(posts: readonly Post[]): boolean {
  return posts.some((post) => nameNeeded.includes(post));
}

/** 韦示例 → 韦**; a name of one character is hidden whole. */
export function maskName(name: string): string {
  const characters = [...name.trim()];
  return characters.length < 2
    ? '*'.repeat(characters.length)
    : `${characters[0]!}${'*'.repeat(characters.length - 1)}`;
}

const yuan = (amountFen: number) => `${formatYuan(fen(amountFen))} 元`;

/** `2026-11-23` → `2026年11月23日` */
const printedDate = (date: string) =>
  date.replace(/^(\d{4})-0?(\d{1,2})-0?(\d{1,2})$/, (_, year: string, month: string, day: string) => {
    return `${year}年${month}月${day}日`;
  });

/** Citations as a person outside can read them: the guide by its name, no pointers into our own papers. */
export const printedClause = (clause: string) =>
  clause
    .replace(/;\s*02-rules.*$/, '')
    .replace(/\bD1\b/g, '《办事指南》')
    .replace(/\bD3\b/g, '桂社保发〔2017〕8号');

const sentences: Record<string, (content: NoticeContent) => string> = {
  acceptanceReceipt: () => '已予以受理',
  acceptanceRefusal: ({ items }) =>
    items.length > 0 ? `不予受理,需要补齐或更正的事项共 ${items.length} 项` : '不予受理',
  supplementNotice: ({ items }) => `需要补正,共 ${items.length} 项`,
  approvalResult: ({ amountFen }) => `予以通过,应支付 ${yuan(amountFen ?? 0)}`,
  rejectionNotice: () => '不予通过',
  paymentNotice: ({ amountFen, paymentState }) =>
    paymentState === 'failed'
      ? `款项 ${yuan(amountFen ?? 0)} 银行未能支付,请与经办机构联系,核对收款账户`
      : `款项 ${yuan(amountFen ?? 0)} 已支付到登记的银行账户`,
  paymentReturned: ({ amountFen }) => `款项 ${yuan(amountFen ?? 0)} 被银行退回,请提供新的收款账户`,
  withdrawalReceipt: () => '已按要求撤回',
  pauseNotice: () => '需要协查或者进行特别程序,所需时间不计入办理期限',
  extensionNotice: () => '因情况复杂,办理期限经批准延长',
};

/** One sentence for a list; names no person. */
export function noticeSummary(content: NoticeContent): string {
  const own = Object.hasOwn(sentences, content.notice) ? sentences[content.notice]!(content) : content.label;
  const said = content.said ?? own;
  return `${content.matterLabel}申请(受理号 ${content.caseNo})${said}。`;
}

const numbered = (texts: readonly string[]) =>
  texts.map((text, index) => (texts.length > 1 ? `${index + 1}. ${text}` : text)).join('\n');

/** The lines of a notice, in the order they are printed; what a notice does not have is left out. */
export function noticeLines(content: NoticeContent, isNamed: boolean): NoticeLine[] {
  const { personName, amountFen, deadline } = content;
  const name = personName === null ? '' : isNamed ? personName : maskName(personName);
  const lines: NoticeLine[] = [
    { label: '受理号', text: content.caseNo },
    { label: '事项', text: content.matterLabel },
    { label: '申请人', text: name },
    { label: '日期', text: printedDate(content.date) },
    { label: '决定岗位', text: `${content.agencyName} ${content.decidingPost}` },
    { label: '结果', text: noticeSummary(content) },
    ...(content.entries ?? []).map(({ label, text, isPersonal }) => ({
      label,
      text: isPersonal && !isNamed ? '' : text,
    })),
    {
      label: '理由',
      text: numbered(
        content.reasons.map(
          ({ label, clause, text }) => `${label}(依据:${printedClause(clause)})${text ? `。说明:${text}` : ''}`,
        ),
      ),
    },
    {
      label: content.notice === 'acceptanceRefusal' ? '需要补齐或更正的事项' : '需要补正的材料',
      text: numbered(
        content.items.map(({ label, text, clause }) => {
          const about = label && !text.includes(label) ? `${label}:` : '';
          return `${about}${text}${clause ? `(依据:${printedClause(clause)})` : ''}`;
        }),
      ),
    },
    {
      label: '核减',
      text: numbered(
        content.deductions.map(
          (cut) => `清单第 ${cut.lineNo} 行 ${yuan(cut.amountFen)}:${cut.label}(依据:${printedClause(cut.clause)})`,
        ),
      ),
    },
    {
      label: '异地就医报销比例',
      text: content.ratioCut ? `${content.ratioCut.text}(依据:${printedClause(content.ratioCut.clause)})` : '',
    },
    {
      label: '金额',
      text: amountFen === null ? '' : `${yuan(amountFen)}(大写:${chineseUpperAmount(fen(amountFen))})`,
    },
    { label: '期限', text: deadline ? `${deadline.label}:${printedDate(deadline.date)}` : '' },
    { label: '救济途径', text: numbered(content.remedies.map(({ text }) => text)) },
  ];
  return lines.filter(({ text }) => text !== '');
}

/** The notice as it is printed: title, lines, the agency and the date below. */
export function noticePlainText(content: NoticeContent, isNamed: boolean): string {
  const body = noticeLines(content, isNamed).map(({ label, text }) =>
    text.includes('\n') ? `${label}:\n${text}` : `${label}:${text}`,
  );
  return [content.label, '', ...body, '', content.agencyName, printedDate(content.date)].join('\n');
}
