import { rows } from '@banjie/persistence';
import { asOwner, startTestApi, TestClient, type TestApi } from '@banjie/testing';
import type { SessionAnswer } from '@banjie/contracts';

describe('signing in', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.stop());

  const change = (sql: string, ...parameters: unknown[]) => rows(api.database.dataSource, sql, parameters);

  it('answers the account and a token, and keeps the session in a cookie that scripts cannot read', async () => {
    const client = api.stranger();
    const answer = await client.post<SessionAnswer>('/api/session', {
      username: 'Initial1',
      password: api.world.password,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.account).toEqual({
      id: api.world.accounts['initial1']!.id,
      username: 'initial1',
      displayName: '初审甲',
      posts: ['initialReviewer'],
      agencyId: '450206',
      agencyName: '柳州市柳江区医疗保障经办机构',
    });
    expect(answer.headers.get('set-cookie')).toMatch(/^banjie_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await client.get<SessionAnswer>('/api/session')).body).toEqual(answer.body);
    const [stored] = await rows<{ token_hash: Buffer }>(
      api.database.dataSource,
      'SELECT token_hash FROM staff_session',
    );
    expect(answer.headers.get('set-cookie')).not.toContain(stored!.token_hash.toString('base64url'));
  });

  it('refuses a stranger, a made-up cookie and a wrong password with sentences', async () => {
    const stranger = api.stranger();
    expect(await stranger.refusal('GET', '/api/session')).toEqual([401, 'NOT_SIGNED_IN']);
    const forged = await stranger.ask('GET', '/api/session', undefined, { cookie: `banjie_session=${'a'.repeat(43)}` });
    expect([forged.status, forged.body]).toMatchObject([401, { code: 'NOT_SIGNED_IN' }]);
    const wrong = await stranger.post('/api/session', { username: 'window1', password: 'wrong' });
    expect(wrong).toMatchObject({
      status: 401,
      body: { code: 'BAD_CREDENTIALS', message: '用户名或密码不正确。', next: expect.stringContaining('15 分钟') },
    });
  });

  it('wants the token against forged requests on everything that changes something', async () => {
    const client = await api.signIn('window1');
    const token = client.csrfToken;
    for (const bad of ['', 'x', `${token}x`, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`]) {
      client.csrfToken = bad;
      expect(await client.refusal('DELETE', '/api/session')).toEqual([403, 'BAD_CSRF']);
    }
    client.csrfToken = token;
    expect(await client.refusal('DELETE', '/api/session')).toEqual([204, null]);
  });

  it('ends the session on sign-out, at once', async () => {
    const client = await api.signIn('window2');
    const kept = new TestClient(api.url);
    Object.assign(kept, { cookie: (client as unknown as { cookie: string }).cookie });
    expect(await kept.refusal('GET', '/api/session')).toEqual([200, null]);
    await client.delete('/api/session');
    expect(await kept.refusal('GET', '/api/session')).toEqual([401, 'NOT_SIGNED_IN']);
  });

  it('ends it after 8 hours unused, after 12 hours, and when the account is closed', async () => {
    const cases: [string, string][] = [
      ['settle1', `UPDATE staff_session SET seen_at = now() - interval '8 hours 1 second' WHERE account_id = $1`],
      ['settle2', `UPDATE staff_session SET expires_at = now() WHERE account_id = $1`],
      ['finreview1', `UPDATE staff_account SET active = false WHERE id = $1`],
    ];
    for (const [username, sql] of cases) {
      const client = await api.signIn(username);
      await change(sql, api.world.accounts[username]!.id);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect([username, await client.refusal('GET', '/api/session')]).toEqual([username, [401, 'NOT_SIGNED_IN']]);
    }
    expect(
      await api.stranger().refusal('POST', '/api/session', { username: 'finreview1', password: api.world.password }),
    ).toEqual([401, 'BAD_CREDENTIALS']);
  });

  it('keeps a session that is used, beyond the eight hours', async () => {
    const client = await api.signIn('audit1');
    const { id } = api.world.accounts['audit1']!;
    await change(`UPDATE staff_session SET seen_at = now() - interval '7 hours 59 minutes' WHERE account_id = $1`, id);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await client.refusal('GET', '/api/session')).toEqual([200, null]);
    const [row] = await rows<{ fresh: boolean }>(
      api.database.dataSource,
      `SELECT seen_at > now() - interval '1 minute' AS fresh FROM staff_session WHERE account_id = $1`,
      [id],
    );
    expect(row!.fresh).toBe(true);
  });

  it('takes away a post from the next second on', async () => {
    const client = await api.signIn('supervisor1');
    await asOwner(api.database.dataSource, (owner) =>
      owner.query(`UPDATE staff_account SET posts = '{window}' WHERE username = 'supervisor1'`),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await client.get<SessionAnswer>('/api/session')).body.account.posts).toEqual(['window']);
  });

  it.each([
    ['a known name', 'approver1'],
    ['an unknown name', 'nobody-here'],
  ])('locks %s after five wrong passwords for fifteen minutes, even for the right one', async (_, username) => {
    const guess = (password: string) => api.stranger().refusal('POST', '/api/session', { username, password });
    for (let n = 1; n <= 5; n += 1) expect([n, await guess('wrong')]).toEqual([n, [401, 'BAD_CREDENTIALS']]);
    expect(await guess('wrong')).toEqual([429, 'ACCOUNT_LOCKED']);
    expect(await guess(api.world.password)).toEqual([429, 'ACCOUNT_LOCKED']);
  });

  it('opens again when the fifteen minutes are over, and counts from one', async () => {
    const guess = (password: string) =>
      api.stranger().refusal('POST', '/api/session', { username: 'approver2', password });
    for (let n = 1; n <= 5; n += 1) await guess('wrong');
    await change(`UPDATE staff_account SET locked_until = now() WHERE username = 'approver2'`);
    expect(await guess('wrong')).toEqual([401, 'BAD_CREDENTIALS']);
    expect(await guess(api.world.password)).toEqual([200, null]);
  });

  it('counts guesses that are sent at the same time', async () => {
    const guesses = Array.from({ length: 12 }, () =>
      api.stranger().refusal('POST', '/api/session', { username: 'double1', password: 'wrong' }),
    );
    const codes = (await Promise.all(guesses)).map(([, code]) => code);
    expect(codes.filter((code) => code === 'BAD_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter((code) => code === 'ACCOUNT_LOCKED')).toHaveLength(7);
  });

  it('lets in one person many times at once', async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => api.signIn('initial2')));
    expect(new Set(clients.map((client) => client.csrfToken)).size).toBe(12);
  });

  it('starts counting anew after the right password', async () => {
    const guess = (password: string) =>
      api.stranger().refusal('POST', '/api/session', { username: 'second1', password });
    for (let round = 1; round <= 2; round += 1) {
      for (let n = 1; n <= 4; n += 1) await guess('wrong');
      expect(await guess(api.world.password)).toEqual([200, null]);
    }
  });

  it('does not go on with a session that was brought along', async () => {
    const client = await api.signIn('finapprove1');
    const before = (client as unknown as { cookie: string }).cookie;
    await client.signIn('finapprove2', api.world.password);
    const old = await api.stranger().ask('GET', '/api/session', undefined, { cookie: before });
    expect(old.status).toBe(401);
  });

  it.each([
    ['no body', undefined],
    ['an unknown key', { username: 'window1', password: 'x', posts: ['systemAdmin'] }],
    ['a number for a name', { username: 1, password: 'x' }],
    ['an empty password', { username: 'window1', password: '' }],
    ['a list', []],
  ])('refuses %s as bad shape', async (_, body) => {
    expect(await api.stranger().refusal('POST', '/api/session', body)).toEqual([400, 'BAD_SHAPE']);
  });
});
