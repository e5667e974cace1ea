import { Injectable } from '@nestjs/common';
import type {
  MovementProposal,
  MovementProposals,
  MovementsQuery,
  ProposeMovement,
  Recoveries,
  RecoveriesQuery,
} from '@banjie/contracts';
import {
  DomainError,
  judgeMovementRight,
  movementKinds,
  movementLabels,
  offsetBases,
  recoveryReasons,
  supplementReasons,
  type MovementKind,
  type MovementStep,
} from '@banjie/domain';
import {
  approveMovement,
  checkMovementProposal,
  ColumnCipher,
  findFinanceProposal,
  listFinanceProposals,
  listRecoveries,
  proposeMovement,
  refuseMovement,
  type FinanceProposal,
  type Movement,
  type OffsetFacts,
  type RecoveryFacts,
  type SupplementFacts,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const pageSize = 50;

/** What was paid and should not have been: claims of the own agency, and their three persons. */
@Injectable()
export class RecoveriesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  async list({ agencyId }: Account, { before, open }: RecoveriesQuery): Promise<Recoveries> {
    const found = await listRecoveries(this.dataSource, {
      ...{ agencyId, onlyOpen: open === 'true', limit: pageSize },
      before: before === undefined ? null : new Date(before),
    });
    const last = found.length === pageSize ? found.at(-1)! : null;
    return {
      items: found.map(({ at, ...claim }) => ({
        ...claim,
        reasonLabel: recoveryReasons[claim.reason].label,
        clause: recoveryReasons[claim.reason].clause,
        at: shanghaiInstant(at),
      })),
      next: last && last.at.toISOString(),
    };
  }

  async proposals(account: Account, { before }: MovementsQuery): Promise<MovementProposals> {
    const found = await listFinanceProposals(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, kinds: movementKinds, limit: pageSize },
      before: before === undefined ? null : new Date(before),
    });
    const last = found.length === pageSize ? found.at(-1)! : null;
    return { items: found.map((one) => viewOf(one, account)), next: last && last.proposedAt.toISOString() };
  }

  /**
   * @throws DomainError NOT_YOUR_POST, RECOVERY_UNFIT, RECOVERY_NOT_FOUND, OFFSET_UNFIT, FINANCE_OWN_CASE, FINANCE_PROPOSAL_OPEN,
   * ACTION_REUSED
   */
  async propose(account: Account, { id, movement: asked, text, document }: ProposeMovement): Promise<MovementProposal> {
    demandRight(asked.kind, 'propose', account);
    await this.dataSource.transaction((manager) =>
      proposeMovement(manager, this.cipher, {
        ...{ id, agencyId: account.agencyId, movement: movementFrom(asked), words: { text, document } },
        ...{ proposedBy: account.id, at: new Date() },
      }),
    );
    return viewOf(await this.get(account, id), account);
  }

  /** @throws DomainError NOT_YOUR_POST, FINANCE_PROPOSAL_NOT_FOUND, _DECIDED, _OWN, FINANCE_EARLIER_OWN_CASE, and as `propose` */
  async check(account: Account, id: string): Promise<MovementProposal> {
    const { kind } = await this.get(account, id);
    demandRight(kind, 'check', account);
    const check = { id, agencyId: account.agencyId, kind, checkedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => checkMovementProposal(manager, this.cipher, check));
    return viewOf(await this.get(account, id), account);
  }

  /** @throws DomainError NOT_YOUR_POST, FINANCE_PROPOSAL_UNCHECKED, MOVEMENT_CHANGED, and as `check` */
  async confirm(account: Account, id: string): Promise<MovementProposal> {
    const { kind } = await this.get(account, id);
    demandRight(kind, 'approve', account);
    const decision = { id, agencyId: account.agencyId, kind, decidedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => approveMovement(manager, this.cipher, decision));
    return viewOf(await this.get(account, id), account);
  }

  /** @throws DomainError NOT_YOUR_POST, FINANCE_PROPOSAL_NOT_FOUND, _DECIDED, _OWN */
  async refuse(account: Account, id: string, reason: string): Promise<MovementProposal> {
    const { kind } = await this.get(account, id);
    if (!judgeMovementRight(kind, 'check', account.posts).allowed) demandRight(kind, 'approve', account);
    const decision = { id, agencyId: account.agencyId, kind, decidedBy: account.id, reason, at: new Date() };
    await this.dataSource.transaction((manager) => refuseMovement(manager, this.cipher, decision));
    return viewOf(await this.get(account, id), account);
  }

  private async get({ agencyId }: Account, id: string): Promise<FinanceProposal & { kind: MovementKind }> {
    const found = await findFinanceProposal(this.dataSource, this.cipher, { agencyId, id });
    if (!found || !isMovement(found)) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
    return found;
  }
}

const isMovement = (found: FinanceProposal): found is FinanceProposal & { kind: MovementKind } =>
  (movementKinds as readonly string[]).includes(found.kind);

/** Absent is absent: what stands in the facts is signed. */
function movementFrom(asked: ProposeMovement['movement']): Movement {
  if (asked.kind === 'offset') {
    const { recoveryNo, caseNo, amountFen, basis } = asked;
    return { kind: 'offset', facts: { recoveryNo, caseNo, amountFen, basis } };
  }
  if (asked.kind === 'supplement') {
    const { caseNo, amountFen, reason } = asked;
    return { kind: 'supplement', facts: { caseNo, amountFen, reason } };
  }
  const { orderNo, amountFen, reason, entryNo } = asked;
  return { kind: 'recovery', facts: { orderNo, amountFen, reason, ...(entryNo === undefined ? {} : { entryNo }) } };
}

function demandRight(kind: MovementKind, step: MovementStep, { posts }: Account): void {
  const verdict = judgeMovementRight(kind, step, posts);
  if (!verdict.allowed) throw new DomainError(verdict.code, verdict.facts);
}

function viewOf(found: FinanceProposal, account: Account): MovementProposal {
  const kind = found.kind as MovementKind;
  const movement = asked(kind, found.facts);
  const ground = movement.kind === 'recovery' ? recoveryReasons[movement.reason] : null;
  const isOpen = found.state === 'proposed' && found.proposedBy !== account.id && found.checkedBy !== account.id;
  const may = (step: MovementStep) => isOpen && judgeMovementRight(kind, step, account.posts).allowed;
  return {
    ...{ id: found.id, kind, kindLabel: movementLabels[kind], movement },
    groundLabel: groundOf(movement),
    clause: ground?.clause ?? null,
    ...{ ...found.words, state: found.state },
    ...{ proposedBy: found.proposedByName, proposedAt: shanghaiInstant(found.proposedAt) },
    ...{ checkedBy: found.checkedByName, checkedAt: shanghaiInstant(found.checkedAt) },
    ...{ decidedBy: found.decidedByName, decidedAt: shanghaiInstant(found.decidedAt), decisionReason: found.decision },
    mayCheck: found.checkedBy === null && may('check'),
    mayDecide: found.checkedBy !== null && may('approve'),
  };
}

function groundOf(movement: MovementProposal['movement']): string {
  if (movement.kind === 'recovery') return recoveryReasons[movement.reason].label;
  return movement.kind === 'offset' ? offsetBases[movement.basis] : supplementReasons[movement.reason];
}

/** The facts as they were asked for; the decision that an offset found is left to the rows. */
function asked(kind: MovementKind, facts: Record<string, unknown>): MovementProposal['movement'] {
  if (kind === 'offset') {
    const { recoveryNo, caseNo, amountFen, basis } = facts as OffsetFacts;
    return { kind, recoveryNo, caseNo, amountFen, basis };
  }
  if (kind === 'supplement') {
    const { caseNo, amountFen, reason } = facts as SupplementFacts;
    return { kind, caseNo, amountFen, reason };
  }
  const { orderNo, amountFen, reason, entryNo } = facts as RecoveryFacts;
  return { kind, orderNo, amountFen, reason, ...(entryNo === undefined ? {} : { entryNo }) };
}
