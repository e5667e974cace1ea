import {
  caseEvents,
  clockLevels,
  crossRegionFilingKinds,
  duties,
  fieldKinds,
  papers,
  pauseKinds,
  posts,
  rungRecipients,
  rungs,
  staffActs,
  stages,
  systemActs,
  type ActCode,
  type ClockTrigger,
  type MatterDefinition,
} from '@banjie/domain';
import { z } from 'zod';
import { matterNameSchema } from './matters';
import { trimmedText } from './text';

/*
 * A definition of a matter as it may be handed in (事项定义). Unknown keys are refused: what the platform does not know it
 * cannot keep, least of all a setting that would let time decide (bar 51). What a shape cannot see, `checkDefinition` tells.
 */

export const line = trimmedText(200).min(1);
export const code = z.string().regex(/^[\w.-]{1,40}$/, { error: '须为由字母、数字组成的代码' });
export const limit = z.int().min(0).max(2_000);
export const listOf = <Item extends z.ZodType>(item: Item, most = 100) => z.array(item).max(most);
const act = z.enum([...staffActs, ...systemActs] as [ActCode, ...ActCode[]]);
const stage = z.enum(stages);
const party = z.literal('outside').optional();

const triggers = z.array(
  z.enum([...caseEvents, ...stages.map((one) => `enter:${one}` as const)] as [ClockTrigger, ...ClockTrigger[]]),
);

const condition = z.union(
  [
    z.enum(['always', 'proxy', 'emergencyObservation', 'accident', 'rescue']),
    z.strictObject({ field: code, is: listOf(code).min(1) }),
  ],
  { error: '须为 always、proxy、emergencyObservation、accident、rescue,或“栏目为某些选项”' },
);

const stageSchema = z.strictObject({
  stage: stage.exclude(['closed']),
  posts: listOf(z.enum(posts)),
  duty: z.enum(duties).exclude(['supplement']).nullable(),
  acts: listOf(act),
  returnsTo: listOf(stage),
  party,
  customary: z.boolean().optional(),
});

const reentry = z.enum(['resume', 'restart', 'share']);

const clockSchema = z.strictObject({
  clock: code,
  label: line,
  level: z.enum(clockLevels).optional(),
  limitWorkingDays: z.int().min(0).max(2_000),
  step: z.strictObject({ stage: stage.exclude(['closed']), reentry }).optional(),
  startsOn: triggers,
  stopsOn: triggers,
  reentry: reentry.optional(),
  startsFromOutside: z.boolean(),
  pausedBySupplement: z.boolean(),
  rungs: listOf(z.enum(rungs)).optional(),
  party,
  source: line,
});

const pauseSchema = z.strictObject({
  kind: z.enum(pauseKinds).exclude(['supplement']),
  stages: listOf(stage),
  openedBy: listOf(z.enum(posts)),
  closedBy: listOf(z.enum(posts)),
  maximumWorkingDays: limit,
  source: line,
});

const extensionSchema = z.strictObject({
  clocks: listOf(code),
  maximumWorkingDays: limit,
  stages: listOf(stage),
  requestedBy: listOf(z.enum(posts)),
  decidedBy: listOf(z.enum(posts)),
  source: line,
});

const ladderSchema = z.strictObject({
  rung: z.enum(rungs),
  tells: listOf(z.enum(rungRecipients)),
  proposesReassignment: z.boolean().optional(),
});

export const reasonSchema = z.strictObject({
  code: code,
  label: line,
  clause: trimmedText(200),
  uses: listOf(
    z.enum([
      ...(['refuseAcceptance', 'refuse', 'reject', 'sendBack', 'deduct', 'askSupplement'] as const),
      ...(['openPause', 'requestExtension', 'refuseExtension'] as const),
    ]),
  ),
  needsText: z.boolean().optional(),
  gaps: listOf(trimmedText(60)).optional(),
});

export const materialSchema = z.strictObject({
  id: code,
  label: line,
  requiredWhen: condition,
  alternatives: z.array(z.strictObject({ papers: listOf(z.enum(papers)).min(1), label: line })).min(1),
  hospitalSeal: z.literal(true).optional(),
  source: line,
});

const withoutLimitSchema = z.strictObject({
  clock: code,
  label: line,
  words: line,
  startsOn: z.enum(caseEvents),
  stopsOn: z.enum(caseEvents),
  source: line,
});

export const noticeSchema = z.strictObject({ notice: code, label: line, on: act, said: line.optional() });

const fieldSchema = z.strictObject({
  field: code,
  label: line,
  kind: z.enum(fieldKinds),
  requiredWhen: condition,
  options: z.array(z.strictObject({ code, label: line, source: line, filedAs: line.optional() })).optional(),
  atMost: z.int().min(1).max(20).optional(),
  mayLieAhead: z.literal(true).optional(),
  where: z.enum(['outsideArea', 'otherProvince', 'appointed']).optional(),
  keptFrom: z.enum(['contact', 'illness']).optional(),
  clause: line,
});

const ruleSchema = z.discriminatedUnion('rule', [
  z.strictObject({
    rule: z.literal('filedWithin'),
    id: line,
    from: code,
    workingDays: z.int().min(0).max(2_000),
    when: condition,
    late: z.enum(['gap', 'warning']),
    then: line,
    clause: line,
  }),
  z.strictObject({
    rule: z.literal('months'),
    id: line,
    from: code,
    to: code,
    atLeast: z.int().min(1).max(1_200).optional(),
    atMost: z.int().min(1).max(1_200).optional(),
    when: condition,
    then: line,
    clause: line,
  }),
]);

const formSchema = z.strictObject({
  number: line,
  label: line,
  source: line,
  applicant: z.enum(['entitled', 'registered', 'anyone']),
  fields: z.array(fieldSchema).min(1).max(100),
  rules: z.array(ruleSchema).max(50),
});

const validitySchema = z.union(
  [
    z.strictObject({ months: z.int().min(1).max(1_200), source: line }),
    z.strictObject({ calendarDays: z.int().min(1).max(36_500), source: line }),
    z.strictObject({ untilChanged: z.literal(true), source: line }),
  ],
  { error: '须为若干个月、若干天,或至变更为止' },
);

const filingKind = z.enum(crossRegionFilingKinds);
const resultSchema = z.discriminatedUnion('result', [
  z.strictObject({
    result: z.literal('crossRegionFiling'),
    kind: z.union([filingKind, z.strictObject({ field: code, as: z.record(code, filingKind) })], {
      error: '须为一种备案,或按选项登记',
    }),
    region: code,
    hospitals: code,
    certificateIssuedOn: code.optional(),
    validFrom: code.optional(),
    validity: validitySchema,
  }),
  z.strictObject({ result: z.literal('transfer'), direction: z.enum(['in', 'out']), counterpart: code }),
]);

/** A whole definition as people hand it in; contradictions inside it are `checkDefinition`'s. Version and date are given beside it. */
export const definitionBodySchema = z
  .strictObject({
    matter: matterNameSchema,
    procedure: code,
    label: line,
    sourceDocument: line,
    follows: z.enum(['payout', 'result']),
    form: formSchema.optional(),
    result: resultSchema.optional(),
    singleReview: z.strictObject({ source: line }).optional(),
    neverAsked: z.strictObject({ papers: listOf(z.enum(papers)).min(1), source: line }).optional(),
    stages: listOf(stageSchema, 40),
    applicantActs: listOf(z.strictObject({ act: z.enum(staffActs), posts: listOf(z.enum(posts)) })),
    clocks: listOf(clockSchema),
    withoutLimit: listOf(withoutLimitSchema).optional(),
    careElsewhere: z.literal(true).optional(),
    payoutInsideReviewLimit: z.boolean(),
    supplementPausesClock: z.boolean(),
    pauseMaximumWorkingDays: limit,
    pauses: listOf(pauseSchema, pauseKinds.length).optional(),
    extension: extensionSchema.optional(),
    ladder: listOf(ladderSchema, rungs.length).optional(),
    lights: z.strictObject({ yellowWorkingDays: limit, yellowOfficeHours: z.number().min(0).max(24) }).optional(),
    reasons: listOf(reasonSchema, 300),
    materials: listOf(materialSchema, 300),
    notices: listOf(noticeSchema, 300),
  })
  .meta({ id: 'DefinitionBody' }) satisfies z.ZodType<Omit<MatterDefinition, 'version' | 'effectiveFrom'>>;
