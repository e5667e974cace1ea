import { setTimeout as sleep } from 'node:timers/promises';

/** An answer with its status; `body` is JSON or null. */
export interface Answer {
  status: number;
  body: unknown;
}

/** A refusal as the API words it. */
export interface Refusal {
  code: string;
  message: string;
}

/** Nothing came back in time: the system was away for longer than the demo waits. */
export class Unreachable extends Error {}

export const patienceMs = 180_000;
const requestMs = 60_000;

export interface Attempt {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  json?: unknown;
  /** Made anew for every try: a body that was half sent cannot be sent again. */
  form?: () => FormData;
}

/**
 * Sends until there is an answer. A broken connection, a 502–504, a 429 and whatever `isPassing` names mean that a part of the system is
 * just coming back; the same request (with its own actionId) is sent again, for at most three minutes.
 * @throws Unreachable
 */
export async function persist(attempt: Attempt, isPassing: (answer: Answer) => boolean = () => false): Promise<Answer> {
  const giveUpAt = Date.now() + patienceMs;
  let last = '';
  for (let pause = 200; ; pause = Math.min(pause * 1.6, 3_000)) {
    try {
      const answer = await send(attempt);
      if (!isAway(answer) && !isPassing(answer)) return answer;
      last = `${answer.status} ${refusalOf(answer)?.code ?? ''}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() + pause > giveUpAt) throw new Unreachable(`${attempt.method} 三分钟内没有得到回答(${last})`);
    await sleep(pause);
  }
}

/** A part of the system is coming back, or too many of us asked at once. */
function isAway(answer: Answer): boolean {
  return (answer.status >= 502 && answer.status <= 504) || refusalOf(answer)?.code === 'TOO_MANY_REQUESTS';
}

/** One try. @throws what `fetch` throws when the connection breaks */
export async function send({ method, url, headers, json, form }: Attempt): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(form ? { body: form() } : json === undefined ? {} : { body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(requestMs),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The code of an answer that refuses; null for one that does not. */
export function refusalOf({ status, body }: Answer): Refusal | null {
  if (status < 400) return null;
  const { code, message } = (body ?? {}) as Partial<Refusal>;
  return { code: code ?? `HTTP_${status}`, message: message ?? '' };
}
