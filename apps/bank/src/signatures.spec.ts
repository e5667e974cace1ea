import {
  callHeaders,
  makeCallKeys,
  mostSkewMs,
  readCallKeys,
  signRequest,
  writePain001,
  type CallKeys,
} from '@banjie/bank-files';
import { bankErrorSchema, bankLedgerSummarySchema, type BankPayment } from '@banjie/contracts';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBank, type RunningBank } from './start-bank';
import { bankKeys, callerKeys } from './testing/caller';

let home: string;
let bank: RunningBank;
const start = (keys = bankKeys) =>
  startBank({
    ...{ home, port: 0, openingFen: 1_000_000, clockShiftMs: 0, keys },
    onFailure: (error) => {
      throw error;
    },
  });
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'banjie-bank-signed-'));
  bank = await start();
});
afterEach(async () => {
  await bank.stop();
  await rm(home, { recursive: true });
});

const payment = (set: Partial<BankPayment> = {}): BankPayment => ({
  ...{ orderNo: 'ZF1', amountFen: 100, fundAccount: '45020000000001', payeeName: '测试收款人' },
  ...{ payeeAccount: '6222020000000001', payeeBankCode: '102614000001', ...set },
});
const bodyOf = (set: Partial<BankPayment> = {}) => Buffer.from(JSON.stringify(payment(set)));
type Sent = { method: string; target: string; contentType?: string; body?: Buffer };
const paying = (body = bodyOf()): Sent => ({
  ...{ method: 'POST', target: '/payments', contentType: 'application/json', body },
});
const send = ({ method, target, body }: Sent, headers: Record<string, string>) =>
  fetch(bank.url + target, { method, headers, body: body ? new Uint8Array(body) : null });
const signedBy = (sent: Sent, keys: CallKeys = callerKeys, at = new Date()) => signRequest(sent, keys, { at }).headers;
const booked = async () =>
  bankLedgerSummarySchema.parse(await (await fetch(`${bank.url}/ledger/summary`)).json()).debits.count;

async function expectRefused(response: Response, code: string): Promise<void> {
  const error = bankErrorSchema.parse(await response.json());
  expect([response.status, error.code]).toEqual([401, code]);
  expect(error.message).toMatch(/^[\u4e00-\u9fff].*本次没有办理任何业务。$/);
  expect(response.headers.get(callHeaders.signature)).toBeTruthy();
  expect(await booked()).toBe(0);
}

describe('a call to the bank', () => {
  const everything: Sent[] = [
    paying(),
    { method: 'GET', target: '/payments/ZF1' },
    { method: 'GET', target: `/files/${'0'.repeat(64)}` },
    { method: 'GET', target: `/files/${'0'.repeat(64)}/result` },
    { method: 'GET', target: '/statement' },
    { method: 'GET', target: '/statement/camt053?fundAccount=45020000000001&sequenceNo=1' },
    { method: 'POST', target: '/files', contentType: 'application/xml', body: Buffer.from('<Document/>') },
  ];

  it.each(everything)('without a signature is refused: $method $target', async (sent) => {
    const headers: Record<string, string> = sent.contentType ? { 'content-type': sent.contentType } : {};
    await expectRefused(await send(sent, headers), 'SIGNATURE_MISSING');
  });

  it.each(everything)('with one gets another answer than 401: $method $target', async (sent) => {
    expect((await send(sent, signedBy(sent))).status).not.toBe(401);
  });

  it('of a key that is not registered, or of another under the name of one, is refused', async () => {
    const stranger = readCallKeys(makeCallKeys().ours);
    await expectRefused(await send(paying(), signedBy(paying(), { ...stranger, keyId: 'x' })), 'SIGNATURE_KEY_UNKNOWN');
    const namesake = { ...stranger, keyId: callerKeys.keyId };
    await expectRefused(await send(paying(), signedBy(paying(), namesake)), 'SIGNATURE_WRONG');
  });

  it('dated further than the clocks may differ is refused, and taken within', async () => {
    const at = (ms: number) => signedBy(paying(), callerKeys, new Date(Date.now() + ms));
    await expectRefused(await send(paying(), at(-mostSkewMs - 1_000)), 'SIGNATURE_DATE');
    await expectRefused(await send(paying(), at(mostSkewMs + 20_000)), 'SIGNATURE_DATE');
    expect((await send(paying(), at(-mostSkewMs + 60_000))).status).toBe(200);
    expect(await booked()).toBe(1);
  });

  it('with another body than was signed is refused, by its digest and by the digest in the header', async () => {
    const dearer = paying(bodyOf({ amountFen: 999 }));
    await expectRefused(await send(dearer, signedBy(paying())), 'SIGNATURE_BODY');
    const digest = signedBy(dearer)[callHeaders.bodySha256]!;
    await expectRefused(await send(dearer, { ...signedBy(paying()), [callHeaders.bodySha256]: digest }), 'SIGNATURE_WRONG'); // prettier-ignore
  });

  it('signed for another path or method is refused', async () => {
    const asked = { method: 'GET', target: '/payments/ZF1' };
    await expectRefused(await send({ ...asked, target: '/payments/ZF2' }, signedBy(asked)), 'SIGNATURE_WRONG');
    await expectRefused(await send(paying(), signedBy({ ...paying(), target: '/files' })), 'SIGNATURE_WRONG');
  });

  it('sent again as it was gets the same answer; its nonce under another body gets none', async () => {
    const headers = signedBy(paying());
    const first = await send(paying(), headers);
    const again = await send(paying(), headers);
    const [one, two] = [(await first.json()) as object, (await again.json()) as object];
    expect(two).toEqual({ ...one, duplicate: true });
    expect(await booked()).toBe(1);

    const other = paying(bodyOf({ orderNo: 'ZF2' }));
    const response = await send(other, signRequest(other, callerKeys, { nonce: headers[callHeaders.nonce]! }).headers);
    expect([response.status, bankErrorSchema.parse(await response.json()).code]).toEqual([401, 'SIGNATURE_NONCE_USED']);
    expect(await booked()).toBe(1);
  });

  it('with a file that was altered on the way is refused, and nothing of it is paid', async () => {
    const { fundAccount, payeeBankCode: bankCode } = payment();
    const { bytes } = writePain001({
      ...{ batchNo: 'PB1', part: 1, createdAt: '2026-11-25T10:30:00+08:00', payOn: '2026-11-26' },
      debtors: [{ fundAccount, name: '测试医疗保险事业管理中心', bankCode }],
      payments: [payment()],
    });
    const sent: Sent = { method: 'POST', target: '/files', contentType: 'application/xml', body: bytes };
    const altered = { ...sent, body: Buffer.from(bytes.toString('utf8').replaceAll('测试收款人', '别的收款人')) };
    await expectRefused(await send(altered, signedBy(sent)), 'SIGNATURE_BODY');
    expect((await send(sent, signedBy(sent))).status).toBe(201);
    expect(await booked()).toBe(1);
  });

  it('may be watched and spoiled without a signature, as only a stand-in may', async () => {
    for (const path of ['/health', '/ledger/summary', '/ledger/entries', '/orders/ZF1', '/faults'])
      expect((await fetch(bank.url + path)).status).toBe(200);
  });

  it('is believed under a new key beside the old one while keys change', async () => {
    const nextKeys = { ...readCallKeys(makeCallKeys().ours), keyId: 'next' };
    await bank.stop();
    const trusted = new Map([...bankKeys.trusted, ['next', createPublicKey(nextKeys.key)]]);
    bank = await start({ ...bankKeys, trusted });
    expect((await send(paying(), signedBy(paying()))).status).toBe(200);
    expect((await send(paying(), signedBy(paying(), nextKeys))).status).toBe(200);
    expect(await booked()).toBe(1);
  });
});
