import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, ExampleActStep, SessionAnswer } from '@banjie/contracts';
import { type Answer, type Attempt, patienceMs, persist, refusalOf, send, Unreachable } from './http';
import type { RunningSystem } from './running-system';
import { spread } from './run-values';

/** One signed-in person. Signs in again by itself when the session is gone. */
export class StaffSession {
  private cookie = '';
  private csrfToken = '';

  private constructor(
    private readonly apiUrl: string,
    private readonly credentials: { username: string; password: string },
    private signedIn: Account,
  ) {}

  get account(): Account {
    return this.signedIn;
  }

  static async open(system: RunningSystem, username: string): Promise<StaffSession> {
    const credentials = { username, password: system.password };
    const session = new StaffSession(system.apiUrl, credentials, {} as Account);
    await session.signIn();
    return session;
  }

  get(path: string): Promise<Answer> {
    return this.call({ method: 'GET', url: path });
  }

  post(path: string, json: unknown): Promise<Answer> {
    return this.call({ method: 'POST', url: path, json });
  }

  upload(path: string, form: () => FormData): Promise<Answer> {
    return this.call({ method: 'POST', url: path, form });
  }

  /** Another act of the same case is being carried out: it comes to an end by itself. */
  postWhenFree(path: string, json: unknown): Promise<Answer> {
    return this.call({ method: 'POST', url: path, json }, (answer) => refusalOf(answer)?.code === 'CASE_BUSY');
  }

  private async call(attempt: Attempt, isPassing?: (answer: Answer) => boolean): Promise<Answer> {
    const url = `${this.apiUrl}${attempt.url}`;
    for (let tries = 0; ; tries += 1) {
      const headers = { cookie: this.cookie, 'x-csrf-token': this.csrfToken };
      const answer = await persist({ ...attempt, url, headers }, isPassing);
      const gone = answer.status === 401 || refusalOf(answer)?.code === 'BAD_CSRF';
      if (!gone || tries === 2) return answer;
      await this.signIn();
    }
  }

  private async signIn(): Promise<void> {
    let cookie: string | undefined;
    const answer = await persistSignIn(this.apiUrl, this.credentials, (value) => {
      cookie = value;
    });
    const refused = refusalOf(answer);
    if (refused || !cookie) {
      throw new Error(`${this.credentials.username} 不能登录:${refused?.message ?? '没有收到会话'}`);
    }
    const { account, csrfToken } = answer.body as SessionAnswer;
    this.cookie = cookie;
    this.csrfToken = csrfToken;
    this.signedIn = account;
  }
}

/** `fetch` with its headers, because the session stands in one; as patient as every other request. */
async function persistSignIn(
  apiUrl: string,
  credentials: { username: string; password: string },
  keepCookie: (cookie: string) => void,
): Promise<Answer> {
  const url = `${apiUrl}/api/session`;
  const body = JSON.stringify(credentials);
  for (const giveUpAt = Date.now() + patienceMs; ; await sleep(500)) {
    if (Date.now() > giveUpAt) throw new Unreachable('三分钟内没有能够登录');
    // Waits until the API is there at all; the request itself is made below, where its headers can be read.
    await persist({ method: 'GET', url: `${apiUrl}/api/health/live` }, (answer) => answer.status !== 200);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(60_000),
      });
      const text = await response.text();
      // Its database is coming back, or we have asked too often meanwhile.
      if (response.status >= 502 || response.status === 429) continue;
      const cookie = response.headers.getSetCookie().find((header) => header.startsWith('banjie_session='));
      if (cookie) keepCookie(cookie.split(';')[0] ?? '');
      return { status: response.status, body: JSON.parse(text) as unknown };
    } catch {
      continue;
    }
  }
}

const road = new Set([
  'initialReviewer',
  'secondReviewer',
  'approver',
  'settlementClerk',
  'financeReviewer',
  'financeApprover',
]);

/** The demo accounts, by post. */
export class Staff {
  private constructor(
    private readonly sessions: readonly StaffSession[],
    private readonly homeAgency: string,
  ) {}

  /** Signs everyone in. Home is the agency that has a system administrator; the others are foreign. */
  static async signIn(system: RunningSystem): Promise<Staff> {
    const sessions: StaffSession[] = [];
    for (const username of system.usernames) sessions.push(await StaffSession.open(system, username));
    const admin = sessions.find(({ account }) => account.posts.includes('systemAdmin'));
    if (!admin) throw new Error('演示账号中没有系统管理员');
    return new Staff(sessions, admin.account.agencyId);
  }

  get admin(): StaffSession {
    return this.of({ post: 'systemAdmin' }, 'admin')[0]!;
  }

  byId(accountId: string): StaffSession | undefined {
    return this.sessions.find(({ account }) => account.id === accountId);
  }

  /**
   * Those who fit, in an order drawn from `key`, so that a repeated run asks the same person. Who holds several posts of the road is
   * left out unless the step asks for such a person: he would block others of the case for himself (SD-01).
   */
  of(by: ExampleActStep['by'], key: string): StaffSession[] {
    const fitting = this.sessions.filter(({ account: { posts, agencyId } }) => {
      const isHome = agencyId === this.homeAgency;
      const isDouble = posts.filter((post) => road.has(post)).length > 1;
      const wanted = by.double ? posts.includes(by.double) : !isDouble;
      return posts.includes(by.post) && wanted && isHome !== (by.foreign ?? false);
    });
    if (fitting.length === 0) throw new Error(`没有合适的演示账号:${by.post}`);
    const first = spread(key, fitting.length);
    return [...fitting.slice(first), ...fitting.slice(0, first)];
  }
}

/** Is the API there? One look without patience. */
export async function isAlive(apiUrl: string): Promise<boolean> {
  try {
    return (await send({ method: 'GET', url: `${apiUrl}/api/health/live` })).status === 200;
  } catch {
    return false;
  }
}
