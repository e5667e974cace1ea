import { setTimeout as wait } from 'node:timers/promises';
import type { ErrorAnswer, SessionAnswer } from '@banjie/contracts';

export interface TestAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** A caller over HTTP that keeps its cookie and its token against forged requests, as a screen does. */
export class TestClient {
  private cookie = '';
  csrfToken = '';

  constructor(readonly url: string) {}

  /** `body` may be JSON or a FormData. A refusal is an answer like any other; see `refusal`. */
  async ask<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<TestAnswer<Body>> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(this.csrfToken && method !== 'GET' ? { 'x-csrf-token': this.csrfToken } : {}),
        ...(body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('banjie_session='));
    if (cookie) this.cookie = cookie.split(';', 1)[0]!;
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  get<Body = unknown>(path: string): Promise<TestAnswer<Body>> {
    return this.ask('GET', path);
  }

  post<Body = unknown>(path: string, body?: unknown): Promise<TestAnswer<Body>> {
    return this.ask('POST', path, body);
  }

  put<Body = unknown>(path: string, body?: unknown): Promise<TestAnswer<Body>> {
    return this.ask('PUT', path, body);
  }

  delete<Body = unknown>(path: string): Promise<TestAnswer<Body>> {
    return this.ask('DELETE', path);
  }

  /** The status and code of a refusal, `[403, 'FORBIDDEN']`; a success reads `[200, null]`. */
  async refusal(method: string, path: string, body?: unknown): Promise<[number, string | null]> {
    const answer = await this.ask<Partial<ErrorAnswer> | null>(method, path, body);
    return [answer.status, answer.body?.code ?? null];
  }

  async signIn(username: string, password: string): Promise<SessionAnswer['account']> {
    const { status, body } = await this.post<SessionAnswer & ErrorAnswer>('/api/session', { username, password });
    if (status !== 200) throw new Error(`sign-in of ${username}: ${status} ${body.code}`);
    this.csrfToken = body.csrfToken;
    return body.account;
  }
}

/** Asks until the answer satisfies, for what follows an act a moment later. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  isGood: (value: Value) => boolean,
  withinMs = 20_000,
): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (isGood(value)) return value;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(value)}`);
    await wait(50);
  }
}
