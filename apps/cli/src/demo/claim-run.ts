import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttachmentAnswer,
  type CaseView,
  type CheckAnswer,
  type ExampleActStep,
  type ExampleClaim,
  type ExamplePaper,
  type ExampleStep,
  type FilingAnswer,
  type InboxAnswer,
  type SubmitAnswer,
} from '@banjie/contracts';
import { duties, staffActs } from '@banjie/domain';
import { formWith, readPaper } from './example-files';
import { type Answer, patienceMs, persist, refusalOf } from './http';
import { NotAsExpected } from './outcome';
import type { ProgressJournal } from './progress-journal';
import { replaced, runValues, uuidOf } from './run-values';
import type { RunningSystem } from './running-system';
import { dateOf } from './counting';
import type { Staff, StaffSession } from './staff';

export interface RunContext {
  run: string;
  system: RunningSystem;
  examplesHome: string;
  staff: Staff;
  journal: ProgressJournal;
  tell: (line: string) => void;
}

type StepOf<Do extends ExampleStep['do']> = Extract<ExampleStep, { do: Do }>;

/** A case on its way: what the package calls it, and how many acts of the staff it has had by the steps so far. */
interface Running {
  caseNo: string;
  actsSoFar: number;
  attachmentIds: string[];
}

/** The system itself is at work here; a person only waits. */
const systemStages = new Set(['pay', 'archive']);
const lookAgainMs = 400;
/** A 退票 reopens a closed case; while the engine comes back the word of it may wait behind 送达 and 归档. */
const isSystemAtWork = ({ stage, orders }: CaseView) =>
  systemStages.has(stage) || (stage === 'closed' && orders.at(-1)?.state === 'returned');

/**
 * Drives the claims of one package, step by step. A repeated run with the same seed finds its cases, compares the acts they have had
 * with the steps, and goes on with the first that is missing; each act is sent under an `actionId` made from seed, package,
 * step and `seq`, so that whatever was cut off in between is either found done or done once.
 */
export class ClaimRun {
  readonly cases = new Map<string, Running>();
  readonly refusals: string[] = [];
  private readonly values: Map<string, string>;

  constructor(
    private readonly claim: ExampleClaim,
    private readonly context: RunContext,
  ) {
    this.values = runValues(context.run, claim);
  }

  async walk(): Promise<void> {
    for (const person of this.claim.persons) await this.register(person);
    for (const [index, step] of this.claim.steps.entries()) await this.step(step, index);
  }

  /** The case as it stands, for someone of the home agency who may read it. */
  async view(caseNo: string): Promise<CaseView> {
    const [reader] = this.context.staff.of({ post: 'initialReviewer' }, this.claim.name);
    return this.good<CaseView>(await reader!.get(`/api/cases/${caseNo}`), '查看办件');
  }

  private async register(person: ExampleClaim['persons'][number]): Promise<void> {
    const answer = await this.context.staff.admin.post('/api/registry/persons', {
      ...replaced(person, this.values),
      regionCode: '450200',
    });
    this.good(answer, '登记参保人');
  }

  private step(step: ExampleStep, index: number): Promise<void> {
    switch (step.do) {
      case 'file':
        return this.file(step, index);
      case 'act':
        return step.refusedWith ? this.refusedAct(step, index) : this.act(step, index);
      case 'attach':
        return this.attach(step, index);
      case 'bankFault':
        return this.bankFault(step, index);
      case 'await':
        return this.wait(step);
    }
  }

  // ---- 收件

  private async file(step: StepOf<'file'>, index: number): Promise<void> {
    const { journal, staff } = this.context;
    const [clerk] = staff.of(step.by, this.key(index));
    if (step.refusedWith && journal.met(this.claim.name, index)) {
      this.refusals.push(journal.met(this.claim.name, index)!);
      return;
    }
    const filed = journal.filed(this.claim.name, index);
    if (filed) return this.start(step.case, filed);

    const earlier = journal.draft(this.claim.name, index);
    const filingId = earlier ?? (await this.draft(clerk!, step, index));
    const answer = await clerk!.post(`/api/filings/${filingId}/submit`, { actionId: uuidOf(this.key(index)) });
    if (step.refusedWith) {
      this.meet(answer, step.refusedWith, index, '收件');
      const kept = this.good<FilingAnswer>(await clerk!.get(`/api/filings/${filingId}`), '查看草稿');
      if (kept.state !== 'draft') throw new NotAsExpected('收件被拒后草稿没有保留');
      return;
    }
    const received = this.good<SubmitAnswer>(answer, '收件');
    this.compareGaps(received.gaps, step.gaps, '收件');
    journal.add({ package: this.claim.name, kind: 'filed', step: index, caseNo: received.caseNo });
    this.tell(`收件 ${received.caseNo}`);
    this.start(step.case, received.caseNo);
  }

  private start(label: string, caseNo: string): void {
    this.cases.set(label, { caseNo, actsSoFar: 0, attachmentIds: [] });
  }

  /** Draft, papers, statement, check. Journaled only when it is whole: a draft cut off in between is made anew. */
  private async draft(clerk: StaffSession, step: StepOf<'file'>, index: number): Promise<string> {
    const { examplesHome, journal } = this.context;
    const filing = this.claim.filings[step.filing];
    if (!filing) throw new Error(`${this.claim.name} has no filing ${step.filing}`);
    const application = JSON.parse(
      readPaper(examplesHome, this.claim.name, filing.application).toString('utf8'),
    ) as unknown;
    const body = replaced(application, this.values);
    const created = await clerk.post('/api/filings', { matter: 'inpatientReimbursement', body });
    const { id } = this.good<{ id: string }>(created, '新建草稿');
    for (const paper of filing.papers) await this.upload(clerk, `/api/filings/${id}/attachments`, paper);
    const statement = readPaper(examplesHome, this.claim.name, filing.statement);
    const read = await clerk.upload(`/api/filings/${id}/statement`, () => formWith(statement, filing.statement, {}));
    this.good(read, '上传费用清单');
    const check = this.good<CheckAnswer>(await clerk.get(`/api/filings/${id}/check`), '检查材料');
    this.compareGaps(check.gaps, step.gaps, '材料检查');
    journal.add({ package: this.claim.name, kind: 'draft', step: index, filingId: id });
    return id;
  }

  private async upload(clerk: StaffSession, path: string, paper: ExamplePaper): Promise<AttachmentAnswer> {
    const bytes = readPaper(this.context.examplesHome, this.claim.name, paper.file);
    const fields = { paper: paper.paper, facts: JSON.stringify(replaced(paper.facts, this.values)) };
    return this.good(await clerk.upload(path, () => formWith(bytes, paper.file, fields)), `上传 ${paper.file}`);
  }

  private compareGaps(found: readonly { code: string }[], expected: readonly string[], where: string): void {
    const codes = (list: readonly string[]) => [...list].sort().join('、') || '无';
    const got = codes(found.map(({ code }) => code));
    if (got !== codes(expected)) throw new NotAsExpected(`${where}:欠缺应为 ${codes(expected)},实为 ${got}`);
  }

  // ---- acts

  private async act(step: ExampleActStep, index: number): Promise<void> {
    const running = this.runningOf(step.case);
    const place = running.actsSoFar;
    running.actsSoFar += 1;
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const view = await this.view(running.caseNo);
      const done = staffActsOf(view)[place];
      if (done) return this.compareDone(step, done, view, index);
      if (view.stage !== step.at) {
        if (!isSystemAtWork(view) || Date.now() > giveUpAt) throw this.elsewhere(step, view);
        await sleep(lookAgainMs);
        continue;
      }
      const actor = this.actorFor(step, view, index);
      await this.lookUpInbox(actor, step, view);
      const answer = await this.send(actor, step, view, index);
      const refused = refusalOf(answer);
      if (!refused) {
        this.tell(`${view.stageLabel} ${step.body.act}`);
        if (!step.again) return;
        continue; // the timeline now shows it; `compareDone` sends it once more from the stale screen
      }
      // Somebody of an earlier run holds the task, or the engine is still catching up with the rows after a crash.
      const mayPass = ['CASE_MOVED', 'TASK_HELD', 'ACTION_REUSED', 'CASE_BUSY'].includes(refused.code);
      if (!mayPass || Date.now() > giveUpAt) {
        throw new NotAsExpected(`${step.at} ${step.body.act} 被拒:${refused.code} ${refused.message}`);
      }
      await sleep(lookAgainMs);
    }
  }

  private async send(actor: StaffSession, step: ExampleActStep, view: CaseView, index: number): Promise<Answer> {
    const path = `/api/cases/${view.caseNo}/acts`;
    if (step.heldFirst && !this.context.journal.met(this.claim.name, index))
      await this.heldByMe(actor, step, view, index);
    else if (step.heldFirst) this.noteRefusal(this.context.journal.met(this.claim.name, index)!);
    const body = this.bodyFor(step, view);
    const actionId = uuidOf(`${this.key(index)}/${view.seq}/${actor.account.username}`);
    return actor.postWhenFree(path, { ...body, actionId, seenSeq: view.seq });
  }

  /** The actor takes the task; a colleague of the same post tries to act and hears who holds it. */
  private async heldByMe(actor: StaffSession, step: ExampleActStep, view: CaseView, index: number): Promise<void> {
    const colleague = this.context.staff
      .of(step.by, this.key(index))
      .find(({ account }) => account.id !== actor.account.id);
    if (!colleague || !view.task) throw new Error(`nobody to try the task of ${view.caseNo}`);
    this.good(await actor.post(`/api/tasks/${view.task.taskId}/take`, {}), '认领');
    const body = { ...this.bodyFor(step, view), actionId: uuidOf(`${this.key(index)}/colleague`), seenSeq: view.seq };
    const answer = await colleague.postWhenFree(`/api/cases/${view.caseNo}/acts`, body);
    this.meet(answer, ['TASK_HELD'], index, '他人已认领');
  }

  private async refusedAct(step: ExampleActStep, index: number): Promise<void> {
    const running = this.runningOf(step.case);
    const met = this.context.journal.met(this.claim.name, index);
    if (met) {
      this.noteRefusal(met);
      return;
    }
    const view = await this.view(running.caseNo);
    if (staffActsOf(view).length > running.actsSoFar) {
      throw new NotAsExpected(`${step.at} ${step.body.act} 应被拒绝的一步已经过去,没有留下记录`);
    }
    if (view.stage !== step.at) throw this.elsewhere(step, view);
    const conflict = step.refusedWith!.includes('DUTY_CONFLICT');
    const actor = conflict ? this.conflictedActor(step, view) : this.actorFor(step, view, index);
    if (conflict) await this.absentFromInbox(actor, view);
    const body = { ...this.bodyFor(step, view), actionId: uuidOf(this.key(index)), seenSeq: view.seq };
    const answer = await actor.postWhenFree(`/api/cases/${running.caseNo}/acts`, body);
    this.meet(answer, step.refusedWith!, index, `${step.at} ${step.body.act}`);
    const after = await this.view(running.caseNo);
    if (after.seq !== view.seq)
      throw new NotAsExpected(`被拒绝的 ${step.body.act} 使办件从 ${view.seq} 变为 ${after.seq}`);
  }

  /** The act stands in the timeline: the right one? Then, where the step says so, the second click on the stale screen. */
  private async compareDone(
    step: ExampleActStep,
    done: CaseView['acts'][number],
    view: CaseView,
    index: number,
  ): Promise<void> {
    if (done.act !== step.body.act) {
      throw new NotAsExpected(`第 ${done.seq} 步应为 ${step.body.act},实为 ${done.act}`);
    }
    if (step.again) {
      const met = this.context.journal.met(this.claim.name, index);
      if (met) this.noteRefusal(met);
      else await this.clickAgain(step, done, view, index);
    } else if (step.heldFirst && !this.refusals.includes('TASK_HELD')) {
      const met = this.context.journal.met(this.claim.name, index);
      if (!met) throw new NotAsExpected('没有他人认领时被拒的记录');
      this.noteRefusal(met);
    }
  }

  private async clickAgain(
    step: ExampleActStep,
    done: CaseView['acts'][number],
    view: CaseView,
    index: number,
  ): Promise<void> {
    const actor = this.context.staff.byId(done.actorId);
    if (!actor) throw new NotAsExpected(`第 ${done.seq} 步的办理人 ${done.actorId} 不是演示账号`);
    const body = { ...this.bodyFor(step, view), actionId: uuidOf(`${this.key(index)}/again`), seenSeq: done.seq - 1 };
    const answer = await actor.post(`/api/cases/${view.caseNo}/acts`, body);
    this.meet(answer, ['CASE_MOVED', 'CASE_BUSY'], index, '双击');
  }

  // ---- who

  private actorFor(step: ExampleActStep, view: CaseView, index: number): StaffSession {
    const fitting = this.context.staff.of(step.by, this.key(index));
    const holder = view.task?.holder && fitting.find(({ account }) => account.id === view.task?.holder?.id);
    if (holder) return holder;
    if (!isDuty(view.stage)) return fitting[0]!;
    const held = (session: StaffSession) => view.duties.find(({ personId }) => personId === session.account.id)?.duty;
    const before = fitting.find((session) => held(session) === view.stage);
    const free = before ?? fitting.find((session) => held(session) === undefined);
    if (!free) throw new NotAsExpected(`${view.stageLabel} 没有可以办理的人:都已在本件中承担其他职责`);
    return free;
  }

  private conflictedActor(step: ExampleActStep, view: CaseView): StaffSession {
    const fitting = this.context.staff.of(step.by, this.claim.name);
    const conflicted = fitting.find(({ account }) => view.duties.some(({ personId }) => personId === account.id));
    if (!conflicted) throw new NotAsExpected('没有已在本件中承担职责的人可供尝试');
    return conflicted;
  }

  /** A task of the actor's post stands in the actor's inbox; the applicant's acts have no task. */
  private async lookUpInbox(actor: StaffSession, step: ExampleActStep, view: CaseView): Promise<void> {
    if (view.waiting || ['withdraw', 'supplement'].includes(step.body.act)) return;
    const listed = await this.findInInbox(actor, view);
    if (listed === false)
      throw new NotAsExpected(`${view.stageLabel} 的任务不在 ${actor.account.username} 的待办列表中`);
  }

  private async absentFromInbox(actor: StaffSession, view: CaseView): Promise<void> {
    if ((await this.findInInbox(actor, view)) === true) {
      throw new NotAsExpected(`待办列表把有职责冲突的任务给了 ${actor.account.username}`);
    }
  }

  /** True or false; null when the list is too long to be read to its end. */
  private async findInInbox(actor: StaffSession, view: CaseView): Promise<boolean | null> {
    let after = '';
    for (let page = 0; page < 10; page += 1) {
      const query = `stage=${view.stage}&holder=all&limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
      const inbox = this.good<InboxAnswer>(await actor.get(`/api/inbox?${query}`), '待办列表');
      if (inbox.items.some(({ caseNo }) => caseNo === view.caseNo)) return true;
      if (inbox.next === null) {
        // Between the look at the case and this one a colleague or the system may have moved it on.
        return (await this.view(view.caseNo)).seq === view.seq ? false : null;
      }
      after = inbox.next;
    }
    return null;
  }

  // ---- what

  private bodyFor(step: ExampleActStep, view: CaseView): Record<string, unknown> {
    const body: Record<string, unknown> = { ...replaced(step.body, this.values) };
    if (body.payableFen === 'shown') body.payableFen = view.proposedFen;
    if (body.deliveredOn === 'today') body.deliveredOn = dateOf(new Date().toISOString());
    const { attachmentIds } = this.runningOf(step.case);
    if (body.act === 'supplement' || (body.act === 'preparePayout' && attachmentIds.length > 0)) {
      body.attachmentIds = attachmentIds;
    }
    return body;
  }

  // ---- the applicant, the bank, the system

  private async attach(step: StepOf<'attach'>, index: number): Promise<void> {
    const running = this.runningOf(step.case);
    const view = await this.view(running.caseNo);
    if (staffActsOf(view).length > running.actsSoFar) return;
    const [clerk] = this.context.staff.of(step.by, this.key(index));
    running.attachmentIds = [];
    for (const paper of step.papers) {
      const { id } = await this.upload(clerk!, `/api/cases/${running.caseNo}/attachments`, paper);
      running.attachmentIds.push(id);
    }
  }

  private async bankFault(step: StepOf<'bankFault'>, index: number): Promise<void> {
    const { journal, system } = this.context;
    if (journal.isDone(this.claim.name, index)) return;
    const payeeAccount = this.values.get(step.account) ?? step.account;
    const fault = { ...step.fault, match: { ...step.fault.match, payeeAccount } };
    const answer = await persist({ method: 'POST', url: `${system.bankUrl}/faults`, json: fault });
    this.good(answer, '设置银行故障');
    journal.add({ package: this.claim.name, kind: 'done', step: index });
  }

  private async wait(step: StepOf<'await'>): Promise<void> {
    const running = this.runningOf(step.case);
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const view = await this.view(running.caseNo);
      const state = view.orders.at(-1)?.state;
      if (view.stage === step.stage && (!step.orderState || state === step.orderState)) return;
      if (staffActsOf(view).length > running.actsSoFar) return; // a repeated run: the case is further on
      if (Date.now() > giveUpAt) {
        throw new NotAsExpected(
          `等待 ${step.stage}${step.orderState ? `(拨付单 ${step.orderState})` : ''} 超过三分钟,办件在 ${view.stage}`,
        );
      }
      await sleep(lookAgainMs);
    }
  }

  // ---- small things

  private runningOf(label: string): Running {
    const running = this.cases.get(label);
    if (!running) throw new Error(`${this.claim.name}: the case ${label} was not filed`);
    return running;
  }

  private meet(answer: Answer, expected: readonly string[], index: number, what: string): void {
    const code = refusalOf(answer)?.code;
    if (code === undefined || !expected.includes(code)) {
      throw new NotAsExpected(`${what} 应被拒绝(${expected.join('、')}),实为 ${code ?? `${answer.status}`}`);
    }
    this.context.journal.add({ package: this.claim.name, kind: 'met', step: index, code });
    this.noteRefusal(code);
  }

  private noteRefusal(code: string): void {
    this.refusals.push(code);
  }

  private elsewhere(step: ExampleActStep, view: CaseView): NotAsExpected {
    return new NotAsExpected(`${step.body.act} 应在 ${step.at} 办理,办件在 ${view.stage}`);
  }

  private good<Body>(answer: Answer, what: string): Body {
    const refused = refusalOf(answer);
    if (refused) throw new NotAsExpected(`${what}:${refused.code} ${refused.message}`);
    return answer.body as Body;
  }

  private key(index: number): string {
    return `${this.context.run}/${this.claim.name}/${index}`;
  }

  private tell(line: string): void {
    this.context.tell(`${this.claim.name}: ${line}`);
  }
}

/** The acts of people in their order; 收件 is an act of the window and stands before all of them. */
function staffActsOf(view: CaseView): CaseView['acts'] {
  return view.acts.filter(({ act }) => (staffActs as readonly string[]).includes(act));
}

function isDuty(stage: string): boolean {
  return (duties as readonly string[]).includes(stage);
}
