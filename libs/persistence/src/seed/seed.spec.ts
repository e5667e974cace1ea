import { checkIdNumber, inpatientReimbursement } from '@banjie/domain';
import { asOwner, createTestDatabase, testCipher, type TestDatabase } from '@banjie/testing';
import { databaseFault, rows } from '../data-source';
import { isPassword } from '../passwords';
import { findInsuredPerson, registerInsuredPerson } from '../registry';
import { exampleCatalogue } from './catalogue';
import { matterDefinitions, seedDefinitions } from './definitions';
import { demoIdNumber, demoInsuredPersons } from './demo-insured';
import { demoStaff, seedDemoPeople } from './demo-people';
import { seedGround } from './ground';
import { exampleHospitals } from './hospitals';

describe('the seed', () => {
  let database: TestDatabase;
  const count = async (table: string) =>
    (await rows<{ n: number }>(database.dataSource, `SELECT count(*) AS n FROM ${table}`))[0]!.n;

  beforeAll(async () => {
    database = await createTestDatabase();
    await asOwner(database.dataSource, seedGround);
  });
  afterAll(() => database.drop());

  it('brings definitions, agencies and registries, and nothing twice', async () => {
    const tables = [
      'matter_definition',
      'agency',
      'hospital',
      'catalogue_item',
      'benefit_policy',
      'cross_region_policy',
    ];
    const before = await Promise.all(tables.map(count));
    await asOwner(database.dataSource, (owner) => Promise.all([seedGround(owner), seedGround(owner)]));
    expect(await Promise.all(tables.map(count))).toEqual(before);
    expect(before).toEqual([matterDefinitions.length, 2, exampleHospitals.length, exampleCatalogue.length, 6, 4]);
    expect(exampleCatalogue.length).toBeGreaterThanOrEqual(120);
    expect(new Set(exampleCatalogue.map((item) => item.itemCode)).size).toBe(exampleCatalogue.length);
  });

  it('makes the demo accounts, whose password follows the one given', async () => {
    const cipher = testCipher();
    const seed = (password: string) =>
      asOwner(database.dataSource, (owner) => seedDemoPeople(owner, cipher, { password }));
    const people = await seed('first-password');
    expect(people.map((person) => person.username)).toEqual(demoStaff.map((person) => person.username));
    expect(people.find((person) => person.username === 'b-window1')?.agencyName).toContain('鱼峰区');
    await seed('second-password');
    expect(await count('staff_account')).toBe(demoStaff.length);
    expect(await count('cross_region_filing')).toBe(2);
    const [row] = await rows<{ password_hash: string }>(
      database.dataSource,
      `SELECT password_hash FROM staff_account WHERE username = 'double1'`,
    );
    expect(await isPassword(row!.password_hash, 'second-password')).toBe(true);
    expect(await isPassword(row!.password_hash, 'first-password')).toBe(false);
  });

  it('registers a person once and finds them by the keyed hash', async () => {
    const cipher = testCipher();
    const idNumber = demoIdNumber('1970-02-28', 77);
    expect(checkIdNumber(idNumber, '2026-01-01')).toEqual({ ok: true, value: idNumber });
    const entry = { ...demoInsuredPersons[0]!, idNumber, name: '参保庚' };
    const first = await registerInsuredPerson(database.dataSource, cipher, entry);
    const again = await registerInsuredPerson(database.dataSource, cipher, entry);
    expect([first.created, again.created, again.id]).toEqual([true, false, first.id]);
    expect(await findInsuredPerson(database.dataSource, cipher, idNumber)).toMatchObject({
      id: first.id,
      name: '参保庚',
    });
    await expect(
      registerInsuredPerson(database.dataSource, cipher, {
        ...entry,
        idNumber: `${idNumber.slice(0, 17)}${idNumber.endsWith('1') ? '2' : '1'}`,
      }),
    ).rejects.toMatchObject({ code: 'ID_NUMBER_CHECK_DIGIT' });
  });

  it('replaces a definition nothing uses, refuses a changed one that cases are pinned to, and one that contradicts itself', async () => {
    const changed = { ...inpatientReimbursement, label: '住院费用报销(改)' };
    const { dataSource } = database;
    const define = (definition: typeof inpatientReimbursement) =>
      asOwner(dataSource, (owner) => owner.transaction((manager) => seedDefinitions(manager, [definition])));
    await define(changed);
    await asOwner(dataSource, seedGround);
    await dataSource.query(
      `INSERT INTO filing (id, agency_id, matter, created_by, body_enc)
       SELECT '00000000-0000-4000-8000-000000000001', agency_id, 'inpatientReimbursement', id, '\\x00' FROM staff_account LIMIT 1`,
    );
    await dataSource.query(
      `INSERT INTO cases (case_no, agency_id, matter, definition_version, filing_id, region_code, seq, stage, last_act,
         last_actor_id, head_hash, total_fen, received_at, received_on)
       VALUES ('T1', '450206', 'inpatientReimbursement', 1, '00000000-0000-4000-8000-000000000001', '450200', 1,
         'acceptance', 'receiveFiling', 'x', '\\x00', 0, now(), '2026-01-01')`,
    );
    await expect(define(changed)).rejects.toThrow(/新的版本/);
    const broken = {
      ...inpatientReimbursement,
      version: 2,
      clocks: [{ ...inpatientReimbursement.clocks[0]!, stopsOn: [] }],
    };
    await expect(define(broken)).rejects.toThrow(/没有起止事件/);
  });

  it('lets the role of the app add act rows, but neither change nor remove them', async () => {
    const { dataSource } = database;
    await dataSource.query(
      `INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, facts, at, prev_hash, hash)
       VALUES ('T1', 1, 'a-1', 'receiveFiling', 'x', 'acceptance', 'acceptance', 0, '{}', now(), '\\x00', '\\x01')`,
    );
    for (const sql of [
      `UPDATE case_act SET act = 'accept'`,
      'DELETE FROM case_act',
      'TRUNCATE case_act CASCADE',
      `UPDATE read_log SET what = ''`,
      'DELETE FROM task_event',
      'DELETE FROM cases',
      'ALTER TABLE case_act DISABLE TRIGGER ALL',
      // Definitions, registries and policy are the owner's; seeding runs under that role.
      `UPDATE migrations SET name = ''`,
      'DELETE FROM migrations',
      'DELETE FROM agency',
      'INSERT INTO agency (id, name, region_code) SELECT id, name, region_code FROM agency',
      ...['matter_definition', 'benefit_policy', 'catalogue_item', 'hospital'].flatMap((table) => [
        `DELETE FROM ${table}`,
        `INSERT INTO ${table} SELECT * FROM ${table}`,
      ]),
      `UPDATE benefit_policy SET ratio_bp = 10000`,
      `UPDATE insured_person SET scheme = 'employee'`,
      `UPDATE staff_account SET posts = '{approver}'`,
      ...['staff_account', 'cap_usage', 'notice', 'outbox', 'payout_attempt', 'filing', 'attachment'].map(
        (table) => `DELETE FROM ${table}`,
      ),
      // What was judged and paid.
      'UPDATE decision SET payable_fen = 1',
      'UPDATE attachment SET sha256 = uploaded_by',
      'UPDATE statement_line SET amount_fen = 1',
      'UPDATE cases SET total_fen = 1',
      'UPDATE cases SET payable_fen = 1',
      `UPDATE archive_seal SET seal = '\\x00'`,
    ]) {
      const fault: unknown = await dataSource.query(sql).catch((error: unknown) => error);
      expect([sql, databaseFault(fault)?.code]).toEqual([sql, '42501']);
    }
  });
});
