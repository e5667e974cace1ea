import { isSignedAnswer, makeCallKeys, readCallKeys, signRequest } from '@banjie/bank-files';

/** Keys of one run of a spec; `files.bank` is what the bank is started with. */
export const files = makeCallKeys();
export const bankKeys = readCallKeys(files.bank);
export const callerKeys = readCallKeys(files.ours);

/** `fetch` as a caller with an agreed key: signs, and refuses to hand on what the bank did not sign. */
export async function call(
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array; signal?: AbortSignal } = {},
): Promise<Response> {
  const { pathname, search } = new URL(url);
  const { method = 'GET' } = init;
  const body = init.body === undefined ? undefined : Buffer.from(init.body);
  const contentType = init.headers?.['content-type'] ?? (body === undefined ? '' : 'text/plain;charset=UTF-8');
  const asked = { method, target: `${pathname}${search}`, contentType, ...(body ? { body } : {}) };
  const { headers, digest } = signRequest(asked, callerKeys);
  const response = await fetch(url, {
    ...{ method, headers: { ...init.headers, ...headers }, body: body ?? null },
    signal: init.signal ?? null,
  });
  const bytes = Buffer.from(await response.clone().arrayBuffer());
  const header = (name: string) => response.headers.get(name);
  if (!isSignedAnswer({ status: response.status, header, body: bytes }, digest, callerKeys)) {
    throw new Error(`the answer ${response.status} is not signed`);
  }
  return response;
}
