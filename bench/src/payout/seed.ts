import { shanghaiDate } from '@banjie/domain';
import { registerInsuredPerson, rows } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { commitAs } from '../act/commit-as';
import { fileClaim, type ClaimToFile } from '../act/file-claim';
import type { World } from '../act/world';
import { drive, seededRandom } from '../figures';
import { claimant } from './claimants';
import { CaseTemplate, tables, type CaseCopy } from './template';

const agencyId = '450206';
const copiesAtOnce = 250;
const writers = 3;
const hourMs = 3_600_000;

export interface SeedPlan {
  cases: number;
  /** Draws the amounts. */
  seed: number;
  /** The number of the first claimant: cases seeded before have those below. */
  from?: number;
  /** So many of them are walked by real acts, each with amounts of its own; the rest are copies of those. */
  templates?: number;
  /** Leaves the start of their workflows to apps/jobs, as 收件 does; otherwise the cases are rows alone. */
  startsWorkflows: boolean;
}

/**
 * So many cases of one agency whose 审批 is done: at 拨付制定, each with its claimant, account, filing, sealed columns, acts under a true
 * chain, duties, clocks, decision and its line in the books. A few are walked by the code that people's acts run; the others are
 * copies of their rows with everything sealed and signed anew, so that no one can tell them apart (`banjie verify-audit`).
 */
export async function seedApproved(bench: World, plan: SeedPlan): Promise<void> {
  const random = seededRandom(plan.seed);
  const from = plan.from ?? 0;
  const walked = Math.min(plan.templates ?? 100, plan.cases);
  const templates: CaseTemplate[] = [];
  for (let n = from; n < from + walked; n += 1) {
    const claim = { ...claimant(n), linesFen: linesOf(random), at: daysAgo(6) };
    const caseNo = await walkToApproval(bench, claim);
    await closeSideWork(bench, caseNo, plan.startsWorkflows);
    templates.push(await CaseTemplate.read(bench, caseNo, claim));
  }
  const copies = plan.cases - walked;
  const day = shanghaiDate(daysAgo(6).getTime());
  const first = await reserveNumbers(bench, day, copies);
  await drive(Math.ceil(copies / copiesAtOnce), writers, async (chunk) => {
    const start = chunk * copiesAtOnce;
    const made = Array.from({ length: Math.min(copiesAtOnce, copies - start) }, (_, index) => {
      const place = start + index;
      const template = templates[place % walked]!;
      const caseNo = `${agencyId}${day.replaceAll('-', '')}${String(first + place).padStart(6, '0')}`;
      return { caseNo, copy: template.copy(caseNo, claimant(from + walked + place)) };
    });
    await bench.dataSource.transaction((manager) => writeCopies(manager, templates[0]!, made));
  });
}

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * hourMs);

/** 6–12 lines, together about 6 000–80 000 元. */
function linesOf(random: () => number): number[] {
  return Array.from({ length: 6 + Math.floor(random() * 7) }, () => 100_000 + Math.floor(random() * 600_000));
}

/** Filed, accepted, proposed twice and approved by the code that the acts of people run, over six days. */
async function walkToApproval(bench: World, claim: ClaimToFile): Promise<string> {
  const { dataSource, cipher } = bench;
  await registerInsuredPerson(dataSource, cipher, claim.person);
  const caseNo = await fileClaim(bench, claim);
  const accepted = new Date(claim.at.getTime() + hourMs);
  await commitAs(bench, caseNo, 'initial1', { act: 'accept' }, accepted);
  await commitAs(bench, caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] }, daysAgo(4));
  await commitAs(bench, caseNo, 'second1', { act: 'propose', outcome: 'pass' }, daysAgo(2));
  const sql = `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`;
  const [proposed] = await rows<{ fen: number }>(dataSource, sql, [caseNo]);
  await commitAs(bench, caseNo, 'approver1', { act: 'approve', payableFen: proposed!.fen }, daysAgo(1));
  return caseNo;
}

/** The notices of these days have long been delivered; so is the start, where the cases are to be rows alone. */
async function closeSideWork({ dataSource }: World, caseNo: string, startsWorkflows: boolean): Promise<void> {
  await rows(
    dataSource,
    `UPDATE outbox SET dispatched_at = created_at, done_at = created_at
     WHERE case_no = $1 AND (topic <> 'startCase' OR NOT $2) RETURNING id`,
    [caseNo, startsWorkflows],
  );
  if (startsWorkflows) return;
  await rows(dataSource, `UPDATE cases SET workflow_started_at = received_at WHERE case_no = $1 RETURNING case_no`, [
    caseNo,
  ]);
}

/** Takes so many numbers of the day at once; answers the first. */
async function reserveNumbers({ dataSource }: World, day: string, count: number): Promise<number> {
  const [row] = await rows<{ last: number }>(
    dataSource,
    `UPDATE case_number SET last_number = last_number + $3 WHERE agency_id = $1 AND day = $2 RETURNING last_number AS last`,
    [agencyId, day, count],
  );
  return row!.last - count + 1;
}

/** One statement a table. Everything hangs together by its keys; the triggers post what is owed. */
async function writeCopies(
  manager: EntityManager,
  template: CaseTemplate,
  made: { caseNo: string; copy: CaseCopy }[],
): Promise<void> {
  for (const table of tables) {
    const columns = template.columnsOf(table).join(', ');
    const list = made.flatMap(({ copy }) => (copy[table] === '' ? [] : [copy[table]]));
    const sql = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json)`;
    if (list.length > 0) await rows(manager, sql, [`[${list.join(',')}]`]);
  }
  await rows(
    manager,
    `UPDATE filing f SET state = 'submitted', case_no = c.case_no, submitted_at = c.received_at, updated_at = c.received_at
     FROM cases c WHERE c.filing_id = f.id AND c.case_no = ANY($1)`,
    [made.map(({ caseNo }) => caseNo)],
  );
}
