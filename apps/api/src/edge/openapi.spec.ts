import { startTestApi, type TestApi } from '@banjie/testing';

interface Schema {
  $ref?: string;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}
interface Operation {
  summary?: string;
  description?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

describe('the description of the API', () => {
  let api: TestApi;
  let document: Document;
  beforeAll(async () => {
    api = await startTestApi();
    document = (await api.stranger().get<Document>('/api/openapi.json')).body;
  });
  afterAll(() => api?.stop());

  it('lists every address of the contract', () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed).toEqual(
      expect.arrayContaining([
        ...['POST /api/session', 'GET /api/session', 'DELETE /api/session'],
        ...['GET /api/health', 'GET /api/health/live', 'GET /api/health/ready', 'POST /api/health/probe'],
        ...['GET /api/inbox', 'POST /api/tasks/{id}/take', 'POST /api/tasks/{id}/release'],
        ...['GET /api/cases/{caseNo}', 'GET /api/cases/{caseNo}/file', 'POST /api/cases/search', 'GET /api/notices'],
        ...['POST /api/cases/{caseNo}/acts', 'POST /api/filings', 'POST /api/filings/{id}/submit'],
        ...['POST /api/deadlines', 'POST /api/registry/persons', 'GET /api/board', 'GET /api/board/cases'],
        ...['POST /api/board/reassignments', 'GET /api/board/statistics', 'POST /api/board/statistics/{month}/close'],
      ]),
    );
  });

  it('names every body and every answer by a component that is there', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const contents = Object.entries(operation.responses).flatMap(([status, { content }]) =>
          Object.entries(content ?? {}).map(([type, { schema }]) => ({
            at: `${method} ${path} ${status}`,
            type,
            schema,
          })),
        );
        for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
          contents.push({ at: `${method} ${path} body`, type, schema });
        }
        const answers = contents.filter(({ type }) => type === 'application/json');
        for (const { at, schema } of answers) {
          expect([at, schema.$ref]).toEqual([at, expect.stringMatching(/^#\/components\/schemas\/[A-Z]\w+$/)]);
          expect([at, Object.keys(document.components.schemas)]).toEqual([
            at,
            expect.arrayContaining([schema.$ref!.split('/').at(-1)]),
          ]);
        }
        expect([`${method} ${path}`, Object.keys(operation.responses)]).toEqual([
          `${method} ${path}`,
          expect.arrayContaining(['4XX', '5XX']),
        ]);
      }
    }
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        at: `${method.toUpperCase()} ${path}`,
        method,
        operation,
      })),
    );

  it('says of every operation, in Chinese, what it does, what it takes and what it answers', () => {
    const withoutBody =
      /\/(take|release|probe|close)$|\/proposals\/\{id\}\/(confirm|check)$|\/bank-files\/\{sha256\}\/confirm$|\/calendars\/changes\/\{id\}\/approve$|\/migrations\/\{moveId\}\/approve$/;
    for (const { at, method, operation } of operations()) {
      const { summary, description, requestBody, responses, parameters = [] } = operation;
      const sentences = [summary, description].filter((text) => /\p{Script=Han}{2}/u.test(text ?? ''));
      expect([at, sentences.length]).toEqual([at, 2]);
      const takesBody = ['post', 'put'].includes(method) && !withoutBody.test(at);
      const bodies = Object.values(requestBody?.content ?? {});
      expect([at, bodies.length > 0]).toEqual([at, takesBody]);
      const answers = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
      expect([at, answers.length]).toEqual([at, 1]);
      const [status, { content = {} }] = answers[0]!;
      expect([at, status === '204' || Object.keys(content).length > 0]).toEqual([at, true]);
      for (const { schema } of [...bodies, ...Object.values(content), ...parameters]) {
        expect([at, Object.keys(schema ?? {}).length > 0]).toEqual([at, true]);
      }
    }
  });

  it('asks for a session and the token only where the guard does', async () => {
    const open = /^(POST \/api\/session|(GET|POST) \/api\/health.*)$/;
    for (const { at, method, operation } of operations()) {
      const token = (operation.parameters ?? []).filter(({ name }) => name === 'x-csrf-token');
      const needsToken = method !== 'get' && !open.test(at);
      expect([at, token]).toEqual([at, needsToken ? [expect.objectContaining({ in: 'header', required: true })] : []]);
      expect([at, operation.security]).toEqual([at, open.test(at) ? [] : undefined]);
      expect([at, JSON.stringify(operation)]).toEqual([at, expect.not.stringContaining('x-open')]);
      // The document is compared with the guard itself.
      const [verb, path] = at.split(' ') as [string, string];
      if (/probe/.test(path)) continue;
      const [, code] = await api
        .stranger()
        .refusal(verb, path.replace(/\{\w+\}/g, '1'), method === 'get' ? undefined : {});
      expect([at, code === 'NOT_SIGNED_IN']).toEqual([at, !open.test(at)]);
    }
  });

  it('describes the facts of a paper as an object', () => {
    const form = document.paths['/api/filings/{id}/attachments']!['post']!.requestBody!.content['multipart/form-data']!;
    expect(form.schema).toMatchObject({
      properties: { facts: { type: 'object', required: ['legible'], properties: { legible: { type: 'boolean' } } } },
    });
  });

  it('has a page whose every part comes from this process', async () => {
    const page = await api.stranger().get<string>('/api/docs');
    expect(page.status).toBe(200);
    const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      const address = new URL(part, `${api.url}/api/docs`);
      expect(address.origin).toBe(api.url);
      expect([part, (await fetch(address)).status]).toEqual([part, 200]);
    }
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.body).not.toMatch(/<script>(?!\s*<\/script>)/);
  });
});
