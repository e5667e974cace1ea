/** A signed-in person who acts over the real API. */
export interface Hand {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
}

export async function signInToAct(apiUrl: string, username: string, password: string): Promise<Hand> {
  const answer = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': '' },
    body: JSON.stringify({ username, password }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new Error(`signing in → ${answer.status} ${await answer.text()}`);
  const { csrfToken } = (await answer.json()) as { csrfToken: string };
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { cookie, 'content-type': 'application/json', 'x-csrf-token': csrfToken };
    const response = await fetch(`${apiUrl}${path}`, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} → ${response.status} ${await response.text()}`);
    return response.json() as Promise<never>;
  };
  return { get: (path) => ask('GET', path), post: (path, body) => ask('POST', path, body) };
}
