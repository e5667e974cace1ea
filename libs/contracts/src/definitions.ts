import { z } from 'zod';
import {
  code,
  definitionBodySchema,
  limit,
  line,
  listOf,
  materialSchema,
  noticeSchema,
  reasonSchema,
} from './definition-body';
import { trimmedText } from './text';

/** `POST /api/matters/{matter}/versions`: a new version as a whole body, or as what it changes of the newest one. */
export const draftVersionSchema = z
  .strictObject({
    /** First day of 收件 it holds for; today at the earliest. */
    effectiveFrom: z.iso.date(),
    /** The document that orders the change (SD-06). */
    sourceDocument: line,
    definition: definitionBodySchema.optional(),
    changes: z
      .strictObject({
        limits: z.record(code, limit).optional(),
        reasons: listOf(reasonSchema, 300).optional(),
        materials: listOf(materialSchema, 300).optional(),
        notices: listOf(noticeSchema, 300).optional(),
      })
      .optional(),
  })
  .refine((body) => (body.definition === undefined) !== (body.changes === undefined), {
    error: '须在完整定义(definition)和改动(changes)中填写一项',
  })
  .meta({ id: 'DraftVersion' });
export type DraftVersion = z.infer<typeof draftVersionSchema>;

/** The digest of what the second person has read: another content is not what he approves. */
export const approveVersionSchema = z
  .strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/, { error: '须为草案的摘要' }) })
  .meta({ id: 'ApproveVersion' });
export type ApproveVersion = z.infer<typeof approveVersionSchema>;

export const rejectSchema = z.strictObject({ reason: trimmedText(500).min(1) }).meta({ id: 'RejectProposal' });
export type RejectProposal = z.infer<typeof rejectSchema>;

export const draftIdSchema = z.uuid();
export const versionNumberSchema = z.coerce.number().int().min(1).max(100_000);

const person = z.object({ id: z.string(), name: z.string() });
const draftStates = ['waiting', 'published', 'rejected'] as const;

export const draftViewSchema = z
  .object({
    draftId: z.string(),
    matter: z.string(),
    version: z.number(),
    effectiveFrom: z.string(),
    sourceDocument: z.string(),
    digest: z.string(),
    state: z.enum(draftStates),
    stateLabel: z.string(),
    draftedBy: person,
    draftedAt: z.string(),
    judgedBy: person.nullable(),
    judgedAt: z.string().nullable(),
    rejectionReason: z.string().nullable(),
    /** Against the version it was drawn up from. */
    comparedWithVersion: z.number(),
    differences: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })),
  })
  .meta({ id: 'DraftView' });
export type DraftView = z.infer<typeof draftViewSchema>;

/** `GET /api/matters/{matter}/versions`: who runs which. Cases are counted over all agencies. */
export const versionListSchema = z
  .object({
    matter: z.string(),
    label: z.string(),
    inForce: z.number().nullable(),
    versions: z.array(
      z.object({
        version: z.number(),
        effectiveFrom: z.string(),
        sourceDocument: z.string(),
        /** Drawn up and approved; null for what came with the program. */
        draftedBy: person.nullable(),
        approvedBy: person.nullable(),
        publishedAt: z.string(),
        openCases: z.number(),
        closedCases: z.number(),
      }),
    ),
    waiting: z.array(
      z.object({ draftId: z.string(), version: z.number(), effectiveFrom: z.string(), draftedBy: person }),
    ),
  })
  .meta({ id: 'VersionList' });
export type VersionList = z.infer<typeof versionListSchema>;

export const storedDefinitionSchema = z
  .object({ version: z.number(), effectiveFrom: z.string(), definition: z.looseObject({ matter: z.string() }) })
  .meta({ id: 'StoredDefinition' });
export type StoredDefinition = z.infer<typeof storedDefinitionSchema>;
