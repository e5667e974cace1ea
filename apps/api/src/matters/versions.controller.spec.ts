import { randomUUID } from 'node:crypto';
import {
  definitionBodySchema,
  type DraftView,
  type ErrorAnswer,
  type MatterView,
  type StoredDefinition,
  type VersionList,
} from '@banjie/contracts';
import { inpatientReimbursement, shanghaiDate, type MatterDefinition } from '@banjie/domain';
import { findDefinitionInForce, matterDefinitions, rows, seedDefinitions } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  receiveTestCase,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';

const path = '/api/matters/inpatientReimbursement/versions';
const today = shanghaiDate(Date.now());
const inDays = (days: number) => shanghaiDate(Date.now() + days * 86_400_000);

let api: TestApi;
let admin: TestClient;
let supervisor: TestClient;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.signIn('admin1');
  supervisor = await api.signIn('supervisor1');
});
afterAll(() => api?.stop());

const draft = (effectiveFrom = inDays(30), limits: Record<string, number> = { 'K-02': 16, 'K-04': 18 }) => ({
  effectiveFrom,
  sourceDocument: '测试文件〔2026〕1号',
  changes: { limits },
});

describe('who may change a matter', () => {
  it('keeps strangers, wrong posts, unknown matters and odd bodies away', async () => {
    const reviewer = await api.signIn('initial1');
    const audit = await api.signIn('audit1');
    expect(await api.stranger().refusal('GET', path)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await reviewer.refusal('GET', path)).toEqual([403, 'FORBIDDEN']);
    expect(await reviewer.refusal('POST', path, draft())).toEqual([403, 'FORBIDDEN']);
    expect(await audit.refusal('GET', path)).toEqual([200, null]);
    expect(await audit.refusal('POST', path, draft())).toEqual([403, 'FORBIDDEN']);
    expect(await admin.refusal('GET', '/api/matters/somethingElse/versions')).toEqual([404, 'UNKNOWN_MATTER']);
    expect(await admin.refusal('POST', path, { ...draft(), changes: undefined })).toEqual([400, 'BAD_SHAPE']);
    expect(await admin.refusal('POST', path, { ...draft(), more: 1 })).toEqual([400, 'BAD_SHAPE']);
    expect(await admin.refusal('POST', `${path}/drafts/${randomUUID()}/approve`, { digest: '0'.repeat(64) })).toEqual([
      404,
      'DRAFT_NOT_FOUND',
    ]);
    expect(await admin.refusal('GET', `${path}/definitions/9`)).toEqual([404, 'UNKNOWN_VERSION']);
    expect(await admin.refusal('GET', '/api/matters/inpatientReimbursement?version=9')).toEqual([
      404,
      'UNKNOWN_VERSION',
    ]);
  });

  it('knows every definition of the release by its schema', () => {
    for (const { version, effectiveFrom, ...definition } of matterDefinitions) {
      expect([version, effectiveFrom, definitionBodySchema.parse(definition)]).toEqual([
        version,
        effectiveFrom,
        definition,
      ]);
    }
  });
});

describe('a draft that must not become a version', () => {
  const whole = (bend: (definition: MatterDefinition) => void) => {
    const { version: _, effectiveFrom: __, ...definition } = structuredClone(inpatientReimbursement);
    bend(definition as MatterDefinition);
    return { effectiveFrom: inDays(30), sourceDocument: '测试文件', definition };
  };
  const stage = (definition: MatterDefinition, name: string) => definition.stages.find((s) => s.stage === name)!;

  it.each<[string, object, string, RegExp]>([
    ['a date that has passed', draft(inDays(-1)), 'DEFINITION_DATE_PAST', /早于/],
    ['a clock nobody knows', draft(inDays(30), { 'K-77': 3 }), 'UNKNOWN_CLOCK', /K-77/],
    ['nothing new', draft(inDays(30), { 'K-02': 18 }), 'DEFINITION_UNCHANGED', /第 1 版/],
    [
      'a stage that cannot be reached',
      whole((d) => {
        stage(d, 'acceptance').acts = ['refuseAcceptance'];
        d.applicantActs = [];
      }),
      'DEFINITION_FAULTY',
      /环节“审批”\(approval\) 无法到达/,
    ],
    [
      'a decision without a duty',
      whole((d) => (stage(d, 'approval').duty = null)),
      'DEFINITION_FAULTY',
      /approval 的操作没有对应的职责/,
    ],
    [
      'a clock that outlives the case',
      whole((d) => (d.clocks[3]!.stopsOn = ['delivered'])),
      'DEFINITION_FAULTY',
      /K-04 在办结后仍在计时/,
    ],
    [
      'the name of another matter',
      whole((d) => (d.matter = 'somethingElse')),
      'DEFINITION_FAULTY',
      /不是 inpatientReimbursement/,
    ],
  ])('is refused with %s', async (_, body, code, sentence) => {
    const { status, body: answer } = await admin.post<ErrorAnswer>(path, body);
    expect([status, answer.code]).toEqual([422, code]);
    expect(answer.message).toMatch(sentence);
    expect((await admin.get<VersionList>(path)).body).toMatchObject({ inForce: 1, waiting: [] });
  });

  it('is refused with a clock that counts in a region without a calendar', async () => {
    const sql = `INSERT INTO agency (id, name, region_code) VALUES ('990000', '外地经办机构', '990000')`;
    await asOwner(api.database.dataSource, (owner) => owner.query(sql));
    const { status, body } = await admin.post<ErrorAnswer>(path, draft());
    await asOwner(api.database.dataSource, (owner) => owner.query(`DELETE FROM agency WHERE id = '990000'`));
    expect([status, body.code]).toEqual([422, 'DEFINITION_FAULTY']);
    expect(body.message).toContain('没有日历: 地区 990000 的工作日历没有载入');
  });

  it('is refused to a person who has a part in an open case of the matter (SD-06)', async () => {
    const { dataSource } = api.database;
    const { caseNo } = await receiveTestCase(dataSource, testCipher(), api.world);
    const sql = `UPDATE task SET holder_id = $2 WHERE case_no = $1`;
    await dataSource.query(sql, [caseNo, accountOf(api.world, 'admin1').id]);
    const { status, body } = await admin.post<ErrorAnswer>(path, draft());
    expect([status, body.code]).toEqual([403, 'OWN_CASE_AFFECTED']);
    expect(body.message).toContain(caseNo);
    await dataSource.query(sql, [caseNo, null]);
  });
});

describe('a version that two persons made', () => {
  let made: DraftView;

  it('begins as a draft that shows every difference and binds nobody', async () => {
    const { status, body } = await admin.post<DraftView>(path, draft(today));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      version: 2,
      state: 'waiting',
      comparedWithVersion: 1,
      draftedBy: { name: '管理员甲' },
    });
    expect(body.differences).toEqual([
      { path: 'clocks.K-02.limitWorkingDays', before: 18, after: 16 },
      { path: 'clocks.K-04.limitWorkingDays', before: 20, after: 18 },
      { path: 'effectiveFrom', before: '2023-09-01', after: today },
      { path: 'sourceDocument', before: inpatientReimbursement.sourceDocument, after: '测试文件〔2026〕1号' },
    ]);
    expect((await supervisor.get<DraftView>(`${path}/drafts/${body.draftId}`)).body).toEqual(body);
    const list = (await supervisor.get<VersionList>(path)).body;
    expect(list).toMatchObject({ inForce: 1, versions: [{ version: 1 }], waiting: [{ draftId: body.draftId }] });
    made = body;
  });

  it('is approved by another person, of what he has seen, and once', async () => {
    const at = `${path}/drafts/${made.draftId}`;
    expect(await admin.refusal('POST', `${at}/approve`, { digest: made.digest })).toEqual([
      403,
      'SECOND_PERSON_NEEDED',
    ]);
    expect(await admin.refusal('POST', `${at}/reject`, { reason: '不要' })).toEqual([403, 'SECOND_PERSON_NEEDED']);
    expect(await supervisor.refusal('POST', `${at}/approve`, { digest: 'f'.repeat(64) })).toEqual([
      409,
      'DRAFT_DIGEST',
    ]);
    const rival = (await admin.post<DraftView>(path, draft(today, { 'K-02': 15, 'K-04': 17 }))).body;
    const approved = await supervisor.post<DraftView>(`${at}/approve`, { digest: made.digest });
    expect(approved.status).toBe(200);
    expect(approved.body).toMatchObject({ state: 'published', judgedBy: { name: '督办甲' } });
    expect(await supervisor.refusal('POST', `${at}/approve`, { digest: made.digest })).toEqual([409, 'DRAFT_JUDGED']);
    const late = await supervisor.post<ErrorAnswer>(`${path}/drafts/${rival.draftId}/approve`, {
      digest: rival.digest,
    });
    expect([late.status, late.body.code]).toEqual([409, 'DEFINITION_OUTDATED']);
    const rejected = await supervisor.post<DraftView>(`${path}/drafts/${rival.draftId}/reject`, {
      reason: '已有新版本',
    });
    expect(rejected.body).toMatchObject({ state: 'rejected', rejectionReason: '已有新版本' });
  });

  it('runs beside the one before, and the list tells who runs which', async () => {
    const { dataSource } = api.database;
    await receiveTestCase(dataSource, testCipher(), api.world, { definitionVersion: 2 });
    const { versions, inForce, waiting } = (await admin.get<VersionList>(path)).body;
    expect([inForce, waiting]).toEqual([2, []]);
    expect(versions).toMatchObject([
      { version: 2, draftedBy: { name: '管理员甲' }, approvedBy: { name: '督办甲' }, openCases: 1, closedCases: 0 },
      { version: 1, draftedBy: null, approvedBy: null, openCases: 1, closedCases: 0 },
    ]);
    const limitOf = async (query: string) => {
      const { body } = await admin.get<MatterView>(`/api/matters/inpatientReimbursement${query}`);
      return [body.version, body.clocks.find(({ clock }) => clock === 'K-02')?.limitWorkingDays];
    };
    expect(await limitOf('')).toEqual([2, 16]);
    expect(await limitOf('?version=1')).toEqual([1, 18]);
    const stored = (await admin.get<StoredDefinition>(`${path}/definitions/2`)).body;
    const again = { effectiveFrom: inDays(60), sourceDocument: '测试文件', definition: stored.definition };
    expect(await admin.refusal('POST', path, again)).toEqual([422, 'DEFINITION_UNCHANGED']);
    expect(await admin.refusal('POST', path, draft(inDays(-1)))).toEqual([422, 'DEFINITION_DATE_PAST']);
    const { manager } = dataSource;
    expect((await findDefinitionInForce(manager, 'inpatientReimbursement', inDays(-1)))?.version).toBe(1);
  });

  it('cannot be written past the two persons, changed or removed, by the owner neither', async () => {
    const { dataSource } = api.database;
    const copy = (columns: string) =>
      `INSERT INTO matter_definition (matter, version, effective_from, body, draft_id)
       SELECT matter, 9, effective_from, body, ${columns} FROM matter_definition
       WHERE matter = 'inpatientReimbursement' AND version = 2`;
    await expect(rows(dataSource, copy('NULL'))).rejects.toThrow(/two persons/);
    await expect(rows(dataSource, copy('draft_id'))).rejects.toThrow(/agreed/);
    const [mine] = await rows<{ id: string }>(
      dataSource,
      `INSERT INTO definition_draft (id, matter, version, base_version, effective_from, body, digest, drafted_by, drafted_at)
       SELECT gen_random_uuid(), matter, 3, 2, effective_from, body, digest, drafted_by, now() FROM definition_draft
       WHERE version = 2 LIMIT 1 RETURNING id`,
    );
    const judged = `INSERT INTO definition_verdict (draft_id, digest, verdict, judged_by, judged_at)
      SELECT id, digest, 'approved', drafted_by, now() FROM definition_draft WHERE id = $1`;
    await rows(dataSource, judged, [mine!.id]);
    const publish = `INSERT INTO matter_definition (matter, version, effective_from, body, draft_id)
      SELECT matter, version, effective_from, body, id FROM definition_draft WHERE id = $1`;
    await expect(rows(dataSource, publish, [mine!.id])).rejects.toThrow(/agreed/);
    for (const sql of [
      `UPDATE matter_definition SET effective_from = '2030-01-01' WHERE version = 2`,
      'DELETE FROM matter_definition WHERE version = 2',
      `UPDATE definition_draft SET body = '{}'`,
      `UPDATE definition_verdict SET judged_by = gen_random_uuid()`,
    ]) {
      await expect(rows(dataSource, sql)).rejects.toThrow(/permission denied/);
      await expect(asOwner(dataSource, (owner) => rows(owner, sql))).rejects.toThrow(/only ever added/);
    }
  });

  it('stands before what a program brings under its number', async () => {
    const second = { ...inpatientReimbursement, version: 2, label: '住院费用报销(改)' };
    const seed = () =>
      asOwner(api.database.dataSource, (owner) => owner.transaction((manager) => seedDefinitions(manager, [second])));
    await expect(seed()).resolves.toBeUndefined();
    expect((await admin.get<StoredDefinition>(`${path}/definitions/2`)).body.definition).toMatchObject({
      label: '住院费用报销',
    });
  });
});
