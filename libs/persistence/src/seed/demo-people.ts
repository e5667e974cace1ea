import type { Post } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { hashPassword, isPassword } from '../passwords';
import { registerInsuredPerson } from '../registry';
import { seedDemoFilings } from './demo-filings';
import { demoInsuredPersons } from './demo-insured';
import { createStaffAccount, type StaffEntry } from './staff';

export type DemoPerson = StaffEntry & { agencyName: string };

const own = (username: string, displayName: string, ...posts: Post[]): StaffEntry => ({
  agencyId: '450206',
  username,
  displayName,
  posts,
});
const foreign = (username: string, displayName: string, ...posts: Post[]): StaffEntry => ({
  ...own(username, displayName, ...posts),
  agencyId: '450203',
});

/** The staff of the demo: two for each post of the road, so that SD-01 can be met in every round; no real names. */
export const demoStaff: readonly StaffEntry[] = [
  own('window1', '窗口甲', 'window'),
  own('window2', '窗口乙', 'window'),
  own('initial1', '初审甲', 'initialReviewer'),
  own('initial2', '初审乙', 'initialReviewer'),
  own('second1', '复核甲', 'secondReviewer'),
  own('second2', '复核乙', 'secondReviewer'),
  own('approver1', '审批甲', 'approver'),
  own('approver2', '审批乙', 'approver'),
  own('settle1', '结算甲', 'settlementClerk'),
  own('settle2', '结算乙', 'settlementClerk'),
  own('finreview1', '财务复核甲', 'financeReviewer'),
  own('finreview2', '财务复核乙', 'financeReviewer'),
  own('finapprove1', '财务审批甲', 'financeApprover'),
  own('finapprove2', '财务审批乙', 'financeApprover'),
  own('supervisor1', '督办甲', 'supervisor'),
  own('deputy1', '分管甲', 'deputyHead'),
  own('audit1', '监督甲', 'auditReader'),
  own('admin1', '管理员甲', 'systemAdmin'),
  // Holds 初审 and 复核: may do either in a case, never both (SD-01).
  own('double1', '初审复核甲', 'initialReviewer', 'secondReviewer'),
  foreign('b-window1', '窗口丙', 'window'),
  foreign('b-initial1', '初审丙', 'initialReviewer'),
  foreign('b-second1', '复核丙', 'secondReviewer'),
];

/**
 * The demo accounts and a few insured persons with their filings. All accounts share the one password that the starter generated; given
 * another one later, the accounts follow it, so that `run.json` never lies. Returns them as `run.json` lists them.
 */
export async function seedDemoPeople(
  dataSource: DataSource,
  cipher: ColumnCipher,
  options: { password: string },
): Promise<DemoPerson[]> {
  await dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtext('banjie-seed'))`);
    const usernames = demoStaff.map((person) => person.username);
    const known = await rows<{ username: string; password_hash: string }>(
      manager,
      'SELECT username, password_hash FROM staff_account WHERE username = ANY($1)',
      [usernames],
    );
    const first = known[0];
    const isCurrent = first !== undefined && (await isPassword(first.password_hash, options.password));
    const passwordHash = isCurrent ? first.password_hash : await hashPassword(options.password);
    for (const person of demoStaff) await createStaffAccount(manager, person, passwordHash);
    if (known.length > 0 && !isCurrent) {
      await manager.query(
        `UPDATE staff_account SET password_hash = $2, failed_count = 0, locked_until = NULL WHERE username = ANY($1)`,
        [usernames, passwordHash],
      );
    }
    const personIds: string[] = [];
    for (const person of demoInsuredPersons) {
      personIds.push((await registerInsuredPerson(manager, cipher, person)).id);
    }
    await seedDemoFilings(manager, personIds);
  });
  const agencies = await rows<{ id: string; name: string }>(dataSource, 'SELECT id, name FROM agency');
  const nameOf = new Map(agencies.map((agency) => [agency.id, agency.name]));
  return demoStaff.map((person) => ({ ...person, agencyName: nameOf.get(person.agencyId) ?? person.agencyId }));
}
