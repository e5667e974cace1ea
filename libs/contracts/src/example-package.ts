import { payoutStates, posts, outcomes, stages, staffActs } from '@banjie/domain';
import { z } from 'zod';
import { bankFaultSchema } from './bank';
import { deadlineRequestSchema } from './deadlines';
import { paperFactsSchema, paperSchema } from './filing';

/*
 * `examples/packages/NAME/case.json`: what `npx banjie demo` does with the papers beside it and what must come of it.
 * Written by the generator in `examples/generator`, which computes every expectation by its own arithmetic.
 */

const fileName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/);
const label = z.string().regex(/^[a-z][A-Za-z0-9]*$/);
const fen = z.int().min(0);

/** Who acts: a post, not a user. `double` takes someone who holds this post besides (SD-01), `foreign` someone of another agency. */
const actorSchema = z.strictObject({
  post: z.enum(posts),
  double: z.enum(posts).optional(),
  foreign: z.literal(true).optional(),
});

const filedPaperSchema = z.strictObject({ file: fileName, paper: paperSchema, facts: paperFactsSchema });
export type ExamplePaper = z.infer<typeof filedPaperSchema>;

const exampleFilingSchema = z.strictObject({
  /** Body of the draft, complete as it stands. */
  application: fileName,
  statement: fileName,
  papers: z.array(filedPaperSchema),
});

const examplePersonSchema = z.strictObject({
  idNumber: z.string(),
  name: z.string(),
  scheme: z.enum(['employee', 'resident']),
  entitledFrom: z.iso.date(),
  entitledTo: z.iso.date().nullable(),
});

/**
 * One act. `at` is the stage it belongs to; the demo waits for it while the system is at work. With `refusedWith` the act must
 * be refused by one of these codes and nothing may change. `again` sends it a second time from the stale screen,
 * `heldFirst` lets a colleague try while the actor holds the task. In `body`, `"shown"` as `payableFen` is what the case says.
 */
const actStepSchema = z.strictObject({
  do: z.literal('act'),
  case: label,
  at: z.enum(stages),
  by: actorSchema,
  body: z.looseObject({ act: z.enum(staffActs) }),
  refusedWith: z.array(z.string()).min(1).optional(),
  again: z.literal(true).optional(),
  heldFirst: z.literal(true).optional(),
});

const stepSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('file'),
    case: label,
    filing: label,
    by: actorSchema,
    /** Codes of all gaps that the check must name, in any order; [] when the filing is complete. */
    gaps: z.array(z.string()),
    refusedWith: z.array(z.string()).min(1).optional(),
  }),
  actStepSchema,
  /** Hands in further papers while the case takes them; the next `supplement`, or `preparePayout` to another account, names them. */
  z.strictObject({ do: z.literal('attach'), case: label, by: actorSchema, papers: z.array(filedPaperSchema).min(1) }),
  /** Switches a fault of the stand-in bank on for one payee account (as written in the application). */
  z.strictObject({ do: z.literal('bankFault'), account: z.string(), fault: bankFaultSchema }),
  z.strictObject({
    do: z.literal('await'),
    case: label,
    stage: z.enum(stages),
    orderState: z.enum(payoutStates).optional(),
  }),
]);
export type ExampleStep = z.infer<typeof stepSchema>;
export type ExampleActStep = z.infer<typeof actStepSchema>;

const clockNames = z.enum(['K-01', 'K-02', 'K-03', 'K-04', 'K-86']);
const expectedCaseSchema = z.strictObject({
  outcome: z.enum(outcomes),
  stage: z.enum(stages),
  /** What was approved, 分; null when nothing was decided in the person's favour. */
  payableFen: fen.nullable(),
  /** What stays with the person: booked by the bank and not returned. */
  paidFen: fen,
  orders: z.array(z.enum(payoutStates)),
  /** The clocks that ran; each due date is compared with a count of the demo's own. */
  clocks: z.array(clockNames),
});
export type ExpectedCase = z.infer<typeof expectedCaseSchema>;

const deadlineProbeSchema = z.strictObject({
  why: z.string(),
  /** Body of `POST /api/deadlines`. */
  request: deadlineRequestSchema,
  expect: z.strictObject({ receivedOn: z.iso.date(), dueDate: z.iso.date(), dueAt: z.string() }),
});
export type DeadlineProbe = z.infer<typeof deadlineProbeSchema>;

const common = { name: z.string(), title: z.string(), rules: z.array(z.string()) };

export const examplePackageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('claim'),
    persons: z.array(examplePersonSchema).min(1),
    /** Strings of the application that each run replaces by its own, so that a run can be repeated on kept data. */
    vary: z.strictObject({ documentNumbers: z.array(z.string()), accountNumbers: z.array(z.string()) }),
    filings: z.record(label, exampleFilingSchema),
    steps: z.array(stepSchema).min(1),
    expect: z.record(label, expectedCaseSchema),
  }),
  z.strictObject({ ...common, kind: z.literal('deadlines'), probes: z.array(deadlineProbeSchema).min(1) }),
]);
export type ExamplePackage = z.infer<typeof examplePackageSchema>;
export type ExampleClaim = Extract<ExamplePackage, { kind: 'claim' }>;
export type ExampleDeadlines = Extract<ExamplePackage, { kind: 'deadlines' }>;

/** `examples/calendar.json`: the published national days and those of 450200, for counting without the domain code. */
export const exampleCalendarSchema = z.strictObject({
  years: z.array(z.int()),
  closed: z.array(z.iso.date()),
  makeUp: z.array(z.iso.date()),
  regionalClosed: z.array(z.iso.date()),
});
export type ExampleCalendar = z.infer<typeof exampleCalendarSchema>;
