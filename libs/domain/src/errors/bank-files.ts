import type { ErrorEntry } from './entry';

/**
 * Files to and from the bank (libs/bank-files): what refuses a whole file, what a line alone, what a line says against its order, and files that
 * people bring.
 */
export const bankFileErrors = {
  BANK_FILE_TOO_LARGE: {
    status: 413,
    message: '银行文件超过上限({limit}),没有读取。',
    next: '请核对是否选错了文件;文件确实有这么大的,请银行分成几个文件发送。',
  },
  BANK_FILE_ENCODING: {
    status: 422,
    message: '银行文件的编码不是约定的 {expected}:{reason}。',
    next: '请向银行重新下载原始文件,不要用表格软件另存后再上传。',
  },
  BANK_FILE_BROKEN: {
    status: 422,
    message: '银行文件不完整或已损坏({at}),整份没有入账。',
    next: '请向银行重新下载完整的文件后再上传。',
  },
  BANK_FILE_FORBIDDEN_MARKUP: {
    status: 422,
    message: '银行文件含有报文中不允许的 {markup},没有解析。',
    next: '请不要使用这份文件,核对它的来源,并报告信息安全人员。',
  },
  BANK_FILE_KIND: {
    status: 422,
    message: '这不是所需的{expected}:{reason}。',
    next: '请核对文件的种类、版本和所属的批次后重新选择。',
  },
  BANK_FILE_ELEMENT: {
    status: 422,
    message: '银行文件的“{element}”缺少、重复或内容无效。',
    next: '请向银行核对报文格式后重新下载。',
  },
  BANK_FILE_TOTALS: {
    status: 422,
    message: '银行文件的合计不符({what}):文件写明 {stated},逐笔相加为 {counted}。',
    next: '请不要逐笔更改,向银行核对后重新下载整份文件;本次一笔也没有入账。',
  },
  BANK_FILE_BALANCE: {
    status: 422,
    message: '账户 {statementId} 的对账单余额不平:期初 {opening} 加减发生额应为 {expected},文件写明期末 {closing}。',
    next: '请向银行核对后重新下载整份对账单;本次一笔也没有入账。',
  },
  BANK_STATEMENT_GAP: {
    status: 409,
    message: '对账单 {statementId} 与上一份不衔接:{reason}。',
    next: '请先导入中间缺少的对账单,再导入这一份。',
  },
  BANK_STATEMENT_DIFFERS: {
    status: 409,
    message: '第 {sequenceNo} 号对账单({statementId})第 {page} 页已经入账,这份文件与已入账的不同。',
    next: '本次一笔也没有入账;请向银行核对哪一份有效,需要更正的由银行另行记账。',
  },
  BANK_STATEMENT_CONTRADICTS: {
    status: 409,
    message: '对账单中的流水 {entries} 与已经收到的同号流水不同,或已在另一份对账单中。',
    next: '本次一笔也没有入账;请向银行核对后重新下载整份对账单。',
  },
  BANK_STATEMENT_OWN_CASE: {
    status: 403,
    message: '对账单中的流水 {entries} 会改变拨付单的状态,而{who}在这些拨付单的办件中承担职责,整份没有入账。',
    next: '请由没有参与这些办件的两名人员重新上传并确认同一份对账单。',
  },
  BANK_STATEMENT_FOREIGN: {
    status: 422,
    message: '对账单的账户 {fundAccount} 不是本系统的支出户。',
    next: '请核对是否下载了别的账户的对账单。',
  },
  BANK_BATCH_UNWRITABLE: {
    status: 422,
    message: '付款批次不能写成银行文件:{reason}。',
    next: '请核对批次后重新生成。',
  },
  PAYOUT_UNWRITABLE: {
    status: 422,
    message: '拨付单 {orderNo} 的{field}不能写入银行文件:{reason}。',
    next: '请将该拨付单移出批次,核对并更正收款信息后另行拨付,或改用能承载该信息的银行渠道。',
  },
  BANK_LINE_ORDER_NO: {
    status: 422,
    message: '第 {line} 笔没有本系统的拨付单号,或单号格式不符。',
    next: '请对照银行原始文件登记为待查,查明后处理;其余各笔不受影响。',
  },
  BANK_LINE_AMOUNT: {
    status: 422,
    message: '第 {line} 笔的金额不是有效的人民币金额。',
    next: '请向银行核对这一笔;其余各笔不受影响。',
  },
  BANK_LINE_DUPLICATE: {
    status: 422,
    message: '第 {line} 笔与第 {first} 笔重复,两笔都没有采用。',
    next: '请向银行核对这一单号的实际结果。',
  },
  BANK_LINE_STATUS: {
    status: 422,
    message: '第 {line} 笔的处理状态不在约定之内。',
    next: '请向银行查询这一笔的实际结果,不要重新付款。',
  },
  BANK_LINE_FIELD: {
    status: 422,
    message: '第 {line} 笔的“{field}”缺少或格式不符。',
    next: '请向银行核对这一笔;其余各笔不受影响。',
  },
  RESULT_OF_OTHER_FILE: {
    status: 422,
    message: '结果文件回应的不是这份付款文件,整份没有入账。',
    next: '请核对结果文件所属的批次;属于另一份付款文件的,请在那一份下导入。',
  },
  RESULT_OF_UNKNOWN_FILE: {
    status: 422,
    message: '结果文件回应的不是本机构的付款文件,整份没有入账。',
    next: '请核对是否选错了文件,或向银行核对所回应的付款文件编号。',
  },
  RESULT_ORDER_NOT_IN_FILE: {
    status: 422,
    message: '结果中的单号 {orderNo} 不在所回应的付款文件中,这一笔没有入账。',
    next: '请向银行核对这一笔,并登记为待查;其余各笔不受影响。',
  },
  RESULT_OTHER_AMOUNT: {
    status: 422,
    message: '拨付单 {orderNo} 的结果金额与拨付单不一致,这一笔没有入账。',
    next: '请向银行核对实际支付的金额,不要重新付款;其余各笔不受影响。',
  },
  RESULT_OTHER_PAYEE: {
    status: 422,
    message: '拨付单 {orderNo} 的结果没有写明收款账户,或与审批的账户不一致,这一笔没有入账。',
    next: '请向银行核对实际的收款账户,不要重新付款;其余各笔不受影响。',
  },
  RESULT_CONTRADICTS_FILE: {
    status: 409,
    message: '结果文件称整份付款文件被银行拒收,但其中已有付款另有结果,没有更改。',
    next: '请凭银行流水逐笔查明实际结果,由财务复核与财务审批两人处理。',
  },
  RESULT_CONTRADICTS: {
    status: 409,
    message: '拨付单 {orderNo} 的结果与银行先前的答复相反,没有更改。',
    next: '请凭银行流水查明实际结果,由财务复核与财务审批两人处理。',
  },
  BANK_UPLOAD_NOT_FOUND: {
    status: 404,
    message: '没有找到这份上传的银行文件。',
    next: '请刷新列表;只能查看本机构人员上传的文件。',
  },
  BANK_UPLOAD_NOT_OPEN: {
    status: 409,
    message: '这份银行文件不在等待确认的状态。',
    next: '请刷新后查看:尚在读取的请稍后再试,已被拒收的请重新取得文件后上传。',
  },
} as const satisfies Record<string, ErrorEntry>;
