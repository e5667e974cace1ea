import { randomUUID } from 'node:crypto';
import { advance, type ActCode } from '@banjie/domain';
import {
  attachTestPaper,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
} from '@banjie/testing';
import { Client } from 'pg';
import { findCase } from '../cases/case-record';
import { getDefinition } from '../cases/definitions';
import { writeAct } from '../cases/write-act';
import { databaseFault } from '../data-source';
import { findAttachments } from '../filings/attachments';
import { walkAudit } from './audit-walk';

const guarded = [
  'case_act',
  'cases',
  'filing',
  'attachment',
  'statement_line',
  'decision',
  'benefit_result',
  'archive_seal',
];

describe('the walk over the chains of acts', () => {
  const cipher = testCipher();
  let database: TestDatabase;
  let world: Awaited<ReturnType<typeof seedTestWorld>>;
  let owner: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    world = await seedTestWorld(database.dataSource);
    owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  /** A case with five acts: 收件, 受理, 初审, 退回 … made as the application makes them. */
  async function caseWithActs(): Promise<string> {
    const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { papers: ['invoice'] });
    const acts: [ActCode, string, Record<string, unknown>][] = [
      ['accept', 'initial1', {}],
      ['propose', 'initial1', { outcome: 'pass', payableFen: 1 }],
      ['propose', 'second1', { outcome: 'pass', payableFen: 2 }],
      ['sendBack', 'approver1', { toStage: 'secondReview' }],
    ];
    for (const [act, username, facts] of acts) {
      await database.dataSource.transaction(async (manager) => {
        const record = (await findCase(manager, caseNo, { lock: true }))!;
        const definition = await getDefinition(manager, record.matter, record.definitionVersion);
        const actorId = world.accounts[username]!.id;
        const road = act === 'sendBack' ? { toStage: 'secondReview' as const } : {};
        await writeAct(manager, cipher, record, {
          definition,
          advance: advance(definition, record.position, act, actorId, road),
          act,
          actorId,
          actionId: randomUUID(),
          at: new Date(),
          facts,
          sets: act === 'propose' ? { proposalOutcome: 'pass', proposedFen: Number(facts['payableFen']) } : {},
        });
      });
    }
    return caseNo;
  }

  /** What an owner could do who means to hide something. */
  async function tamper(...statements: [string, unknown[]][]): Promise<void> {
    const guards = async (state: 'DISABLE' | 'ENABLE') => {
      for (const table of guarded) await owner.query(`ALTER TABLE ${table} ${state} TRIGGER USER`);
    };
    await guards('DISABLE');
    for (const [sql, values] of statements) await owner.query(sql, values);
    await guards('ENABLE');
  }

  const faultsOf = async (caseNo: string) => {
    const { faults } = await walkAudit(database.dataSource, cipher);
    return faults.filter((fault) => fault.caseNo === caseNo).map(({ kind, seq }) => `${kind} ${seq ?? ''}`.trim());
  };

  it('finds nothing where nothing was touched', async () => {
    const caseNo = await caseWithActs();
    const report = await walkAudit(database.dataSource, cipher);
    expect(await faultsOf(caseNo)).toEqual([]);
    expect(report.cases).toBeGreaterThan(0);
    expect(report.acts).toBeGreaterThanOrEqual(5);
  });

  it.each([
    [
      'an amount',
      `UPDATE case_act SET facts = jsonb_set(facts, '{payableFen}', '900000') WHERE case_no = $1 AND seq = 3`,
      ['changed 3'],
    ],
    ['the person who acted', `UPDATE case_act SET actor_id = 'someone' WHERE case_no = $1 AND seq = 2`, ['changed 2']],
    ['the instant', `UPDATE case_act SET at = at - interval '1 day' WHERE case_no = $1 AND seq = 4`, ['changed 4']],
    [
      'less than a millisecond',
      `UPDATE case_act SET at = at + interval '5 microseconds' WHERE case_no = $1 AND seq = 4`,
      ['changed 4'],
    ],
    [
      'a hash, which breaks the next link as well',
      `UPDATE case_act SET hash = sha256(hash) WHERE case_no = $1 AND seq = 2`,
      ['changed 2', 'unlinked 3'],
    ],
    ['a row in the middle away', `DELETE FROM case_act WHERE case_no = $1 AND seq = 3`, ['missing 3']],
    ['the last row away', `DELETE FROM case_act WHERE case_no = $1 AND seq = 5`, ['missing 5']],
    [
      'the last row away and the head with it',
      `WITH gone AS (DELETE FROM case_act WHERE case_no = $1 AND seq = 5)
      UPDATE cases SET seq = 4 WHERE case_no = $1`,
      ['head 4', 'missing 5'],
    ],
    [
      'a row to the end',
      `INSERT INTO case_act SELECT case_no, 6, 'forged-' || case_no, act, actor_id, stage_from, stage_to, round, duty, facts, at, hash, sha256(hash)
      FROM case_act WHERE case_no = $1 AND seq = 5`,
      ['inserted 6'],
    ],
    ['the head', `UPDATE cases SET head_hash = sha256(head_hash) WHERE case_no = $1`, ['head 5']],
  ])('notices a change of %s', async (_, sql, expected) => {
    const caseNo = await caseWithActs();
    await tamper([sql, [caseNo]]);
    expect(await faultsOf(caseNo)).toEqual(expected);
  });

  it('tells two rows that changed places from rows that were rewritten', async () => {
    const caseNo = await caseWithActs();
    const move = 'UPDATE case_act SET seq = $2 WHERE case_no = $1 AND seq = $3';
    await tamper([move, [caseNo, 1_000, 3]], [move, [caseNo, 3, 4]], [move, [caseNo, 4, 1_000]]);
    expect(await faultsOf(caseNo)).toEqual(['reordered 3', 'reordered 4', 'unlinked 5']);
  });

  it('misses the last act even when the case was set back to fit', async () => {
    const caseNo = await caseWithActs();
    await tamper(
      ['DELETE FROM case_act WHERE case_no = $1 AND seq = 5', [caseNo]],
      [
        `UPDATE cases SET seq = 4, head_hash = (SELECT hash FROM case_act WHERE case_no = $1 AND seq = 4), stage = 'approval'
         WHERE case_no = $1`,
        [caseNo],
      ],
    );
    expect(await faultsOf(caseNo)).toEqual(['missing 5']);
  });

  it('does not take another case’s row for its own', async () => {
    const [one, other] = [await caseWithActs(), await caseWithActs()];
    await tamper(
      ['DELETE FROM case_act WHERE case_no = $1 AND seq = 3', [one]],
      [
        `INSERT INTO case_act SELECT $1, 3, 'copied-' || $1, act, actor_id, stage_from, stage_to, round, duty, facts, at, prev_hash, hash
         FROM case_act WHERE case_no = $2 AND seq = 3`,
        [one, other],
      ],
    );
    expect(await faultsOf(one)).toEqual(['changed 3', 'unlinked 4']);
    expect(await faultsOf(other)).toEqual([]);
  });

  it.each([
    [
      'the filing',
      `UPDATE filing SET body_enc = set_byte(body_enc, 60, 255 - get_byte(body_enc, 60)) WHERE case_no = $1`,
      'filingDiffers 1',
    ],
    [
      'a line',
      `UPDATE statement_line SET amount_fen = amount_fen + 1 FROM cases c WHERE c.filing_id = statement_line.filing_id AND c.case_no = $1`,
      'filingDiffers 1',
    ],
    [
      'a paper',
      `UPDATE attachment SET sha256 = repeat('0', 64) FROM cases c WHERE c.filing_id = attachment.filing_id AND c.case_no = $1`,
      'filingDiffers 1',
    ],
    [
      'a paper away',
      `UPDATE attachment SET removed_at = now() FROM cases c WHERE c.filing_id = attachment.filing_id AND c.case_no = $1`,
      'filingDiffers 1',
    ],
    ['the sum filed for', `UPDATE cases SET total_fen = total_fen + 1 WHERE case_no = $1`, 'filingDiffers 1'],
    ['the sum proposed', `UPDATE cases SET proposed_fen = 900000 WHERE case_no = $1`, 'amountDiffers 4'],
    ['the sum to be paid', `UPDATE cases SET payable_fen = 900000 WHERE case_no = $1`, 'amountDiffers'],
    ['the stage', `UPDATE cases SET stage = 'pay' WHERE case_no = $1`, 'caseDiffers 5'],
  ])('notices a change of %s under a chain that is whole', async (_, sql, expected) => {
    const caseNo = await caseWithActs();
    expect(await faultsOf(caseNo)).toEqual([]);
    await tamper([sql, [caseNo]]);
    expect(await faultsOf(caseNo)).toEqual([expected]);
  });

  it('lets papers be added to a received filing, and nothing in it be changed', async () => {
    const { caseNo, filingId } = await receiveTestCase(database.dataSource, cipher, world);
    const id = await attachTestPaper(database.dataSource, cipher, world, { filingId, paper: 'dischargeRecord' });
    for (const sql of [
      `UPDATE filing SET body_enc = '\\x00' WHERE id = $1`,
      `UPDATE attachment SET facts_enc = '\\x00' WHERE filing_id = $1`,
      `UPDATE attachment SET removed_at = now() WHERE filing_id = $1`,
      `DELETE FROM statement_line WHERE filing_id = $1`,
      `INSERT INTO statement_line SELECT filing_id, 99, service_date, item_code, item_name, category, quantity_milli,
         unit_price_fen, amount_fen, catalogue_class, self_paid_first_bp FROM statement_line WHERE filing_id = $1 LIMIT 1`,
    ]) {
      const fault: unknown = await database.dataSource.query(sql, [filingId]).catch((error: unknown) => error);
      expect([sql, databaseFault(fault)?.code]).toEqual([sql, '42501']);
    }
    const kept = await findAttachments(database.dataSource, cipher, filingId);
    expect(kept.map((paper) => paper.id)).toContain(id);
    expect(await faultsOf(caseNo)).toEqual([]);
  });

  it('finds an order that no act drew', async () => {
    const caseNo = await caseWithActs();
    const decisionId = randomUUID();
    await owner.query(
      `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at)
       VALUES ($1, $2, 9, 'approved', 5, '\\x00', $1, now())`,
      [decisionId, caseNo],
    );
    await owner.query(
      `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest,
         account_digest, drawn_by, drawn_at)
       VALUES ($2 || 'P9', $2, $1, '450206', 'drawn', 5, '\\x00', '\\x00', '\\x00', $1, now())`,
      [decisionId, caseNo],
    );
    expect(await faultsOf(caseNo)).toEqual(['amountDiffers', 'orderWithoutAct']);
  });

  it('is not deceived by someone who holds the rows but not the key', async () => {
    const caseNo = await caseWithActs();
    const forger = new (cipher.constructor as typeof import('../column-cipher').ColumnCipher)({
      columnKeyId: 'f',
      columnKeys: { f: Buffer.alloc(32, 'f').toString('base64') },
      hashKey: Buffer.alloc(32, 'f').toString('base64'),
      auditKey: Buffer.alloc(32, 'f').toString('base64'),
    });
    const { faults } = await walkAudit(database.dataSource, forger);
    expect(faults.filter((fault) => fault.caseNo === caseNo && fault.kind === 'changed')).toHaveLength(5);
  });
});
