import { gap } from '../filing/gap-table';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import {
  maskName,
  mayReadNames,
  noticeLines,
  noticePlainText,
  noticeSummary,
  type NoticeContent,
} from './notice-content';
import { regionRemedies, remediesOf } from './remedies';

const gaps = [
  gap('PAPER_ILLEGIBLE', { paper: '出院记录' }),
  gap('INVOICE_STATEMENT_TOTAL_DIFFERS', { invoices: '10.00', statement: '9.80', difference: '0.20' }),
];
const refusal: NoticeContent = {
  notice: 'acceptanceRefusal',
  label: '不予受理一次性告知',
  caseNo: '45020620261123000001',
  matter: 'inpatientReimbursement',
  matterLabel: '住院费用报销',
  personName: '韦示例',
  date: '2026-11-03',
  agencyName: '示例机构',
  decidingPost: '初审岗',
  reasons: [
    { code: 'RS-02', label: '材料字迹不清,无法辨认', clause: 'D1 申请材料 2、4 (字迹清楚)', text: null },
    { code: 'RS-99', label: '其他', clause: 'D1 申请材料; 02-rules R-MT', text: '请当面核对' },
  ],
  items: gaps.map(({ code, message, clause }) => ({ code, label: null, text: message, clause })),
  amountFen: null,
  deductions: [],
  paymentState: null,
  deadline: null,
  remedies: remediesOf('450200'),
};

describe('a notice', () => {
  it('tells case, matter, person, date, post, reasons with clause and words, every gap and the remedy', () => {
    const text = noticePlainText(refusal, true);
    for (const part of [
      ...[
        '不予受理一次性告知',
        '受理号:45020620261123000001',
        '事项:住院费用报销',
        '申请人:韦示例',
        '日期:2026年11月3日',
      ],
      ...['示例机构 初审岗', '材料字迹不清,无法辨认(依据:《办事指南》 申请材料 2、4 (字迹清楚))', '说明:请当面核对'],
      ...gaps.map((entry, index) => `${index + 1}. ${entry.message}(依据:`),
      ...['需要补齐或更正的事项共 2 项', '行政复议 无,行政诉讼 无', '社会保险法》第八十三条'],
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/\bD1\b|02-rules|undefined|null/);
  });

  it('names the person in full to those alone who hand it out', () => {
    expect(noticePlainText(refusal, mayReadNames(['financeReviewer', 'supervisor']))).toContain('申请人:韦**');
    expect(noticePlainText(refusal, mayReadNames(['window']))).toContain('申请人:韦示例');
    expect([maskName('欧阳示例'), maskName('韦'), maskName('')]).toEqual(['欧***', '*', '']);
  });

  it('writes amounts in figures and in capitals, with 核减 and the limit', () => {
    const content: NoticeContent = {
      ...refusal,
      notice: 'approvalResult',
      reasons: [],
      items: [],
      amountFen: 168_032,
      deductions: [{ lineNo: 2, amountFen: 5_000, label: '目录外', clause: '桂社保发〔2017〕8号 第八十五条' }],
      deadline: { label: '送达', date: '2026-11-24' },
    };
    const lines = Object.fromEntries(noticeLines(content, false).map(({ label, text }) => [label, text]));
    expect(lines).toMatchObject({
      金额: '1680.32 元(大写:人民币壹仟陆佰捌拾元零叁角贰分)',
      核减: '清单第 2 行 50.00 元:目录外(依据:桂社保发〔2017〕8号 第八十五条)',
      期限: '送达:2026年11月24日',
    });
    expect(lines).not.toHaveProperty('理由');
  });

  it.each(inpatientReimbursement.notices.map(({ notice, label }) => [notice, label]))(
    '%s has a sentence',
    (notice, label) => {
      const summary = noticeSummary({ ...refusal, notice, label, amountFen: 100 });
      expect(summary).toContain('(受理号 45020620261123000001)');
      expect(summary).not.toContain(label + '。');
      expect(summary).not.toContain('韦');
    },
  );

  it('takes the remedies of the nearest region (C-23)', () => {
    expect(remediesOf('450200')).toEqual(regionRemedies.find(({ region }) => region === '4502')?.lines);
    expect(remediesOf('110100')).toEqual(regionRemedies.find(({ region }) => region === '')?.lines);
    expect(regionRemedies.flatMap(({ lines }) => lines).every(({ source }) => source !== '')).toBe(true);
  });
});
