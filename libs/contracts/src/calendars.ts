import { z } from 'zod';
import { rawText, trimmedText } from './text';

const date = rawText(10).min(1);
const year = z.int().min(1000).max(9999);
const officeHours = z.array(z.strictObject({ open: rawText(5), close: rawText(5) })).max(10);
/** As the notice writes it: "10 月 1 日至 8 日,共 8 天"; both ends included. */
const closedSpan = z.strictObject({
  name: trimmedText(40).min(1),
  from: date,
  to: date,
  days: z.int().min(1).max(366),
});
const days = { closed: z.array(closedSpan).max(100), makeUp: z.array(date).max(100) };

/**
 * What is to change. A year takes the place of that year of its table whole, the closures of a year that of the agency's
 * closures in that year. The region is the caller's own, the agency too. Which dates are right is checked with a sentence.
 */
export const calendarChangeBodySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('year'),
    layer: z.enum(['national', 'region']),
    year,
    status: z.enum(['published', 'provisional']),
    ...days,
    /** Public holidays of the year, where the notice gives others than the law (13). */
    holidayDays: z.int().min(0).max(60).optional(),
  }),
  z.strictObject({
    kind: z.literal('localClosure'),
    year,
    ...days,
    /** Days on which the office is open for these hours only. */
    shortDays: z.array(z.strictObject({ date, officeHours })).max(366),
  }),
  z.strictObject({ kind: z.literal('officeHours'), officeHours }),
]);
export type CalendarChangeBody = z.infer<typeof calendarChangeBodySchema>;

/** `POST /api/calendars/changes` */
export const proposeCalendarChangeSchema = z
  .strictObject({
    change: calendarChangeBodySchema,
    /** The issuing document: its 文号, and what it says – the text the second person checks the days against. */
    document: z.strictObject({ number: trimmedText(100).min(1), text: trimmedText(20_000).min(1) }),
    reason: trimmedText(500).min(1),
  })
  .meta({ id: 'ProposeCalendarChange' });
export type ProposeCalendarChange = z.infer<typeof proposeCalendarChangeSchema>;

export const calendarChangeIdSchema = z.uuid();
export const rejectCalendarChangeSchema = z
  .strictObject({ reason: trimmedText(500).min(1) })
  .meta({ id: 'RejectCalendarChange' });
export type RejectCalendarChange = z.infer<typeof rejectCalendarChangeSchema>;

export const calendarChangeViewSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['year', 'localClosure', 'officeHours']),
    kindLabel: z.string(),
    /** 'CN', a region code or an agency. */
    scope: z.string(),
    change: z.looseObject({}),
    document: z.object({ number: z.string(), text: z.string() }),
    reason: z.string(),
    proposedBy: z.string(),
    proposedAt: z.string(),
    state: z.enum(['proposed', 'approved', 'rejected']),
    stateLabel: z.string(),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
    decisionReason: z.string().nullable(),
    /** The version it made. */
    number: z.number().nullable(),
    mayDecide: z.boolean(),
  })
  .meta({ id: 'CalendarChangeView' });
export type CalendarChangeView = z.infer<typeof calendarChangeViewSchema>;
export const calendarChangesSchema = z
  .object({ items: z.array(calendarChangeViewSchema) })
  .meta({ id: 'CalendarChanges' });
export type CalendarChanges = z.infer<typeof calendarChangesSchema>;

/** `GET /api/calendars/changes/{id}/preview`: what it would do to the open clocks, were it approved now. */
export const calendarImpactSchema = z
  .object({
    clocksSeen: z.number(),
    clocksMoved: z.number(),
    earlier: z.number(),
    later: z.number(),
    /** Due when they were; only the provisional mark comes or goes. */
    markOnly: z.number(),
    /** Would be due at once. */
    dueAtOnce: z.number(),
    /** By calendar days. */
    moves: z.array(z.object({ days: z.number(), clocks: z.number() })),
    sample: z.array(
      z.object({
        caseNo: z.string(),
        clock: z.string(),
        dueAtBefore: z.string(),
        dueAtAfter: z.string(),
        isProvisional: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'CalendarImpact' });
export type CalendarImpact = z.infer<typeof calendarImpactSchema>;

const hours = z.array(z.object({ open: z.string(), close: z.string() }));
/** `GET /api/calendars/current`: the calendar the caller's agency counts by. */
export const calendarViewSchema = z
  .object({
    version: z.string(),
    regionCode: z.string().nullable(),
    agencyId: z.string(),
    officeHours: hours,
    shortDays: z.array(z.object({ date: z.string(), officeHours: hours })),
    years: z.array(
      z.object({
        year: z.number(),
        status: z.enum(['published', 'provisional']),
        source: z.string(),
        closedDays: z.array(z.string()),
        makeUpDays: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'CalendarView' });
export type CalendarView = z.infer<typeof calendarViewSchema>;

export const reprojectionsSchema = z
  .object({
    items: z.array(
      z.object({
        number: z.number(),
        regionCode: z.string().nullable(),
        agencyId: z.string().nullable(),
        reason: z.string(),
        state: z.enum(['counting', 'telling', 'done', 'superseded']),
        casesSeen: z.number(),
        clocksSeen: z.number(),
        clocksMoved: z.number(),
        casesMoved: z.number(),
        casesEarlier: z.number(),
        createdAt: z.string(),
        countedAt: z.string().nullable(),
        finishedAt: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Reprojections' });
export type Reprojections = z.infer<typeof reprojectionsSchema>;
