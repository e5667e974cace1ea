/** A signed-in supervisor over HTTP. */
export interface Supervisor {
  get<Body>(path: string): Promise<{ tookMs: number; body: Body }>;
}

export async function signIn(apiUrl: string, username: string, password: string): Promise<Supervisor> {
  const answer = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': '' },
    body: JSON.stringify({ username, password }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new Error(`sign-in of ${username} → ${answer.status}`);
  return {
    get: async <Body>(path: string) => {
      const since = performance.now();
      const response = await fetch(`${apiUrl}${path}`, { headers: { cookie } });
      const text = await response.text();
      const tookMs = performance.now() - since;
      if (!response.ok) throw new Error(`GET ${path} → ${response.status} ${text}`);
      return { tookMs, body: JSON.parse(text) as Body };
    },
  };
}
