import { callHeaders, makeCallKeys, readCallKeys, requestDigestOf, requestOf, signAnswer } from '@banjie/bank-files';
import { startBankProcess, testCallKeyFiles, testCallKeys, type BankProcess } from '@banjie/testing';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBankClient } from './bank-client';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}
type Forge = (honest: Answer, asked: IncomingMessage) => Answer;

let bank: BankProcess;
let between: Server;
let forge: Forge = (honest) => honest;
let url = '';

/** Stands on the line: hands calls on to the bank untouched and may answer something else. */
beforeAll(async () => {
  bank = await startBankProcess();
  between = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => name.startsWith('x-bank-') || name === 'content-type'),
      ) as Record<string, string>;
      const sent = { method: request.method ?? '', headers, body: parts.length > 0 ? Buffer.concat(parts) : null };
      const answer = await fetch(`${bank.url}${request.url}`, sent);
      const kept = ['content-type', callHeaders.keyId, callHeaders.signature];
      const honest = {
        status: answer.status,
        headers: Object.fromEntries(kept.map((name) => [name, answer.headers.get(name) ?? ''])),
        body: Buffer.from(await answer.arrayBuffer()),
      };
      const { status, headers: forged, body } = forge(honest, request);
      response.writeHead(status, forged).end(body);
    })();
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
});
afterAll(async () => {
  between?.close();
  await bank?.stop();
});
beforeEach(() => (forge = (honest) => honest));

const payment = (n: number) => ({
  ...{ orderNo: `ZF${n}`, amountFen: 100 + n, fundAccount: '45020000000001', payeeName: '测试收款人' },
  ...{ payeeAccount: '6222020000000001', payeeBankCode: '102614000001' },
});
const alarms: string[] = [];
const client = () => createBankClient(url, testCallKeys(), { alarm: (code) => alarms.push(code) });
const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
const paidText = (asked: IncomingMessage) => {
  const orderNo = asked.url?.split('/')[2] ?? '';
  const said = { orderNo, status: 'booked', inFlight: false, amountFen: 1, bankReference: 'B1', duplicate: false };
  return Buffer.from(JSON.stringify({ ...said, bookedAt: new Date().toISOString() }));
};
const signedWith = (keys: Parameters<typeof signAnswer>[2], answer: Answer, digest: string): Answer => ({
  ...answer,
  headers: {
    ...answer.headers,
    ...signAnswer(
      { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body },
      digest,
      keys,
    ),
  },
});
const digestOf = (asked: IncomingMessage) =>
  requestDigestOf(requestOf(asked.method ?? '', asked.url ?? '', (name) => asked.headers[name]?.toString()));

/** Ways to answer in the bank's place, or to make another thing of what it said; `n` varies them. */
function forgeries(kept: Answer): ((n: number) => Forge)[] {
  const stranger = readCallKeys(makeCallKeys().bank);
  return [
    () => (honest) => ({ ...honest, headers: without(honest.headers, callHeaders.signature) }),
    () => (honest) => ({ ...honest, headers: without(honest.headers, callHeaders.keyId) }),
    (n) => (honest) => ({ ...honest, headers: { ...honest.headers, [callHeaders.keyId]: `bank-${n}` } }),
    () => (honest, asked) => ({ ...honest, body: paidText(asked) }),
    (n) => (honest) => ({ ...honest, body: flipped(honest.body, n) }),
    () => (honest) => ({ ...honest, body: Buffer.from(`${honest.body.toString('utf8')} `) }),
    (n) => (honest) => ({ ...honest, body: honest.body.subarray(0, honest.body.length - 1 - (n % 20)) }),
    () => (honest) => ({ ...honest, status: honest.status === 200 ? 202 : 200 }),
    () => (honest) => ({ ...honest, headers: { ...honest.headers, 'content-type': 'application/json' } }),
    (n) => (honest) => ({
      ...honest,
      headers: { ...honest.headers, [callHeaders.signature]: bitFlipped(honest.headers[callHeaders.signature]!, n) },
    }),
    // An answer that the bank did give, to another call.
    () => () => kept,
    (n) => (honest) => ({
      ...honest,
      headers: { ...honest.headers, [callHeaders.signature]: Buffer.alloc(n % 65, n).toString('base64url') },
    }),
    (n) => (honest, asked) =>
      signedWith({ ...stranger, keyId: n % 2 ? 'bank-test' : stranger.keyId }, honest, digestOf(asked)),
    // Our own signature turned round: the key is ours, the name the bank's.
    () => (honest, asked) => signedWith({ ...testCallKeys(), keyId: 'bank-test' }, honest, digestOf(asked)),
    () => (honest, asked) => signedWith(testCallKeys(), honest, digestOf(asked)),
    (n) => (honest, asked) => ({
      ...honest,
      headers: { ...honest.headers, [callHeaders.signature]: [asked.headers[callHeaders.signature]].flat()[0] ?? '' },
      body: n % 2 ? honest.body : paidText(asked),
    }),
  ];
}
function flipped(bytes: Buffer, n: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[n % copy.length]! ^= 1 << (n % 7);
  return copy;
}
function bitFlipped(signature: string, n: number): string {
  return flipped(Buffer.from(signature, 'base64url'), n).toString('base64url');
}

it('hears the bank through an honest line', async () => {
  await expect(client().pay(payment(0))).resolves.toMatchObject({ known: true, word: { status: 'booked' } });
  await expect(client().ask('ZF0')).resolves.toMatchObject({ known: true, word: { status: 'booked' } });
});

it('takes none of 500 forged answers for the word of the bank', async () => {
  let kept: Answer | undefined;
  forge = (honest) => (kept = honest);
  await client().pay(payment(0));
  const ways = forgeries(kept!);
  alarms.length = 0;
  const heard: unknown[] = [];
  for (let n = 0; n < 500; n += 1) {
    forge = ways[n % ways.length]!(Math.floor(n / ways.length) + 1);
    const round = Math.floor(n / ways.length) % 4;
    const orderNo = `ZF${1 + (n % 40)}`;
    if (round === 0) heard.push(await client().pay(payment(1 + (n % 40))));
    else if (round === 1) heard.push(await client().ask(orderNo));
    else if (round === 2) heard.push(await client().fetchResult('0'.repeat(64)));
    else heard.push(await client().sendFile({ bytes: Buffer.from(`<x>${n}</x>`), sha256: '0'.repeat(64), contentType: 'application/xml' })); // prettier-ignore
  }
  expect(heard).toEqual(heard.map(() => ({ known: false, why: 'notTheBanks' })));
  expect(alarms).toEqual(heard.map(() => 'bankAnswerForged'));
});

it('is told 401 and books nothing under a key that the bank does not know', async () => {
  const { bank: trusted } = testCallKeyFiles;
  const strange = readCallKeys({ ...makeCallKeys().ours, trusted: testCallKeyFiles.ours.trusted });
  expect(Object.keys(trusted.trusted)).not.toContain(strange.keyId);
  const before = (await bank.summary()).debits.count;
  await expect(createBankClient(bank.url, strange).pay(payment(900))).resolves.toEqual({
    known: false,
    why: 'http401',
  });
  expect((await bank.summary()).debits.count).toBe(before);
});
