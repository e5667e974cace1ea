import {
  movementKinds,
  offsetBases,
  recoveryReasons,
  supplementReasons,
  type OffsetBasis,
  type RecoveryReason,
  type SupplementReason,
} from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

const amountFen = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const number = trimmedText(60).min(1);
const codes = <Code extends string>(table: Record<Code, unknown>) => z.enum(Object.keys(table) as [Code, ...Code[]]);

/** What three persons do with money that was paid and should not have been, or was not and should have been. 分. */
export const movementSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('recovery'),
      /** The payment that was too much. */
      orderNo: number,
      amountFen,
      reason: codes<RecoveryReason>(recoveryReasons),
      /** What the bank paid beside that order, found overpaid; the whole of it is claimed then. */
      entryNo: z.int().positive().optional(),
    }),
    z.strictObject({
      kind: z.literal('offset'),
      recoveryNo: number,
      /** The case whose payout is reduced; it is not drawn yet. */
      caseNo: number,
      amountFen,
      basis: codes<OffsetBasis>(offsetBases),
    }),
    z.strictObject({
      kind: z.literal('supplement'),
      /** A case that is closed and paid. */
      caseNo: number,
      amountFen,
      reason: codes<SupplementReason>(supplementReasons),
    }),
  ])
  .meta({ id: 'Movement' });

/** `POST /api/finance/recoveries/proposals`. `id` is made by the screen and kept when it asks again. */
export const proposeMovementSchema = z
  .strictObject({
    id: z.uuid(),
    movement: movementSchema,
    /** What was found out; sealed, as is the document. */
    text: trimmedText(2_000).min(1),
    /** The decision, the letter, the person's written consent: its number, and what it says. */
    document: z.strictObject({ number: trimmedText(100).min(1), text: trimmedText(20_000).min(1) }),
  })
  .meta({ id: 'ProposeMovement' });
export type ProposeMovement = z.infer<typeof proposeMovementSchema>;

export const refuseMovementSchema = z.strictObject({ reason: trimmedText(500).min(1) }).meta({ id: 'RefuseMovement' });
export type RefuseMovement = z.infer<typeof refuseMovementSchema>;

export const movementProposalSchema = z
  .object({
    id: z.string(),
    kind: z.enum(movementKinds),
    kindLabel: z.string(),
    movement: movementSchema,
    /** Why it is claimed, or on what it is taken off. */
    groundLabel: z.string(),
    clause: z.string().nullable(),
    text: z.string(),
    document: z.object({ number: z.string(), text: z.string() }),
    state: z.enum(['proposed', 'confirmed', 'refused']),
    proposedBy: z.string(),
    proposedAt: z.string(),
    checkedBy: z.string().nullable(),
    checkedAt: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
    decisionReason: z.string().nullable(),
    /** What this person may do with it next. */
    mayCheck: z.boolean(),
    mayDecide: z.boolean(),
  })
  .meta({ id: 'MovementProposal' });
export type MovementProposal = z.infer<typeof movementProposalSchema>;

/** `before`: `next` of the page before. */
export const movementsQuerySchema = z.strictObject({ before: z.iso.datetime({ offset: true }).optional() });
export type MovementsQuery = z.infer<typeof movementsQuerySchema>;

export const movementProposalsSchema = z
  .object({ items: z.array(movementProposalSchema), next: z.string().nullable() })
  .meta({ id: 'MovementProposals' });
export type MovementProposals = z.infer<typeof movementProposalsSchema>;

export const recoveriesQuerySchema = z.strictObject({
  before: z.iso.datetime({ offset: true }).optional(),
  /** `true`: only those of which something is still claimed. */
  open: z.enum(['true', 'false']).optional(),
});
export type RecoveriesQuery = z.infer<typeof recoveriesQuerySchema>;

/** Claims of the own agency, the newest first. */
export const recoveriesSchema = z
  .object({
    items: z.array(
      z.object({
        recoveryNo: z.string(),
        caseNo: z.string(),
        personId: z.string(),
        orderNo: z.string(),
        entryNo: z.number().nullable(),
        amountFen: z.number(),
        reason: z.string(),
        reasonLabel: z.string(),
        clause: z.string(),
        receivedFen: z.number(),
        offsetFen: z.number(),
        openFen: z.number(),
        at: z.string(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'Recoveries' });
export type Recoveries = z.infer<typeof recoveriesSchema>;

export const personIdSchema = z.uuid();

/**
 * `GET /api/finance/persons/{id}/ledger`: all that the own agency decided for, paid to and claimed from one person. Σ `movedFen` is what went
 * to him by our books, Σ `bank.fen` what the bank's statement says of it; the difference is what the statement has not told yet.
 */
export const personLedgerSchema = z
  .object({
    personId: z.string(),
    /** Masked. */
    name: z.string(),
    idNumber: z.string(),
    lines: z.array(
      z.object({
        kind: z.enum(['decision', 'order', 'return', 'overpaid', 'recovery', 'receipt', 'offset']),
        kindLabel: z.string(),
        at: z.string(),
        caseNo: z.string(),
        reference: z.string(),
        stateLabel: z.string().nullable(),
        amountFen: z.number(),
        movedFen: z.number(),
        bank: z.object({ entryNo: z.number(), at: z.string(), fen: z.number() }).nullable(),
      }),
    ),
    totals: z.object({
      decidedFen: z.number(),
      paidFen: z.number(),
      overpaidFen: z.number(),
      recoveryFen: z.number(),
      receivedFen: z.number(),
      offsetFen: z.number(),
      /** Decided, neither paid nor taken off. */
      owedFen: z.number(),
      /** Claimed, neither received nor taken off. */
      claimedFen: z.number(),
      movedFen: z.number(),
      bankFen: z.number(),
    }),
  })
  .meta({ id: 'PersonLedger' });
export type PersonLedgerView = z.infer<typeof personLedgerSchema>;
