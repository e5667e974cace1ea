import { randomUUID } from 'node:crypto';
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Agent, request as httpRequest } from 'node:http';
import type { ErrorAnswer, HealthAnswer, ReadyAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { eventually, startTestApi, TestClient, type TestApi } from '@banjie/testing';
import { readSettings, startApi, type RunningApi } from '../index';
import { refusalOf } from './errors.filter';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

/** A second API on the same database, with other surroundings. */
const startBeside = (changes: Record<string, string>): Promise<RunningApi> =>
  startApi(Object.assign(readSettings({ ...api.environment, ...changes }), { port: 0 }));

describe('the way out', () => {
  it('answers unknown addresses, wrong methods and bad escapes in one form', async () => {
    const client = await api.signIn('window1');
    const answer = await client.get<ErrorAnswer>('/api/no-such-thing');
    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', message: '没有找到所请求的内容。', next: expect.any(String) },
    });
    expect(answer.body.traceId).toBe(answer.headers.get('x-request-id'));
    expect(await client.refusal('PUT', '/api/inbox')).toEqual([404, 'NOT_FOUND']);
    expect(await client.refusal('GET', '/')).toEqual([404, 'NOT_FOUND']);
    expect(await client.refusal('GET', '/api/cases/%E0%A4%A')).toEqual([400, 'BAD_SHAPE']);
  });

  it('names the field and the reason of a bad shape, in Chinese, and the others in the facts', async () => {
    const { body } = await api.stranger().post<ErrorAnswer>('/api/session', { username: 7, password: '', extra: 1 });
    expect(body).toMatchObject({ code: 'BAD_SHAPE', field: 'username' });
    expect(body.message).toBe('提交的内容不符合要求:用户名(username)须为文字');
    expect(body.facts?.['issues']).toHaveLength(3);
  });

  it('refuses texts that no column can keep, in bodies and in addresses', async () => {
    expect(await api.stranger().refusal('POST', '/api/session', { username: 'a\u0000b', password: 'x' })).toEqual([
      400,
      'BAD_SHAPE',
    ]);
    const client = await api.signIn('initial1');
    const search = { caseNo: 'a\u0000b' };
    expect(await client.refusal('POST', '/api/cases/search', search)).toEqual([400, 'BAD_SHAPE']);
    for (const caseNo of ['abc%00def', '9'.repeat(3_000), '甲'.repeat(10)]) {
      for (const what of ['benefit', 'acts']) {
        const body = what === 'acts' ? { actionId: randomUUID(), seenSeq: 1, act: 'accept' } : { deductions: [] };
        const answer = await client.post<ErrorAnswer>(`/api/cases/${caseNo}/${what}`, body);
        expect([what, answer.status, answer.body.code]).toEqual([what, 400, 'BAD_SHAPE']);
        expect(JSON.stringify(answer.body)).not.toContain('99999999');
      }
    }
  });

  it('takes a text that slipped through to the database for a bad shape', async () => {
    const fault = await rows(api.database.dataSource, 'SELECT $1::text', ['a\u0000b']).catch((error: unknown) => error);
    expect(refusalOf(fault)).toMatchObject({ code: 'BAD_SHAPE', status: 400 });
  });

  it('refuses JSON that is broken, too large, or not JSON at all', async () => {
    const send = (body: string, headers = {}) => api.stranger().ask<ErrorAnswer>('POST', '/api/session', body, headers);
    const broken = await send('{"username": "450206199001011234');
    expect([broken.status, broken.body.code]).toEqual([400, 'BAD_SHAPE']);
    expect(broken.body.message).toBe('提交的内容不符合要求:正文不是有效的 JSON');
    expect(JSON.stringify(broken.body)).not.toContain('450206199001011234');
    expect(await send(JSON.stringify({ username: 'x'.repeat(1_100_000) }))).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE' },
    });
    expect(await send('username=window1', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_SHAPE' },
    });
    const proto = await send('{"__proto__": {"username": "x"}, "username": "window1", "password": "x"}');
    // Dropped before the check, so that it can name nobody.
    expect([proto.status, proto.body.code]).toEqual([401, 'BAD_CREDENTIALS']);
    // A statement of 5 000 lines is larger than a megabyte and must get through to the check of its shape.
    const filing = await (
      await api.signIn('window1')
    ).post<ErrorAnswer>('/api/filings', { matter: 'x'.repeat(4_000_000) });
    expect([filing.status, filing.body.code]).toEqual([400, 'BAD_SHAPE']);
  });

  it('keeps what nobody foresaw inside, and gives a number to ask by', async () => {
    const client = await api.signIn('window1');
    const owner = new (await import('pg')).Client({ connectionString: api.database.ownerUrl });
    await owner.connect();
    await owner.query('ALTER TABLE notice RENAME TO notice_away');
    try {
      const { status, body } = await client.get<ErrorAnswer>('/api/notices');
      expect([status, body.code, Object.keys(body).sort()]).toEqual([
        500,
        'INTERNAL',
        ['code', 'message', 'next', 'traceId'],
      ]);
      expect(body.next).toContain(body.traceId);
      expect(JSON.stringify(body)).not.toMatch(/notice|relation|SELECT|Error/);
    } finally {
      await owner.query('ALTER TABLE notice_away RENAME TO notice');
      await owner.end();
    }
    expect((await client.get('/api/notices')).status).toBe(200);
  });

  it('sends the headers that keep a browser from being talked into things', async () => {
    const { headers } = await api.stranger().get('/api/health/live');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  });

  it('stops one session that asks without end, and nobody else', async () => {
    const beside = await startBeside({ BANJIE_REQUESTS_PER_10S: '20' });
    try {
      const [busy, other] = [new TestClient(beside.url), new TestClient(beside.url)];
      await busy.signIn('window1', api.world.password);
      await other.signIn('window2', api.world.password);
      const answers = await Promise.all(Array.from({ length: 30 }, () => busy.refusal('GET', '/api/session')));
      expect(answers.filter(([status]) => status === 200)).toHaveLength(20);
      expect(answers.filter(([, code]) => code === 'TOO_MANY_REQUESTS')).toHaveLength(10);
      expect(await other.refusal('GET', '/api/session')).toEqual([200, null]);
    } finally {
      await beside.stop();
    }
  });
});

describe('health', () => {
  it('is alive without asking anybody, and ready when PostgreSQL and Temporal are', async () => {
    const stranger = api.stranger();
    expect((await stranger.get('/api/health/live')).body).toEqual({ status: 'up' });
    expect(await stranger.get<ReadyAnswer>('/api/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'up', postgres: 'up', temporal: 'up', redis: 'up' },
    });
    const { body } = await stranger.get<HealthAnswer>('/api/health');
    expect(body).toMatchObject({ status: 'up', startedAt: expect.stringMatching(/\+08:00$/) });
  });

  it('starts and stays ready without Redis, and starts unready without Temporal', async () => {
    const beside = await startBeside({ REDIS_URL: 'redis://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1' });
    try {
      const client = new TestClient(beside.url);
      expect(await client.get<ReadyAnswer>('/api/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'down', postgres: 'up', temporal: 'down', redis: 'down' },
      });
      expect((await client.get<HealthAnswer>('/api/health')).body.workerPolledAt).toBeNull();
      // Everything that needs no engine goes on.
      await client.signIn('initial1', api.world.password);
      expect(await client.refusal('GET', '/api/inbox')).toEqual([200, null]);
    } finally {
      await beside.stop();
    }
    const withoutRedis = await startBeside({ REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      expect(await new TestClient(withoutRedis.url).get<ReadyAnswer>('/api/health/ready')).toMatchObject({
        status: 200,
        body: { status: 'up', redis: 'down' },
      });
    } finally {
      await withoutRedis.stop();
    }
  });

  it('says that the store is away while it is, and goes on by itself afterwards', async () => {
    const line = await startCable(api.environment['DATABASE_URL']!);
    const beside = await startBeside({ DATABASE_URL: line.url });
    try {
      const client = new TestClient(beside.url);
      await client.signIn('initial1', api.world.password);
      line.cut();
      const during = await eventually(
        () => client.get<ErrorAnswer>('/api/inbox'),
        ({ status }) => status !== 200,
      );
      expect([during.status, during.body.code]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(await client.get<ReadyAnswer>('/api/health/ready')).toMatchObject({
        status: 503,
        body: { postgres: 'down' },
      });
      line.mend();
      await eventually(
        () => client.get('/api/inbox'),
        ({ status }) => status === 200,
      );
    } finally {
      await beside.stop();
      await line.close();
    }
  });
});

describe('going down', () => {
  it('answers what runs, takes nothing new, and is not ready meanwhile', async () => {
    const beside = await startBeside({});
    const { port } = new URL(beside.url);
    const client = new TestClient(beside.url);
    await client.signIn('window1', api.world.password);
    // No worker polls in this run, so the probe waits until its time is over.
    const running = rawPost(Number(port), '/api/health/probe');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stopping = beside.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(reach(Number(port))).rejects.toThrow(/ECONNREFUSED/);
    const answer = await running;
    expect([answer.status, answer.connection]).toEqual([503, 'close']);
    await stopping;
  });
});

describe('the database role of the API', () => {
  it('may not change an act, whatever the code asks for', async () => {
    await expect(rows(api.database.dataSource, `UPDATE case_act SET facts = '{}'`)).rejects.toMatchObject({
      driverError: { code: '42501' },
    });
  });
});

const reach = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

function rawPost(port: number, path: string): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: true });
    const request = httpRequest({ port, path, method: 'POST', agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    });
    request.on('error', reject).end();
  });
}

/** A cable to PostgreSQL that a test may cut. */
async function startCable(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => {
      isCut = false;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
