import { makeCallKeys, readCallKeys } from './call-keys';
import {
  callHeaders,
  canonicalAnswer,
  canonicalRequest,
  isSignedAnswer,
  mostSkewMs,
  RequestGuard,
  requestDigestOf,
  requestOf,
  signAnswer,
  signRequest,
} from './signed-calls';

const files = makeCallKeys();
const [ours, bank] = [readCallKeys(files.ours), readCallKeys(files.bank)];
const at = new Date('2026-11-29T08:00:00.000Z');
const body = Buffer.from('{"orderNo":"ZF1"}');
const asked = { method: 'POST', target: '/payments?x=1', contentType: 'application/json', body };
const read = (headers: Record<string, string>) => (name: string) => headers[name];
const received = (headers: Record<string, string>) => requestOf('POST', '/payments?x=1', read(headers));

/** Texts that a bank's own code has to build just so. */
it('writes what is signed line by line', () => {
  const request = { keyId: 'k', ...{ method: 'GET', target: '/payments/ZF1', contentType: '', date: 'd', nonce: 'n' } };
  expect(canonicalRequest({ ...request, bodySha256: 'b' })).toBe(
    'banjie-bank-request-1\nk\nGET\n/payments/ZF1\n\nd\nn\nb',
  );
  const answer = { status: 200, contentType: 'application/json', bodySha256: 'b' };
  expect(canonicalAnswer('k', 'r', answer)).toBe('banjie-bank-answer-1\nk\nr\n200\napplication/json\nb');
});

describe('a request', () => {
  it('passes as it was signed, and again', () => {
    const guard = new RequestGuard(bank);
    const { headers, digest } = signRequest(asked, ours, { at });
    const request = received(headers);
    expect(requestDigestOf(request)).toBe(digest);
    expect(guard.judge(request, headers[callHeaders.signature]!, +at)).toBeNull();
    expect(guard.judge(request, headers[callHeaders.signature]!, +at + 1_000)).toBeNull();
  });

  it.each([
    ['method', 'PUT'],
    ['target', '/payments?x=2'],
    ['contentType', 'text/plain'],
    ['date', '2026-11-29T08:00:00.001Z'],
    ['nonce', 'another'],
    ['bodySha256', '0'.repeat(64)],
  ])('with another %s does not pass', (part, value) => {
    const { headers } = signRequest(asked, ours, { at });
    const request = { ...received(headers), [part]: value };
    expect(new RequestGuard(bank).judge(request, headers[callHeaders.signature]!, +at)).toBe('SIGNATURE_WRONG');
  });

  it('cannot move text from one part to the next', () => {
    const guard = new RequestGuard(bank);
    const split = { ...asked, method: 'POST\n/payments', target: '' };
    const { headers } = signRequest(split, ours, { at });
    const request = requestOf(split.method, split.target, read(headers));
    expect(guard.judge(request, headers[callHeaders.signature]!, +at)).toBe('SIGNATURE_WRONG');
  });

  it('is judged by the clock on both sides, and by no clock that cannot be read', () => {
    const guard = new RequestGuard(bank);
    const judge = (shift: number, date = at) => {
      const { headers } = signRequest(asked, ours, { at: date });
      return guard.judge(received(headers), headers[callHeaders.signature]!, +at + shift);
    };
    expect([judge(mostSkewMs), judge(-mostSkewMs)]).toEqual([null, null]);
    expect([judge(mostSkewMs + 1), judge(-mostSkewMs - 1)]).toEqual(['SIGNATURE_DATE', 'SIGNATURE_DATE']);
  });

  it('may not share its nonce with another while either could still pass', () => {
    const guard = new RequestGuard(bank);
    const judge = (date: Date, now: number, orderNo: string) => {
      const { headers } = signRequest({ ...asked, body: Buffer.from(orderNo) }, ours, { at: date, nonce: 'n' });
      return guard.judge(received(headers), headers[callHeaders.signature]!, now);
    };
    expect(judge(at, +at - mostSkewMs, 'ZF1')).toBeNull();
    expect(judge(at, +at + mostSkewMs - 1, 'ZF2')).toBe('SIGNATURE_NONCE_USED');
  });
});

describe('an answer', () => {
  const { digest } = signRequest(asked, ours, { at });
  const answer = { status: 200, contentType: 'application/json', body: Buffer.from('{}') };
  const isTaken = (headers: Record<string, string>, set: { status?: number; body?: Buffer } = {}, to = digest) =>
    isSignedAnswer(
      {
        ...{ status: 200, body: answer.body, ...set },
        header: read({ 'content-type': 'application/json', ...headers }),
      },
      to,
      ours,
    );

  it('is taken as it was signed', () => expect(isTaken(signAnswer(answer, digest, bank))).toBe(true));

  it('is not taken with another status, body or type, to another call, or by another key', () => {
    const headers = signAnswer(answer, digest, bank);
    const stranger = { ...readCallKeys(makeCallKeys().bank), keyId: bank.keyId };
    const taken = [
      isTaken(headers, { status: 202 }),
      isTaken(headers, { body: Buffer.from('{ }') }),
      isTaken({ ...headers, 'content-type': 'text/plain' }),
      isTaken(headers, {}, signRequest(asked, ours, { at }).digest),
      isTaken({}),
      isTaken({ ...headers, [callHeaders.keyId]: 'unknown' }),
      isTaken(signAnswer(answer, digest, stranger)),
      isTaken({ ...signAnswer(answer, digest, ours), [callHeaders.keyId]: bank.keyId }),
    ];
    expect(taken).toEqual(taken.map(() => false));
  });
});

describe('a key file', () => {
  it.each([
    ['no key of its own', { ...files.ours, key: '' }],
    ['nobody to trust', { ...files.ours, trusted: {} }],
    ['a key of another kind', { ...files.ours, trusted: { 'bank-x': 'AAAA' } }],
    ['the private key where the public one belongs', { ...files.ours, trusted: { 'bank-x': files.bank.key } }],
    ['an id with a line in it', { ...files.ours, keyId: 'a\nb' }],
  ])('with %s is refused without showing a key', (_, file) => {
    const refuse = () => readCallKeys(file);
    expect(refuse).toThrow(/^银行接口密钥/);
    try {
      refuse();
    } catch (error) {
      expect(String(error)).not.toContain(files.ours.key.slice(-20));
      expect(String(error)).not.toContain(files.bank.key.slice(-20));
    }
  });
});
