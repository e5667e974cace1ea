import { stages } from '@banjie/domain';
import { z } from 'zod';
import { caseNoSchema } from './cases';
import { trimmedText } from './text';

const stage = z.enum(stages);
const version = z.int().min(1).max(100_000);

/** `POST /api/matters/{matter}/migrations`: which running cases go to which version; answered with the dry run. */
export const proposeMoveSchema = z
  .strictObject({
    fromVersion: version,
    toVersion: version,
    /** Old stage → new stage, for stages that the new version does not have or that go elsewhere. */
    stageMap: z.partialRecord(stage, stage).default({}),
    /** Left out: every open case of the agency under `fromVersion`. Dates are days of 收件, both included. */
    filter: z
      .strictObject({
        caseNos: z.array(caseNoSchema).min(1).max(20_000).optional(),
        stages: z.array(stage).min(1).optional(),
        receivedFrom: z.iso.date().optional(),
        receivedTo: z.iso.date().optional(),
      })
      .default({}),
    /** The document or ground of the change. */
    reason: trimmedText(500).min(1),
    /** For how many hours after the move it can be taken back. */
    undoHours: z.int().min(1).max(720).default(72),
  })
  .refine(({ fromVersion, toVersion }) => fromVersion !== toVersion, {
    error: '须与原版本不同',
    path: ['toVersion'],
  })
  .meta({ id: 'ProposeMove' });
export type ProposeMove = z.infer<typeof proposeMoveSchema>;

export const moveIdSchema = z.uuid();

export const moveCasesQuerySchema = z.strictObject({
  /** The last case number of the page before. */
  after: z.string().max(40).default(''),
  only: z.enum(['all', 'obstructed']).default('all'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type MoveCasesQuery = z.infer<typeof moveCasesQuerySchema>;

export const moveStates = ['proposed', 'rejected', 'running', 'finished', 'undoing', 'undone'] as const;
const person = z.object({ name: z.string(), at: z.string() });

export const moveViewSchema = z
  .object({
    moveId: z.string(),
    matter: z.string(),
    fromVersion: z.number(),
    toVersion: z.number(),
    stageMap: z.record(z.string(), z.string()),
    filter: z.looseObject({}),
    reason: z.string(),
    state: z.enum(moveStates),
    stateLabel: z.string(),
    proposedBy: person,
    judgedBy: person.nullable(),
    rejectionReason: z.string().nullable(),
    undoneBy: person.nullable(),
    /** Until when it can be taken back; null before it is finished. */
    undoUntil: z.string().nullable(),
    /** In the dry run; then as the cases answered. */
    cases: z.number(),
    possible: z.number(),
    moved: z.number(),
    refused: z.number(),
    undone: z.number(),
    undoRefused: z.number(),
  })
  .meta({ id: 'MoveView' });
export type MoveView = z.infer<typeof moveViewSchema>;

export const moveListSchema = z.object({ migrations: z.array(moveViewSchema) }).meta({ id: 'MoveList' });
export type MoveList = z.infer<typeof moveListSchema>;

const obstacles = z.array(z.object({ code: z.string(), message: z.string() }));

/** Per case: what the dry run said, and what became of it. */
export const moveCaseListSchema = z
  .object({
    cases: z.array(
      z.object({
        caseNo: z.string(),
        possible: z.boolean(),
        plan: z.object({
          fromStage: stage,
          toStage: stage.nullable(),
          posts: z.array(z.object({ code: z.string(), label: z.string() })),
          clocks: z.array(
            z.object({
              clock: z.string(),
              run: z.number(),
              limitBefore: z.number(),
              limitAfter: z.number(),
              dueBefore: z.string(),
              dueAfter: z.string(),
            }),
          ),
          obstacles,
        }),
        results: z.array(
          z.object({ act: z.string(), actLabel: z.string(), seq: z.number().nullable(), at: z.string(), obstacles }),
        ),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'MoveCaseList' });
export type MoveCaseList = z.infer<typeof moveCaseListSchema>;
