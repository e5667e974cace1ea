/** An answer that is none of 2xx. */
export class ApiRefusal extends Error {
  constructor(
    what: string,
    readonly status: number,
    readonly body: string,
  ) {
    super(`${what} → ${status} ${body}`);
  }
}

/** A signed-in person who acts over the real API. */
export interface Hand {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
}

const longestAnswerMs = 60_000;

export async function signInToAct(apiUrl: string, username: string, password: string): Promise<Hand> {
  const answer = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': '' },
    body: JSON.stringify({ username, password }),
    signal: AbortSignal.timeout(longestAnswerMs),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new ApiRefusal('signing in', answer.status, await answer.text());
  const { csrfToken } = (await answer.json()) as { csrfToken: string };
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { cookie, 'content-type': 'application/json', 'x-csrf-token': csrfToken };
    const response = await fetch(`${apiUrl}${path}`, {
      ...{ method, headers, signal: AbortSignal.timeout(longestAnswerMs) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new ApiRefusal(`${method} ${path}`, response.status, await response.text());
    return response.json() as Promise<never>;
  };
  return { get: (path) => ask('GET', path), post: (path, body) => ask('POST', path, body) };
}
