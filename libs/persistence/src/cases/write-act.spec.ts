import { advance } from '@banjie/domain';
import { createTestDatabase, receiveTestCase, seedTestWorld, testCipher, type TestDatabase } from '@banjie/testing';
import { rows } from '../data-source';
import { findCase } from './case-record';
import { getDefinition } from './definitions';
import { writeAct } from './write-act';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it('writes nothing of an act whose case is not where the act saw it, though the caller goes on', async () => {
  const cipher = testCipher();
  const world = await seedTestWorld(database.dataSource);
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world);
  const standing = () =>
    rows(
      database.dataSource,
      `SELECT c.seq, c.stage, encode(c.head_hash, 'hex') AS head, (SELECT count(*) FROM case_act) AS acts,
         (SELECT json_agg(t ORDER BY t.id) FROM task t) AS tasks, (SELECT json_agg(k ORDER BY k.clock) FROM clock k) AS clocks,
         (SELECT count(*) FROM clock_event) AS events, (SELECT count(*) FROM outbox) AS boxed
       FROM cases c WHERE case_no = $1`,
      [caseNo],
    );
  const before = await standing();
  await database.dataSource.transaction(async (manager) => {
    const record = (await findCase(manager, caseNo, { lock: true }))!;
    const definition = await getDefinition(manager, record.matter, record.definitionVersion);
    const position = { ...record.position, seq: record.position.seq + 5 };
    const act = writeAct(
      manager,
      cipher,
      { ...record, position },
      {
        ...{ definition, act: 'accept', actorId: 'someone', actionId: 'stale', at: new Date(), facts: {} },
        advance: advance(definition, position, 'accept', 'someone'),
      },
    );
    await expect(act).rejects.toMatchObject({ code: 'CASE_MOVED' });
  });
  expect(await standing()).toEqual(before);
});
