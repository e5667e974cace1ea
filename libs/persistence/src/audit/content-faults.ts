import { createHash } from 'node:crypto';
import { actBodyDigest, actBodyContext } from '../cases/act-bodies';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
import { bodyDigest, linesDigest, openPaper, papersDigest } from '../filings/filing-digests';
import { digestNotice, openNotice } from '../notices/notice-contents';
import { openPayee, payeeDigest } from '../payouts/payee';
import type { CaseContent } from './case-content';
import type { ChainedRow, ChainFault, ChainFaultKind } from './chain-faults';

type Acts = readonly ChainedRow[];
type Report = (seq: number | null, kind: ChainFaultKind, message: string) => void;

/**
 * Compares what the acts of a sound chain say with the rows that were judged and paid by: the filing as received, amounts
 * from the proposal to the order, whose account it is, what was written, what was sealed. An empty list: they agree.
 */
export function contentFaults(cipher: ColumnCipher, content: CaseContent, acts: Acts): ChainFault[] {
  const faults: ChainFault[] = [];
  const report: Report = (seq, kind, message) => faults.push({ caseNo: content.caseNo, seq, kind, message });
  compareFiling(cipher, content, acts, report);
  compareBodies(cipher, content, acts, report);
  compareProposals(content, acts, report);
  comparePayees(cipher, content, acts, report);
  compareDecisions(content, acts, report);
  compareOrders(cipher, content, acts, report);
  compareSeals(content, acts, report);
  const [last] = acts.slice(-1);
  if (last && last.stageTo !== content.stage) {
    report(last.seq, 'caseDiffers', `办件登记的环节与第 ${last.seq} 步之后的环节不符`);
  }
  const pinned = acts.filter(({ facts, act }) => act === 'receiveFiling' || facts['toVersion'] !== undefined).at(-1);
  if (pinned && (pinned.facts['toVersion'] ?? pinned.facts['definitionVersion']) !== content.definitionVersion) {
    report(pinned.seq, 'caseDiffers', `办件登记的事项版本与第 ${pinned.seq} 步登记的不符`);
  }
  return faults;
}

/** What cannot be opened differs: GCM refuses a sealed value of which one bit was changed. */
function isSame(expected: unknown, compute: () => string): boolean {
  try {
    return compute() === expected;
  } catch {
    return false;
  }
}

function compareFiling(cipher: ColumnCipher, { filing, totalFen }: CaseContent, acts: Acts, report: Report): void {
  const received = acts.find(({ act }) => act === 'receiveFiling');
  if (received) {
    const { facts, seq } = received;
    const checks: [string, unknown, () => string][] = [
      ['申请内容', facts['filingDigest'], () => bodyDigest(cipher, filing!)],
      ['费用明细', facts['linesDigest'], () => linesDigest(cipher, filing!)],
      ['申请总额', String(facts['totalFen']), () => String(totalFen)],
    ];
    for (const [what, expected, compute] of checks) {
      if (!isSame(expected, compute)) report(seq, 'filingDiffers', `${what}与收件时(第 ${seq} 步)登记的不符`);
    }
  }
  for (const { seq, facts } of acts) {
    if (facts['papersDigest'] === undefined) continue;
    const ids = new Set(facts['attachments'] as string[]);
    const papers = (filing?.papers ?? []).filter(({ id, removed }) => ids.has(id) && !removed);
    const compute = () =>
      papersDigest(
        cipher,
        papers.map((paper) => openPaper(cipher, paper)),
      );
    if (!isSame(facts['papersDigest'], compute)) report(seq, 'filingDiffers', `材料与第 ${seq} 步登记的不符`);
  }
}

function compareBodies(cipher: ColumnCipher, { bodies, notices }: CaseContent, acts: Acts, report: Report): void {
  for (const { seq, facts, actionId } of acts) {
    const digest = facts['bodyDigest'];
    const body = bodies.find((one) => one.actionId === actionId);
    const compute = () => actBodyDigest(cipher, cipher.decryptJson(actBodyContext, body!.sealed)).toString('hex');
    if (digest !== undefined && !(isSame(digest, compute) && body?.hash.toString('hex') === digest)) {
      report(seq, 'bodyDiffers', `第 ${seq} 步的原文缺失或与登记的不符`);
    }
    for (const [code, expected] of Object.entries((facts['notices'] ?? {}) as Record<string, string>)) {
      const kept = notices.find((one) => one.seq === seq && one.notice === code);
      const kind = () => digestNotice(cipher, openNotice(cipher, kept!.sealed)).toString('hex');
      if (!isSame(expected, kind)) report(seq, 'bodyDiffers', `第 ${seq} 步的通知内容缺失或与登记的不符`);
    }
  }
}

function compareProposals(content: CaseContent, acts: Acts, report: Report): void {
  const proposals = acts.filter(({ act }) => act === 'propose');
  for (const { seq, facts } of proposals) {
    if (facts['outcome'] !== 'pass' || facts['deductions'] === undefined) continue;
    const benefit = content.benefits.find((one) => one.seq === seq);
    const kept = content.deductions.filter((one) => one.seq === seq);
    const told = facts['deductions'] as { lineNo: number; amountFen: number; reasonCode: string }[];
    const lines = (list: typeof told) =>
      list.map(({ lineNo, amountFen, reasonCode }) => `${lineNo} ${amountFen} ${reasonCode}`).sort();
    if (benefit?.payableFen !== facts['payableFen'] || canonical(lines(kept)) !== canonical(lines(told))) {
      report(seq, 'amountDiffers', `待遇计算或核减与第 ${seq} 步拟定的不符`);
    }
  }
  const last = proposals.at(-1);
  const proposedFen = last ? (last.facts['outcome'] === 'refuse' ? 0 : (last.facts['payableFen'] ?? null)) : null;
  if (content.proposedFen !== proposedFen)
    report(last?.seq ?? null, 'amountDiffers', '办件登记的拟支付金额与拟定的不符');
}

/** Accounts that were put in the place of the filed one. */
function comparePayees(cipher: ColumnCipher, { payees }: CaseContent, acts: Acts, report: Report): void {
  const proposed = acts.filter(({ act, facts }) => act === 'propose' && facts['payeeDigest'] !== undefined);
  for (const { seq, facts } of proposed) {
    const compute = () =>
      payeeDigest(cipher, openPayee(cipher, payees.find((one) => one.seq === seq)!.sealed)).toString('hex');
    if (!isSame(facts['payeeDigest'], compute)) report(seq, 'amountDiffers', `收款账户与第 ${seq} 步更改的不符`);
  }
  for (const { seq } of payees) {
    if (!proposed.some((act) => act.seq === seq))
      report(seq, 'amountDiffers', `第 ${seq} 步没有更改收款账户,却有新账户`);
  }
}

function compareDecisions(content: CaseContent, acts: Acts, report: Report): void {
  const outcomes = { approve: 'approved', reject: 'rejected', supplementPayout: 'approved' } as const;
  const deciding = acts.filter(({ act }) => act in outcomes);
  const voided = new Set<unknown>(acts.map(({ facts }) => facts['voidedDecisionId']).filter((id) => id !== undefined));
  for (const { seq, act, facts, actorId, at } of deciding) {
    const decision = content.decisions.find(({ id }) => id === facts['decisionId']);
    const agrees =
      decision?.outcome === outcomes[act as keyof typeof outcomes] &&
      decision.payableFen === (facts['payableFen'] ?? 0) &&
      decision.payeeDigest?.toString('hex') === facts['payeeDigest'] &&
      decision.decidedBy === (facts['decidedBy'] ?? actorId) &&
      decision.decidedAt.toISOString() === at &&
      decision.voided === voided.has(decision.id);
    if (!agrees) report(seq, 'amountDiffers', `决定缺失或与第 ${seq} 步审批的不符`);
  }
  const known = new Set(deciding.map(({ facts }) => facts['decisionId']));
  if (content.decisions.some(({ id }) => !known.has(id))) report(null, 'amountDiffers', '有决定没有审批记录');
  // What was added later (补付) changes no figure of the case.
  const live = deciding
    .filter(({ act, facts }) => act !== 'supplementPayout' && !voided.has(facts['decisionId']))
    .at(-1);
  if (content.payableFen !== (live ? (live.facts['payableFen'] ?? 0) : null)) {
    report(live?.seq ?? null, 'amountDiffers', '办件登记的应支付金额与审批的不符');
  }
}

function compareOrders(cipher: ColumnCipher, { orders, decisions }: CaseContent, acts: Acts, report: Report): void {
  for (const order of orders) {
    const actOf = (act: string) => acts.find((one) => one.act === act && one.facts['orderNo'] === order.orderNo);
    const drawn = actOf('preparePayout');
    if (!drawn) continue; // `orderWithoutAct`
    const decision = decisions.find(({ id }) => id === order.decisionId);
    const digest = order.payeeDigest.toString('hex');
    // What came to nothing was drawn for what was due then; 抵扣 came between.
    const isDead = ['failed', 'returned', 'void'].includes(order.state);
    const dueFen = (decision?.payableFen ?? 0) - (isDead ? 0 : (decision?.offsetFen ?? 0));
    const isDue = isDead ? order.amountFen <= dueFen : order.amountFen === dueFen;
    if (order.amountFen !== drawn.facts['amountFen'] || !isDue) {
      report(drawn.seq, 'amountDiffers', `拨付单 ${order.orderNo} 的金额与决定或第 ${drawn.seq} 步制定的不符`);
    }
    const compute = () => payeeDigest(cipher, openPayee(cipher, order.payeeEnc)).toString('hex');
    if (drawn.facts['payeeDigest'] !== digest || !isSame(digest, compute)) {
      report(drawn.seq, 'amountDiffers', `拨付单 ${order.orderNo} 的收款人与第 ${drawn.seq} 步制定的不符`);
    }
    const persons: [string, string | null, string | undefined][] = [
      ['制定', order.drawnBy, drawn.actorId],
      ['复核', order.reviewedBy, actOf('confirmPayout')?.actorId],
      ['审批', order.releasedBy, actOf('releasePayout')?.actorId],
    ];
    for (const [what, person, actor] of persons) {
      if ((person ?? undefined) !== actor) {
        report(drawn.seq, 'amountDiffers', `拨付单 ${order.orderNo} 的${what}人与办理记录不符`);
      }
    }
  }
}

function compareSeals(content: CaseContent, acts: Acts, report: Report): void {
  for (const { seq, facts } of acts.filter(({ act }) => act === 'archive')) {
    const kept = content.seals.find((one) => one.seq === seq);
    const fault = (what: string) => report(seq, 'sealDiffers', `第 ${seq} 步归档的${what}`);
    if (!kept) {
      fault('清单缺失');
      continue;
    }
    const hash = createHash('sha256').update(canonical(kept.documents)).digest('hex');
    if (hash !== facts['seal'] || kept.seal.toString('hex') !== facts['seal']) fault('清单与封存值不符');
    const { documents } = kept;
    const papers = (content.filing?.papers ?? []).filter(({ removed }) => !removed);
    const stands = documents.attachments.every((sealed) =>
      papers.some(({ id, paper, sha256 }) => id === sealed.id && paper === sealed.paper && sha256 === sealed.sha256),
    );
    const isLast = content.stage === 'closed' && seq === acts.at(-1)?.seq;
    if (!stands || (isLast && papers.length !== documents.attachments.length)) fault('材料与现有材料不符');
    const before = acts.filter((act) => act.seq < seq);
    const sameActs = documents.acts.every(
      (sealed, index) => before[index]?.seq === sealed.seq && before[index].hash.toString('hex') === sealed.hash,
    );
    if (!sameActs || before.length !== documents.acts.length) fault('办理记录与现有记录不符');
    const sameOrders = documents.orders.every((sealed) =>
      content.orders.some(
        (order) =>
          order.orderNo === sealed.orderNo &&
          order.amountFen === sealed.amountFen &&
          // 退票 comes after the archive: then the order has moved on, and an act or a wake-up says so.
          (order.state === sealed.state ? order.bankReference === sealed.bankReference : order.state === 'returned'),
      ),
    );
    if (!sameOrders || (isLast && content.orders.length !== documents.orders.length)) fault('拨付单与现有拨付单不符');
  }
}
