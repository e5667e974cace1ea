import type { BankError } from '@banjie/contracts';

/** An answer to put on the wire, or a connection to break without one. */
export type BankReply =
  { status: number; body: unknown } | { status: number; bytes: Buffer; contentType: string } | 'breakConnection';

export function ok(body: object): { status: number; body: object } {
  return { status: 200, body };
}

export function refusal(status: number, code: string, message: string): { status: number; body: BankError } {
  return { status, body: { code, message } };
}

export const outOfService = refusal(503, 'OUT_OF_SERVICE', '银行系统暂停服务,请稍后查询。');

/** What is in the call is not taken, and nothing of it stands in the books. */
export const notTaken = '有一笔付款没有通过本行的校验,本次没有办理任何业务。';
