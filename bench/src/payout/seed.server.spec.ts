import { checkBooks, openFiledClaim, rows, walkAudit } from '@banjie/persistence';
import { createTestDatabase, seedTestWorld, testCipher, type TestDatabase } from '@banjie/testing';
import type { World } from '../act/world';
import { seedApproved } from './seed';

const cipher = testCipher();
let database: TestDatabase;
let bench: World;

beforeAll(async () => {
  database = await createTestDatabase();
  bench = { dataSource: database.dataSource, cipher, world: await seedTestWorld(database.dataSource) };
  await seedApproved(bench, { cases: 60, seed: 1, templates: 4, startsWorkflows: true });
  await seedApproved(bench, { cases: 20, seed: 2, from: 60, templates: 2, startsWorkflows: false });
});

afterAll(() => database.drop());

const one = async <Row>(sql: string) => (await rows<Row>(bench.dataSource, sql))[0]!;

describe('seedApproved', () => {
  it('leaves cases that the audit cannot tell from walked ones', async () => {
    expect(await walkAudit(bench.dataSource, cipher)).toEqual({ cases: 80, acts: 400, orders: 0, faults: [] });
  });

  it('owes each decision in the books', async () => {
    expect(await checkBooks(bench.dataSource, '450206', new Date())).toEqual([]);
    const found = await one(
      `SELECT count(*)::int AS lines, sum(p.amount_fen)::bigint = (SELECT sum(payable_fen) FROM decision) AS "isWhole",
         count(DISTINCT p.amount_fen)::int AS amounts FROM posting p WHERE kind = 'decided'`,
    );
    expect(found).toEqual({ lines: 80, isWhole: true, amounts: 6 });
  });

  it('gives each case a claimant, an account and a decision of its own', async () => {
    const filings = await rows<{ body: Buffer; digest: Buffer }>(
      bench.dataSource,
      `SELECT f.body_enc AS body, d.payee_digest AS digest FROM cases c JOIN filing f ON f.id = c.filing_id JOIN decision d ON d.case_no = c.case_no
       WHERE c.stage = 'preparePayout' AND d.outcome = 'approved' AND d.payable_fen > 0 AND c.payable_fen = d.payable_fen`,
    );
    const payees = filings.map(({ body }) => openFiledClaim(cipher, { filingBody: body, correctedPayee: null }).payee);
    for (const key of ['accountNumber', 'accountName'] as const)
      expect(new Set(payees.map((p) => p[key])).size).toBe(80);
    expect(new Set(filings.map(({ digest }) => digest.toString('hex'))).size).toBe(80);
  });

  it('leaves one open task each, and of side work the starts that were asked for alone', async () => {
    const found = await one(
      `SELECT (SELECT count(*)::int FROM task WHERE state = 'open' AND stage = 'preparePayout') AS tasks,
         (SELECT count(*)::int FROM outbox WHERE done_at IS NULL AND topic = 'startCase') AS starts,
         (SELECT count(*)::int FROM outbox WHERE done_at IS NULL AND topic <> 'startCase') AS others,
         (SELECT count(*)::int FROM cases WHERE workflow_started_at IS NULL) AS unstarted`,
    );
    expect(found).toEqual({ tasks: 80, starts: 60, others: 0, unstarted: 60 });
  });
});
