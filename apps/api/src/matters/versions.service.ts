import { Injectable } from '@nestjs/common';
import type {
  ApproveVersion,
  DraftVersion,
  DraftView,
  RejectProposal,
  StoredDefinition,
  VersionList,
} from '@banjie/contracts';
import {
  checkCalendars,
  checkDefinition,
  definitionDifferences,
  DomainError,
  patchDefinition,
  shanghaiDate,
  type MatterDefinition,
} from '@banjie/domain';
import {
  addDefinitionDraft,
  findDefinition,
  findDefinitionDraft,
  findDefinitionInForce,
  findNewestDefinition,
  findOwnOpenCase,
  findWaitingDrafts,
  judgeDefinitionDraft,
  listVersions,
  lockMatter,
  rows,
  type DefinitionDraft,
  currentCalendar,
} from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const verdictLabels = { approved: '批准', rejected: '驳回' } as const;
const stateLabels = { waiting: '待批准', published: '已发布', rejected: '已驳回' } as const;

/** Drafts of new versions and what a second person says of them. Every change asks the rows again under the lock of the matter. */
@Injectable()
export class VersionsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(matter: string): Promise<VersionList> {
    const { manager } = this.dataSource;
    const newest = await getNewest(manager, matter);
    const inForce = await findDefinitionInForce(manager, matter, shanghaiDate(Date.now()));
    const versions = await listVersions(manager, matter);
    const waiting = await findWaitingDrafts(manager, matter);
    return {
      matter,
      label: newest.label,
      inForce: inForce?.version ?? null,
      versions: versions.map((version) => ({ ...version, publishedAt: shanghaiInstant(version.publishedAt) })),
      waiting: waiting.map(({ draftId, version, effectiveFrom, draftedBy }) => ({
        ...{ draftId, version, effectiveFrom, draftedBy },
      })),
    };
  }

  async definition(matter: string, version: number): Promise<StoredDefinition> {
    const found = await findDefinition(this.dataSource.manager, matter, version);
    if (!found) throw new DomainError('UNKNOWN_VERSION', { version });
    const { effectiveFrom, version: number, ...definition } = found;
    return { version: number, effectiveFrom, definition };
  }

  /** @throws DomainError UNKNOWN_MATTER; OWN_CASE_AFFECTED; DEFINITION_DATE_PAST; DEFINITION_FAULTY; DEFINITION_UNCHANGED */
  async draft(account: Account, matter: string, body: DraftVersion): Promise<DraftView> {
    return this.dataSource.transaction(async (manager) => {
      await lockMatter(manager, matter);
      const base = await getNewest(manager, matter);
      await demandUninvolved(manager, matter, account);
      const definition = drawnUp(base, body);
      demandDate(definition, base);
      await demandSound(manager, definition, matter);
      if (definitionDifferences(base, definition).every(({ path }) => beside.has(path))) {
        throw new DomainError('DEFINITION_UNCHANGED', { version: base.version });
      }
      const draft = { definition, baseVersion: base.version, draftedBy: account.id, at: new Date() };
      return draftView(manager, await getDraft(manager, matter, await addDefinitionDraft(manager, draft)));
    });
  }

  async view(matter: string, draftId: string): Promise<DraftView> {
    const { manager } = this.dataSource;
    return draftView(manager, await getDraft(manager, matter, draftId));
  }

  /** @throws DomainError DRAFT_NOT_FOUND; DRAFT_JUDGED; SECOND_PERSON_NEEDED; OWN_CASE_AFFECTED; DRAFT_DIGEST; DEFINITION_OUTDATED; DEFINITION_DATE_PAST; DEFINITION_FAULTY */
  async approve(account: Account, matter: string, draftId: string, { digest }: ApproveVersion): Promise<DraftView> {
    return this.judge(account, matter, draftId, async (manager, draft) => {
      if (draft.digest !== digest) throw new DomainError('DRAFT_DIGEST', {}, 'digest');
      const newest = await getNewest(manager, matter);
      if (newest.version !== draft.baseVersion) {
        throw new DomainError('DEFINITION_OUTDATED', { baseVersion: draft.baseVersion, newest: newest.version });
      }
      // Days have passed since it was drawn up.
      demandDate(draft.body, newest);
      await demandSound(manager, draft.body, matter);
      await judgeDefinitionDraft(manager, draft, {
        ...{ verdict: 'approved', reason: null, judgedBy: account.id, at: new Date() },
      });
    });
  }

  async reject(account: Account, matter: string, draftId: string, { reason }: RejectProposal): Promise<DraftView> {
    return this.judge(account, matter, draftId, (manager, draft) =>
      judgeDefinitionDraft(manager, draft, { verdict: 'rejected', reason, judgedBy: account.id, at: new Date() }),
    );
  }

  private async judge(
    account: Account,
    matter: string,
    draftId: string,
    work: (manager: EntityManager, draft: DefinitionDraft) => Promise<void>,
  ): Promise<DraftView> {
    return this.dataSource.transaction(async (manager) => {
      await lockMatter(manager, matter);
      const draft = await getDraft(manager, matter, draftId);
      if (draft.verdict) {
        const facts = { judge: draft.judgedBy!.name, verdict: verdictLabels[draft.verdict] };
        throw new DomainError('DRAFT_JUDGED', facts);
      }
      if (draft.draftedBy.id === account.id) throw new DomainError('SECOND_PERSON_NEEDED');
      await demandUninvolved(manager, matter, account);
      await work(manager, draft);
      return draftView(manager, await getDraft(manager, matter, draftId));
    });
  }
}

/** Said beside the content: a draft that changes nothing else changes nothing. */
const beside = new Set(['effectiveFrom', 'sourceDocument']);

function drawnUp(base: MatterDefinition, { effectiveFrom, sourceDocument, ...body }: DraftVersion): MatterDefinition {
  const content = body.definition ?? patchDefinition(base, body.changes ?? {});
  return { ...content, version: base.version + 1, effectiveFrom, sourceDocument };
}

async function getNewest(manager: EntityManager, matter: string): Promise<MatterDefinition> {
  const newest = await findNewestDefinition(manager, matter);
  if (!newest) throw new DomainError('UNKNOWN_MATTER', { matter });
  return newest;
}

async function getDraft(manager: EntityManager, matter: string, draftId: string): Promise<DefinitionDraft> {
  const draft = await findDefinitionDraft(manager, matter, draftId);
  if (!draft) throw new DomainError('DRAFT_NOT_FOUND');
  return draft;
}

/** SD-06: never by someone who holds an affected open case. */
export async function demandUninvolved(manager: EntityManager, matter: string, account: Account): Promise<void> {
  const caseNo = await findOwnOpenCase(manager, matter, account.id);
  if (caseNo !== null) throw new DomainError('OWN_CASE_AFFECTED', { caseNo });
}

/** Versions follow one another: a later number never begins earlier, or it would undo the one between silently. */
function demandDate({ effectiveFrom }: MatterDefinition, newest: MatterDefinition): void {
  const today = shanghaiDate(Date.now());
  const earliest = newest.effectiveFrom > today ? newest.effectiveFrom : today;
  if (effectiveFrom < earliest) {
    throw new DomainError('DEFINITION_DATE_PAST', { effectiveFrom, earliest }, 'effectiveFrom');
  }
}

/** @throws DomainError DEFINITION_FAULTY with every sentence in `facts.faults` */
async function demandSound(manager: EntityManager, definition: MatterDefinition, matter: string): Promise<void> {
  const faults = [
    ...(definition.matter === matter ? [] : [`定义写的是事项 ${definition.matter},不是 ${matter}`]),
    ...checkDefinition(definition),
    ...(await clocksWithoutCalendar(manager, definition)),
  ];
  if (faults.length > 0) throw new DomainError('DEFINITION_FAULTY', { reason: faults.join(';'), faults }, 'definition');
}

/** Every clock counts in every region that has an agency: there must be a calendar to count in (T-13). */
async function clocksWithoutCalendar(manager: EntityManager, definition: MatterDefinition): Promise<string[]> {
  const regions = (
    await rows<{ region: string }>(manager, `SELECT DISTINCT region_code AS region FROM agency ORDER BY 1`)
  ).map(({ region }) => region);
  const counted = new Map<string, boolean>();
  for (const region of regions) counted.set(region, await hasCalendar(manager, region));
  return checkCalendars(definition, regions, (region) => counted.get(region) === true);
}

async function hasCalendar(manager: EntityManager, regionCode: string): Promise<boolean> {
  try {
    return Object.keys((await currentCalendar(manager, { regionCode })).years).length > 0;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

async function draftView(manager: EntityManager, draft: DefinitionDraft): Promise<DraftView> {
  const base = await findDefinition(manager, draft.matter, draft.baseVersion);
  const state = draft.verdict === null ? 'waiting' : draft.verdict === 'approved' ? 'published' : 'rejected';
  const { draftId, matter, version, effectiveFrom, digest, draftedBy, judgedBy } = draft;
  return {
    ...{ draftId, matter, version, effectiveFrom, digest, draftedBy, judgedBy, state },
    sourceDocument: draft.body.sourceDocument,
    stateLabel: stateLabels[state],
    draftedAt: shanghaiInstant(draft.draftedAt),
    judgedAt: shanghaiInstant(draft.judgedAt),
    rejectionReason: draft.reason,
    comparedWithVersion: draft.baseVersion,
    differences: base ? definitionDifferences(base, draft.body) : [],
  };
}
