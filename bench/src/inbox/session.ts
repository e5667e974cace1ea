/** One signed-in reviewer and the pages he asks for. */
export interface Session {
  /** Asks for one page with counts; answers how long it took and from where the next page begins. */
  page(query: string): Promise<{ tookMs: number; items: number; next: string | null }>;
}

export async function signIn(apiUrl: string, username: string, password: string): Promise<Session> {
  const answer = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': '' },
    body: JSON.stringify({ username, password }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new Error(`signing in → ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
  return {
    page: async (query) => {
      const since = performance.now();
      const response = await fetch(`${apiUrl}/api/inbox?${query}`, { headers: { cookie } });
      const text = await response.text();
      const tookMs = performance.now() - since;
      if (!response.ok) throw new Error(`GET /api/inbox → ${response.status} ${text}`);
      const body = JSON.parse(text) as { items: unknown[]; counts: { all: number }[]; next: string | null };
      if (body.counts.length === 0) throw new Error('an inbox page without counts');
      return { tookMs, items: body.items.length, next: body.next };
    },
  };
}

/** What people look at: mostly the first page of what is free or theirs, sometimes one stage, sometimes the next page. */
export function nextQuery(random: () => number, after: string | null): string {
  const choice = random();
  const holder = choice < 0.5 ? 'free' : choice < 0.7 ? 'me' : 'all';
  const limit = random() < 0.5 ? 20 : 50;
  const page = after !== null && random() < 0.25 ? `&after=${encodeURIComponent(after)}` : '';
  return `holder=${holder}&limit=${limit}${page}`;
}
