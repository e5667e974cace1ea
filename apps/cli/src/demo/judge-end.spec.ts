import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CaseView, ExampleClaim, ExpectedCase } from '@banjie/contracts';
import { BruteCount } from './counting';
import { readCalendar, readPackages } from './example-files';
import { compareActs, compareBank, compareClocks, compareEnd } from './judge-end';
import { examplesHome } from './running-system';

const claim = readPackages(examplesHome).find(
  (one): one is ExampleClaim => one.name === 'plain-employee' && one.kind === 'claim',
)!;
const expected: ExpectedCase = claim.expect.main!;
const count = new BruteCount(readCalendar(examplesHome), true);

const at = (time: string) => `2026-11-23T${time}+08:00`;
const act = (seq: number, name: string, time: string, stageTo = 'x') =>
  ({ seq, act: name, at: at(time), stageTo }) as unknown as CaseView['acts'][number];
const clock = (name: string, startedAt: string, dayZero: string, dueDate: string) =>
  ({
    clock: name,
    state: 'stopped',
    startedAt,
    dayZero,
    dueDate,
    dueAt: `${dueDate}T16:00:00+08:00`,
  }) as unknown as CaseView['clocks'][number];

/** The end of `plain-employee` as the API tells it. */
function ended(change: Partial<CaseView> = {}): CaseView {
  return {
    caseNo: 'C1',
    outcome: 'approved',
    stage: 'closed',
    payableFen: expected.payableFen,
    receivedAt: at('10:00:00'),
    acts: [
      act(1, 'receiveFiling', '10:00:00'),
      act(2, 'accept', '10:01:00'),
      act(3, 'propose', '10:02:00'),
      act(4, 'propose', '10:03:00'),
      act(5, 'approve', '10:04:00'),
      act(6, 'preparePayout', '10:05:00'),
      act(7, 'confirmPayout', '10:06:00'),
      act(8, 'releasePayout', '10:07:00'),
      act(9, 'settlePayout', '10:08:00', 'deliver'),
      act(10, 'deliver', '10:09:00'),
      act(11, 'archive', '10:10:00'),
    ],
    duties: [
      { personId: 'a', duty: 'initialReview' },
      { personId: 'b', duty: 'secondReview' },
    ],
    clocks: [
      clock('K-01', at('10:00:00'), '2026-11-23', '2026-11-24'),
      clock('K-02', at('10:01:00'), '2026-11-23', '2026-12-17'),
      clock('K-03', at('10:08:00'), '2026-11-23', '2026-11-24'),
      clock('K-04', at('10:00:00'), '2026-11-23', '2026-12-21'),
    ],
    orders: [{ orderNo: 'C1P1', state: 'paid', amountFen: expected.paidFen }],
    ...change,
  } as unknown as CaseView;
}

describe('the end of a case', () => {
  it('is as expected when everything fits', () => {
    expect(compareEnd(ended(), expected)).toEqual([]);
    expect(compareActs(ended(), claim, 'main')).toEqual([]);
    expect(compareClocks(ended(), 'main', count)).toMatchObject({ differences: [], dueDates: { length: 4 } });
  });

  it.each<[string, Partial<CaseView>]>([
    ['another outcome', { outcome: 'rejected' }],
    ['another stage', { stage: 'deliver' }],
    ['another amount', { payableFen: expected.payableFen! + 1 }],
    ['a second order', { orders: [...ended().orders, ...ended().orders] }],
    [
      'a clock that still runs',
      { clocks: ended().clocks.map((c) => (c.clock === 'K-03' ? { ...c, state: 'running' } : c)) },
    ],
    ['a clock that never ran', { clocks: ended().clocks.slice(0, 3) }],
    ['one person in two duties', { duties: [...ended().duties, { ...ended().duties[0]!, duty: 'approval' }] }],
  ])('notices %s', (_, change) => {
    expect(compareEnd(ended(change), expected)).toHaveLength(1);
  });

  it('notices an act done twice, left out, or numbered with a gap', () => {
    const { acts } = ended();
    expect(compareActs(ended({ acts: [...acts, act(12, 'deliver', '10:11:00')] }), claim, 'main')).toHaveLength(1);
    expect(compareActs(ended({ acts: acts.filter(({ seq }) => seq !== 4) }), claim, 'main')).toHaveLength(2);
    expect(compareActs(ended({ acts: acts.filter(({ seq }) => seq !== 9) }), claim, 'main')).toEqual([
      '办理序号不连续',
    ]);
  });

  it('notices a due date that is a day off, and a clock that started at another instant', () => {
    const bent = (name: string, change: object) =>
      ended({ clocks: ended().clocks.map((c) => (c.clock === name ? { ...c, ...change } : c)) });
    const differencesOf = (view: CaseView) => compareClocks(view, 'main', count).differences;
    expect(differencesOf(bent('K-02', { dueDate: '2026-12-18' }))).toHaveLength(1);
    expect(differencesOf(bent('K-02', { dueAt: '2026-12-17T17:00:00+08:00' }))).toHaveLength(1);
    expect(differencesOf(bent('K-04', { dayZero: '2026-11-24' }))).toHaveLength(1);
    expect(differencesOf(bent('K-03', { startedAt: at('10:04:00') }))).toHaveLength(1);
  });

  it('counts the clock of a 退票 from the day on which the money came back', () => {
    const back = act(12, 'returnPayout', '10:20:00');
    const clock = { ...ended().clocks[0]!, clock: 'K-86', startedAt: back.at, dayZero: '2026-11-23' };
    const due = count.dueDate('2026-11-23', 10, []);
    const ran = { ...clock, dueDate: due, dueAt: `${due}T16:00:00+08:00` };
    const differencesOf = (change: object) =>
      compareClocks(ended({ acts: [...ended().acts, back], clocks: [{ ...ran, ...change }] }), 'main', count)
        .differences;
    expect(differencesOf({})).toEqual([]);
    expect(differencesOf({ startedAt: at('10:21:00') })).toHaveLength(1);
    expect(differencesOf({ dueDate: '2026-12-18' })).toHaveLength(1);
  });

  it('leaves out the days of a 补正, by notice and arrival', () => {
    const acts = [
      act(1, 'receiveFiling', '10:00:00'),
      act(2, 'accept', '10:01:00'),
      act(3, 'askSupplement', '10:02:00'),
      { ...act(4, 'supplement', '10:00:00'), at: '2026-11-25T17:30:00+08:00' },
    ];
    // 24, 25 and, because the material came after office hours, 26 November are not counted.
    const clocks = [clock('K-02', at('10:01:00'), '2026-11-23', '2026-12-22')];
    expect(compareClocks(ended({ acts, clocks }), 'main', count).differences).toEqual([]);
  });
});

describe('what the bank says', () => {
  let server: Server;
  let answers: Record<string, unknown>;
  let url = '';
  beforeAll(async () => {
    server = createServer((request, response) => response.end(JSON.stringify(answers[request.url ?? ''] ?? null)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const truth = (payment: object, bookings: Record<string, number>) => {
    answers = { '/orders/C1P1': payment, '/ledger/summary': { bookingsByOrder: bookings } };
    return compareBank(url, ended(), expected);
  };
  const booked = { orderNo: 'C1P1', status: 'booked', inFlight: false, amountFen: expected.paidFen };

  it('confirms one booking', async () => {
    expect(await truth(booked, { C1P1: 1 })).toEqual({ paidFen: expected.paidFen, differences: [] });
  });

  it.each<[string, object, Record<string, number>]>([
    ['two bookings', booked, { C1P1: 2 }],
    ['none', { ...booked, status: 'notReceived', amountFen: undefined }, {}],
    ['another amount', { ...booked, amountFen: 1 }, { C1P1: 1 }],
    ['a return nobody recorded', { ...booked, returned: { at: at('10:00:00'), reason: '', entryNo: 2 } }, { C1P1: 1 }],
  ])('contradicts by %s', async (_, payment, bookings) => {
    expect((await truth(payment, bookings)).differences).not.toEqual([]);
  });
});
