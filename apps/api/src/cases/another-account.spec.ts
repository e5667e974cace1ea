import { randomUUID } from 'node:crypto';
import type { AttachmentAnswer, CaseView } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { drawTestOrder, startTestApi, testCipher, type TestApi, type TestOrder } from '@banjie/testing';
import { pdf } from '../filings/scans.fixture';

// What 财务 sees of an order before the money leaves (SD-08), and how papers of another account come to the case (R-MT-3).
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

const draw = (state: 'reviewed' | 'failed' = 'failed') =>
  drawTestOrder(api.database.dataSource, testCipher(), api.world, {
    state,
    payee: { accountName: '亲属示例', relation: 'kin', kinRelation: 'child' },
  });

function paper(): FormData {
  const form = new FormData();
  form.append('paper', 'kinshipProof');
  form.append('facts', '{"legible":true}');
  form.append('file', new Blob([new Uint8Array(pdf(randomUUID()))]), '关系证明.pdf');
  return form;
}

const set = ({ caseNo }: TestOrder, sql: string) =>
  rows(api.database.dataSource, `UPDATE cases SET ${sql} WHERE case_no = $1`, [caseNo]);

it('shows finance whom an order pays and why the bank refused it; posts that need no number see none', async () => {
  const order = await draw();
  await rows(api.database.dataSource, `UPDATE payout_order SET bank_reason = 'nameDiffers' WHERE order_no = $1`, [
    order.orderNo,
  ]);
  const seenBy = async (username: string) =>
    (await (await api.signIn(username)).get<CaseView>(`/api/cases/${order.caseNo}`)).body.orders[0]!;
  for (const username of ['settle1', 'finreview1', 'finapprove1']) {
    expect(await seenBy(username)).toMatchObject({
      orderNo: order.orderNo,
      bankReason: 'nameDiffers',
      bankReasonLabel: '户名与账号不符',
      payee: {
        accountName: '亲属示例',
        accountNumber: order.payee.accountNumber,
        bankCode: '102100099996',
        relation: 'kin',
        relationLabel: '直系亲属(子女)',
      },
    });
  }
  for (const username of ['second1', 'approver1']) {
    const seen = await seenBy(username);
    expect(JSON.stringify(seen)).not.toContain(order.payee.accountNumber);
    expect(seen.payee.accountNumber).toMatch(/^\*+\d{4}$/);
  }
});

it('takes papers from the settlement clerk and the window, at 拨付制定 after an order that paid nobody', async () => {
  const order = await draw();
  const path = `/api/cases/${order.caseNo}/attachments`;
  const clerk = await api.signIn('settle1');
  const window = await api.signIn('window1');
  expect(await clerk.refusal('POST', path, paper())).toEqual([409, 'NOT_TAKING_PAPERS']);
  await set(order, `stage = 'preparePayout', order_state = 'failed'`);
  const sent = await clerk.post<AttachmentAnswer>(path, paper());
  expect(sent).toMatchObject({ status: 201, body: { paper: 'kinshipProof' } });
  expect(await window.refusal('POST', path, paper())).toEqual([201, null]);
  // 初审 takes in what 补正 asked for, and finance checks what others took in.
  expect(await (await api.signIn('initial1')).refusal('POST', path, paper())).toEqual([403, 'FORBIDDEN']);
  expect(await (await api.signIn('finreview1')).refusal('POST', path, paper())).toEqual([403, 'FORBIDDEN']);
  expect(await (await api.signIn('b-window1')).refusal('POST', path, paper())).toEqual([404, 'CASE_NOT_FOUND']);
  expect(await api.stranger().refusal('POST', path, paper())).toEqual([401, 'NOT_SIGNED_IN']);
  await set(order, `stage = 'acceptance', outcome = NULL, waiting = 'supplement', order_no = NULL, order_state = NULL`);
  expect(await clerk.refusal('POST', path, paper())).toEqual([403, 'FORBIDDEN']);
});
