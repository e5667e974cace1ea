import { createHash, randomBytes, sign, verify } from 'node:crypto';
import { sha256Of } from '../file-bytes';
import type { CallKeys } from './call-keys';

/*
 * Calls between us and the bank are signed both ways with Ed25519. The text that is signed has one line for each part and a
 * first line of its own for each direction, so that no signature of a request can pass for one of an answer.
 */

/** `target`: path and query as they stand in the request line. */
export interface CallRequest {
  method: string;
  target: string;
  /** Empty without a body. */
  contentType: string;
  bodySha256: string;
}

export interface SignedRequest extends CallRequest {
  keyId: string;
  /** ISO instant of the caller's clock. */
  date: string;
  /** Made for this call. */
  nonce: string;
}

export interface CallAnswer {
  status: number;
  contentType: string;
  bodySha256: string;
}

export const callHeaders = {
  keyId: 'x-bank-key',
  date: 'x-bank-date',
  nonce: 'x-bank-nonce',
  bodySha256: 'x-bank-body-sha256',
  signature: 'x-bank-signature',
} as const;

/** An older or newer date than this is refused; nonces are remembered for as long on both sides of now. */
export const mostSkewMs = 5 * 60_000;

/** No line can be made to look like two: whoever signs or checks refuses control characters first. */
export function canonicalRequest(request: SignedRequest): string {
  const { keyId, method, target, contentType, date, nonce, bodySha256 } = request;
  return ['banjie-bank-request-1', keyId, method, target, contentType, date, nonce, bodySha256].join('\n');
}

/** `requestDigest` ties the answer to one call: the answer to another, however alike, does not fit. */
export function canonicalAnswer(keyId: string, requestDigest: string, answer: CallAnswer): string {
  const { status, contentType, bodySha256 } = answer;
  return ['banjie-bank-answer-1', keyId, requestDigest, String(status), contentType, bodySha256].join('\n');
}

/** SHA-256 of the canonical form, in hexadecimal. */
export function requestDigestOf(request: SignedRequest): string {
  return createHash('sha256').update(canonicalRequest(request)).digest('hex');
}

export type Headers = Record<string, string>;
export type ReadHeader = (name: string) => string | null | undefined;

/** The headers of a call, and the digest that its answer must carry. */
export function signRequest(
  request: { method: string; target: string; contentType?: string; body?: Uint8Array },
  keys: CallKeys,
  { at = new Date(), nonce = randomBytes(16).toString('base64url') } = {},
): { headers: Headers; digest: string } {
  const { method, target, contentType = '', body = new Uint8Array() } = request;
  const signed: SignedRequest = {
    ...{ keyId: keys.keyId, method, target, contentType },
    date: at.toISOString(),
    nonce,
    bodySha256: sha256Of(body),
  };
  return {
    headers: {
      ...(contentType ? { 'content-type': contentType } : {}),
      [callHeaders.keyId]: signed.keyId,
      [callHeaders.date]: signed.date,
      [callHeaders.nonce]: signed.nonce,
      [callHeaders.bodySha256]: signed.bodySha256,
      [callHeaders.signature]: signatureOf(canonicalRequest(signed), keys),
    },
    digest: requestDigestOf(signed),
  };
}

export type RequestFault =
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_KEY_UNKNOWN'
  | 'SIGNATURE_WRONG'
  | 'SIGNATURE_DATE'
  | 'SIGNATURE_NONCE_USED'
  | 'SIGNATURE_BODY';

/** The request as its headers tell it; parts that are missing are empty. The body is not known yet. */
export function requestOf(method: string, target: string, header: ReadHeader): SignedRequest {
  return {
    ...{ method, target, contentType: header('content-type') ?? '' },
    keyId: header(callHeaders.keyId) ?? '',
    date: header(callHeaders.date) ?? '',
    nonce: header(callHeaders.nonce) ?? '',
    bodySha256: header(callHeaders.bodySha256) ?? '',
  };
}

/** The callee's side: judges the headers of calls before their bodies are read, and remembers nonces. */
export class RequestGuard {
  /** Digest of the request that used a nonce, the oldest first. */
  private readonly seen = new Map<string, { digest: string; forgetAt: number }>();

  constructor(private readonly keys: CallKeys) {}

  /**
   * The very same request again passes: the order number keeps it from being done twice. The body must still be held
   * against `bodySha256` before anything is done.
   */
  judge(request: SignedRequest, signature: string, now = Date.now()): RequestFault | null {
    const { keyId, date, nonce, bodySha256 } = request;
    if (!keyId || !date || !nonce || !bodySha256 || !signature) return 'SIGNATURE_MISSING';
    const key = this.keys.trusted.get(keyId);
    if (!key) return 'SIGNATURE_KEY_UNKNOWN';
    if (!isLine(request) || !isHex.test(bodySha256)) return 'SIGNATURE_WRONG';
    const text = Buffer.from(canonicalRequest(request));
    if (!verify(null, text, key, Buffer.from(signature, 'base64url'))) return 'SIGNATURE_WRONG';
    const skew = Math.abs(Date.parse(date) - now);
    if (!(skew <= mostSkewMs)) return 'SIGNATURE_DATE';
    return this.remember(`${keyId} ${nonce}`, requestDigestOf(request), now) ? null : 'SIGNATURE_NONCE_USED';
  }

  private remember(nonce: string, digest: string, now: number): boolean {
    for (const [old, { forgetAt }] of this.seen) {
      if (forgetAt > now) break;
      this.seen.delete(old);
    }
    const known = this.seen.get(nonce);
    if (known) return known.digest === digest;
    // A date may be as far ahead as it may lie behind.
    this.seen.set(nonce, { digest, forgetAt: now + 2 * mostSkewMs });
    return true;
  }
}

/** The headers of an answer to that very request. */
export function signAnswer(
  answer: { status: number; contentType: string; body: Uint8Array },
  requestDigest: string,
  keys: CallKeys,
): Headers {
  const { status, contentType, body } = answer;
  const text = canonicalAnswer(keys.keyId, requestDigest, { status, contentType, bodySha256: sha256Of(body) });
  return { [callHeaders.keyId]: keys.keyId, [callHeaders.signature]: signatureOf(text, keys) };
}

/** Whether these bytes are the bank's answer to the request with that digest. */
export function isSignedAnswer(
  answer: { status: number; header: ReadHeader; body: Uint8Array },
  requestDigest: string,
  keys: CallKeys,
): boolean {
  const { status, header, body } = answer;
  const keyId = header(callHeaders.keyId) ?? '';
  const key = keys.trusted.get(keyId);
  const contentType = header('content-type') ?? '';
  if (!key) return false;
  const text = canonicalAnswer(keyId, requestDigest, { status, contentType, bodySha256: sha256Of(body) });
  return verify(null, Buffer.from(text), key, Buffer.from(header(callHeaders.signature) ?? '', 'base64url'));
}

function signatureOf(text: string, { key }: CallKeys): string {
  return sign(null, Buffer.from(text), key).toString('base64url');
}

const isHex = /^[0-9a-f]{64}$/;

function isLine(request: SignedRequest): boolean {
  return Object.values(request).every((part: string) => !/[\u0000-\u001f\u007f]/.test(part));
}
