import { isDeepStrictEqual } from 'node:util';
import { isWorkday } from 'chinese-days';
import fc from 'fast-check';
import type { DeadlineAnswer, DeadlineRequest } from '@banjie/contracts';
import { computeDeadline, formatDay, parseDate, type Deadline, type WorkCalendar } from '@banjie/domain';
import { currentCalendar } from '@banjie/persistence';
import { startTestApi, type TestApi, type TestClient } from '@banjie/testing';
// Left out of what is built, so by its place.
import { bruteForceCounter } from '../../../libs/domain/src/calendar/testing/brute-force';
import { deadline } from './deadline';

const bruteForce = bruteForceCounter(isWorkday);

let api: TestApi;
let client: TestClient;
let stored: WorkCalendar;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.signIn('window1');
  stored = await currentCalendar(api.database.dataSource, { regionCode: null });
});
afterAll(() => api?.stop());

/** What `banjie deadline --json` prints. */
function atTerminal({ start, limit, pauses = [], afterHours }: DeadlineRequest): Deadline {
  const limits = {
    workingDays: '--working-days',
    calendarDays: '--calendar-days',
    months: '--months',
    sameDay: '--same-day',
  };
  const args = ['--start', start, limits[limit.kind], ...('n' in limit ? [String(limit.n)] : []), '--json'];
  for (const { from, to } of pauses) args.push('--pause', `${from}..${to ?? ''}`);
  if (afterHours) args.push('--after-hours', afterHours === 'nextDay' ? 'next-day' : 'actual-date');
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    expect(deadline(args)).toBe(0);
  } finally {
    write.mockRestore();
  }
  return JSON.parse(written.join('')) as Deadline;
}

async function overHttp(request: DeadlineRequest): Promise<DeadlineAnswer> {
  const { status, body } = await client.post<DeadlineAnswer>('/api/deadlines', request);
  return status === 200 ? body : Promise.reject(new Error(`${status} ${JSON.stringify(body)}`));
}

/** As `toEqual`, which takes a millisecond for each of thirty thousand lists of days. */
function demandSame(found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
}

/** The command, the API and the calendar in the database answer alike, the version of the calendar included. */
async function agreed(request: DeadlineRequest): Promise<Deadline> {
  const fromStore = computeDeadline({ ...request, calendar: stored });
  demandSame(atTerminal(request), fromStore);
  demandSame(await overHttp(request), fromStore);
  return fromStore;
}

const days = (n: number) => ({ kind: 'workingDays', n }) as const;

describe('banjie deadline, POST /api/deadlines and the stored calendar', () => {
  // 04-clocks § 5
  it.each<[string, DeadlineRequest, string]>([
    ['a make-up Sunday', { start: '2025-04-25T10:00', limit: days(1) }, '2025-04-27'],
    ['five days over 劳动节', { start: '2025-04-30', limit: days(5) }, '2025-05-12'],
    ['fifteen days over 春节', { start: '2026-01-30', limit: days(15) }, '2026-02-27'],
    ['sixteen end on a make-up Saturday', { start: '2026-01-30', limit: days(16) }, '2026-02-28'],
    [
      'a pause',
      { start: '2025-06-03', limit: days(18), pauses: [{ from: '2025-06-10', to: '2025-06-16' }] },
      '2025-07-03',
    ],
    ['the same without a pause', { start: '2025-06-03', limit: days(18) }, '2025-06-27'],
    ['filed on a Saturday', { start: '2025-06-07', limit: days(1) }, '2025-06-10'],
    ['the same by ACTUAL_DATE', { start: '2025-06-07', limit: days(1), afterHours: 'actualDate' }, '2025-06-09'],
    ['fourteen days', { start: '2025-06-10', limit: { kind: 'calendarDays', n: 14 } }, '2025-06-24'],
    ['three months', { start: '2026-08-31', limit: { kind: 'months', n: 3 } }, '2026-11-30'],
  ])('agree on 04-clocks § 5: %s', async (_, request, dueDate) => {
    expect((await agreed(request)).dueDate).toBe(dueDate);
  });

  it('agree with one another and with a brute-force counter on 10 000 random spans with pauses', async () => {
    const base = parseDate('2024-10-01');
    const span = fc.record({
      offset: fc.integer({ min: 0, max: 1000 }),
      n: fc.integer({ min: 0, max: 60 }),
      // After the start, in days: where it begins and how long it is.
      pauses: fc.array(fc.tuple(fc.integer({ min: -10, max: 60 }), fc.integer({ min: 0, max: 40 })), { maxLength: 4 }),
    });
    let paused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(span, { minLength: 50, maxLength: 50, size: 'max' }), async (spans) => {
        await Promise.all(
          spans.map(async ({ offset, n, pauses: offsets }) => {
            const start = formatDay(base + offset);
            const pauses = offsets.map(([after, length]) => ({
              from: formatDay(base + offset + after),
              to: formatDay(base + offset + after + length),
            }));
            const { dueAt, calendarVersion, ...answer } = await agreed({ start, limit: days(n), pauses });
            demandSame(answer, bruteForce(start, n, pauses));
            demandSame([dueAt, calendarVersion], [`${answer.dueDate}T16:00:00+08:00`, stored.version]);
            if (answer.pausedDays.length > 0) paused += 1;
          }),
        );
      }),
      { numRuns: 200 },
    );
    expect(paused).toBeGreaterThan(3_000);
  }, 900_000);
});
