import { calendarFor } from '../calendar/work-calendar';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { checkClocks } from './clock-checks';
import { turnClocks, type Happened } from './clocks';
import type { MatterDefinition, ReentryPolicy } from './definition';
import { rungInstants } from './ladder';
import { applyEvent, type ClockEvent, type ClockLedger } from './ledger';
import { lightOf } from './testing/light-of';
import type { PauseKind } from './words';

const national = calendarFor();
const epoch = (shanghai: string) => Date.parse(`${shanghai}+08:00`);

/** P-01 with everything that a matter may switch on. */
const matter: MatterDefinition = {
  ...inpatientReimbursement,
  pauses: (['inquiry', 'specialProcedure'] as const).map((kind) => ({
    ...{ kind, stages: ['initialReview'], openedBy: ['initialReviewer'], closedBy: ['initialReviewer'] },
    ...{ maximumWorkingDays: 15, source: '行政许可法 第四十五条' },
  })),
  extension: {
    ...{ clocks: ['K-02'], maximumWorkingDays: 10, stages: ['initialReview'] },
    ...{ requestedBy: ['initialReviewer'], decidedBy: ['supervisor'], source: '行政许可法 第四十二条' },
  },
  reasons: [
    {
      ...{ code: 'RS-90', label: '情况复杂', clause: '行政许可法 第四十二条' },
      uses: ['openPause', 'requestExtension', 'refuseExtension'],
    },
  ],
  notices: [
    { notice: 'pauseNotice', label: '中止计时告知', on: 'openPause' },
    { notice: 'extensionNotice', label: '延长办理期限告知', on: 'grantExtension' },
  ],
};
const stepClock = (reentry: ReentryPolicy): MatterDefinition['clocks'][number] => ({
  ...{ clock: 'N-1', label: '初审目标', limitWorkingDays: 5, step: { stage: 'initialReview', reentry } },
  ...{ startsOn: [], stopsOn: [], startsFromOutside: false, pausedBySupplement: true, source: 'T-11' },
});

type Turn = [at: string, happened: Omit<Happened, 'at' | 'events'> & Partial<Pick<Happened, 'events'>>];

function turn(rules: MatterDefinition, turns: Turn[]): ClockLedger[] {
  let ledgers: ClockLedger[] = [];
  for (const [at, happened] of turns) {
    for (const { ledger } of turnClocks(rules, ledgers, { events: [], ...happened, at: epoch(at) }, national)) {
      ledgers = [...ledgers.filter((l) => l.clock !== ledger.clock || l.run !== ledger.run), ledger];
    }
  }
  return ledgers;
}

describe('a step that is entered again after 退回 (bar 8)', () => {
  // 06-03 to 06-05 in 初审: two days used; back on 06-10.
  const turns: Turn[] = [
    ['2025-06-03T10:00', { act: 'accept', from: 'acceptance', to: 'initialReview' }],
    ['2025-06-05T10:00', { act: 'propose', from: 'initialReview', to: 'secondReview' }],
    ['2025-06-10T10:00', { act: 'sendBack', from: 'secondReview', to: 'initialReview' }],
  ];
  it.each<[ReentryPolicy, number, string, string]>([
    ['resume', 3, '2025-06-10', '2025-06-13'],
    ['restart', 5, '2025-06-10', '2025-06-17'],
    ['share', 5, '2025-06-03', '2025-06-10'],
  ])('%s: %d WD counted from the right day', (reentry, limitWorkingDays, dayZero, dueDate) => {
    const [first, second] = turn({ ...matter, clocks: [stepClock(reentry)] }, turns);
    expect(first).toMatchObject({ run: 1, state: 'stopped', dueDate: '2025-06-10', level: 'internal' });
    expect(second).toMatchObject({ run: 2, state: 'running', limitWorkingDays, dayZero, dueDate });
    // The rungs exist again, those that lie before the return left out.
    const expected = ['half', 'eighty', 'due', 'plus1', 'plus3'].slice(reentry === 'share' ? 2 : 0);
    expect(rungInstants(second!, national).map(({ rung }) => rung)).toEqual(expected);
  });

  const pausedTurns: Turn[] = [
    ['2025-06-03T09:00', { act: 'accept', events: ['accepted'], from: 'acceptance', to: 'initialReview' }],
    ['2025-06-04T10:00', { act: 'askSupplement' }],
    ['2025-06-06T10:00', { act: 'supplement' }],
    ['2025-06-09T10:00', { act: 'propose', from: 'initialReview', to: 'secondReview' }],
    ['2025-06-10T10:00', { act: 'sendBack', from: 'secondReview', to: 'initialReview' }],
  ];
  const askedElsewhere: Turn[] = [
    ['2025-06-03T09:00', { act: 'accept', events: ['accepted'], from: 'acceptance', to: 'initialReview' }],
    ['2025-06-05T09:30', { act: 'propose', from: 'initialReview', to: 'secondReview' }],
    ['2025-06-05T10:00', { act: 'askSupplement' }],
    ['2025-06-10T09:30', { act: 'supplement' }],
    ['2025-06-10T10:00', { act: 'sendBack', from: 'secondReview', to: 'initialReview' }],
  ];
  it.each<[string, ReentryPolicy, boolean, Turn[], number, string]>([
    // Counted 4, 9, 10, 11, 12 June: 5 and 6 June were the applicant's, 9 June in 复核 is counted all the same.
    ['a pause of the run before', 'share', true, pausedTurns, 5, '2025-06-12'],
    ['a pause of the run before', 'share', false, pausedTurns, 5, '2025-06-10'],
    // Used 4 and 9 June, three days are left after 10 June.
    ['a pause of the run before', 'resume', true, pausedTurns, 3, '2025-06-13'],
    // Counted 4, 5, 11, 12, 13 June: 6, 9, 10 June the case stood still, in 复核.
    ['a pause at another stage', 'share', true, askedElsewhere, 5, '2025-06-13'],
    ['a pause at another stage', 'resume', true, askedElsewhere, 3, '2025-06-13'],
  ])('leaves out %s: %s, paused %s', (_, reentry, pausedBySupplement, given, limitWorkingDays, dueDate) => {
    const rules = { ...matter, clocks: [...matter.clocks, { ...stepClock(reentry), pausedBySupplement }] };
    const second = turn(rules, given).find((l) => l.clock === 'N-1' && l.run === 2);
    expect(second).toMatchObject({ state: 'running', limitWorkingDays, dueDate });
  });

  it('resume leaves nothing of a target that was used up: due the same day', () => {
    const late = turns.map(([at, happened], i): Turn => [i === 0 ? '2025-05-20T10:00' : at, happened]);
    const [, second] = turn({ ...matter, clocks: [stepClock('resume')] }, late);
    expect(second).toMatchObject({ limitWorkingDays: 0, dayZero: '2025-06-10', dueDate: '2025-06-10' });
  });

  it('touches no clock of the law', () => {
    const legal = (rules: MatterDefinition) =>
      turn(rules, [['2025-06-03T09:00', { act: 'receiveFiling', events: ['received'] }], ...turns])
        .filter((l) => l.level !== 'internal')
        .map((l) => `${l.clock} ${l.state} ${l.dueDate}`);
    expect(legal({ ...matter, clocks: [...matter.clocks, stepClock('share')] })).toEqual(legal(matter));
  });
});

describe('a pause beyond 补正 and the extension (04-clocks § 2)', () => {
  const review = (turns: Turn[], rules = matter) =>
    turn(rules, [['2025-09-15T10:00', { act: 'accept', events: ['accepted'] }], ...turns]).find(
      (l) => l.clock === 'K-02',
    );
  const open = (at: string, pause: PauseKind): Turn => [at, { act: 'openPause', pause }];
  const close = (at: string): Turn => [at, { act: 'closePause' }];

  it.each<[string, PauseKind, string, string, string, string]>([
    // Accepted 09-15, due 10-15; 30 September, 9 and 10 October and Saturday 11 October are working days.
    ['across 国庆', 'inquiry', '2025-09-29T10:00', '2025-10-10T10:00', '2025-10-10', '2025-10-20'],
    ['an answer inside 国庆', 'inquiry', '2025-09-29T10:00', '2025-10-03T10:00', '2025-10-09', '2025-10-17'],
    ['an answer after closing', 'inquiry', '2025-09-29T10:00', '2025-10-10T16:00:01', '2025-10-11', '2025-10-21'],
    [
      'a procedure closed after closing',
      'specialProcedure',
      '2025-09-29T10:00',
      '2025-10-10T18:00',
      '2025-10-10',
      '2025-10-20',
    ],
    [
      'a procedure closed the day it was opened',
      'specialProcedure',
      '2025-09-29T10:00',
      '2025-09-29T15:00',
      '2025-09-29',
      '2025-10-15',
    ],
  ])('moves the due date by its working days: %s', (_, kind, from, closed, to, dueDate) => {
    expect(review([open(from, kind)])).toMatchObject({ state: 'paused', pauses: [{ kind, to: null }] });
    expect(review([open(from, kind), close(closed)])).toMatchObject({
      ...{ state: 'running', dueDate, limitWorkingDays: 18 },
      pauses: [{ kind, from: '2025-09-29', to }],
    });
  });

  it('counts days once where an answer of the evening overlaps the next inquiry', () => {
    const opened = [open('2025-09-24T10:00', 'inquiry'), close('2025-09-25T17:00')];
    // Closed as of 09-26, opened anew on the 25th: 25, 26, 28 (调休 Sunday) and 29 September do not count.
    const again = [...opened, open('2025-09-25T17:30', 'inquiry'), close('2025-09-29T10:00')];
    expect(review(opened)).toMatchObject({ dueDate: '2025-10-17' });
    expect(review(again)).toMatchObject({ dueDate: '2025-10-21' });
  });

  // Due on Wednesday 10-15 at 16:00; 10-16 and 10-17 are working days.
  it.each<[string, string, string, string, string]>([
    ['answered the same day', '2025-10-15T10:00', '2025-10-15T15:00', '2025-10-15', 'red 2025-10-16T09:00'],
    ['answered the next morning', '2025-10-15T15:59', '2025-10-16T10:00', '2025-10-16', 'yellow 2025-10-16T16:00'],
    ['answered after closing', '2025-10-15T15:59', '2025-10-15T16:30', '2025-10-16', 'yellow 2025-10-16T16:00'],
    ['opened when the limit had passed', '2025-10-15T16:01', '2025-10-17T10:00', '2025-10-15', 'red 2025-10-17T10:00'],
  ])('on the last day, %s', (_, from, answered, dueDate, shown) => {
    const paused = review([open(from, 'inquiry')])!;
    expect(lightOf(paused, national, epoch('2025-10-16T09:00'))).toBe('paused');
    const resumed = review([open(from, 'inquiry'), close(answered)])!;
    expect(resumed).toMatchObject({ state: 'running', dueDate });
    const [light, at] = shown.split(' ');
    expect(lightOf(resumed, national, epoch(at!))).toBe(light);
    expect(rungInstants(resumed, national).find(({ rung }) => rung === 'due')!.at).toBe(epoch(`${dueDate}T16:00`));
  });

  it('is not ended by papers for a 补正, and does not begin where the matter does not list it', () => {
    const paper: Turn = ['2025-09-30T10:00', { act: 'supplement' }];
    expect(review([open('2025-09-29T10:00', 'inquiry'), paper])).toMatchObject({ state: 'paused' });
    const { pauses: _, ...without } = matter;
    expect(review([open('2025-09-29T10:00', 'inquiry')], without)).toMatchObject({ state: 'running', pauses: [] });
  });

  it('extends the named clocks by what was granted, running or paused, and no other', () => {
    const grant: Turn = ['2025-09-22T10:00', { act: 'grantExtension', extensionWorkingDays: 10 }];
    const extended = { limitWorkingDays: 28, extendedWorkingDays: 10 };
    expect(review([grant])).toMatchObject({ ...extended, dueDate: '2025-10-29' });
    expect(review([open('2025-09-18T10:00', 'inquiry'), grant])).toMatchObject({ ...extended, state: 'paused' });
    const received: Turn = ['2025-09-15T09:00', { act: 'receiveFiling', events: ['received'] }];
    const overall = (turns: Turn[]) => turn(matter, turns).find((l) => l.clock === 'K-04');
    expect(overall([received, grant])).toEqual(overall([received]));
    const { extension: _, ...without } = matter;
    expect(review([grant], without)).toMatchObject({ limitWorkingDays: 18, dueDate: '2025-10-15' });
  });
});

describe('the traffic light (04-clocks § 4)', () => {
  function ledgerOf(limitWorkingDays: number, since: ClockEvent[] = [], at = '2025-06-03T10:00'): ClockLedger {
    const start: ClockEvent = { event: 'started', level: 'statutory', limitWorkingDays, dayZero: '2025-06-03' };
    return [start, ...since].reduce<ClockLedger | null>((ledger, event, i) => {
      const instant = new Date(epoch(i === 0 ? '2025-06-03T10:00' : at)).toISOString();
      return applyEvent(ledger, { ...event, clock: 'K-02', run: 1, at: instant }, national);
    }, null)!;
  }
  // 18 WD are due on Friday 06-27; one is due on 06-04, a limit of the same day on 06-03.
  it.each<[number, string, string]>([
    [18, '2025-06-24T23:59', 'green'],
    [18, '2025-06-25T00:00', 'yellow'],
    [18, '2025-06-27T16:00', 'yellow'],
    [18, '2025-06-27T16:00:00.001', 'red'],
    // Three office hours: from 13:00, lunch not counted, so the whole break is yellow too.
    [1, '2025-06-04T11:59', 'green'],
    [1, '2025-06-04T12:00', 'yellow'],
    [1, '2025-06-04T16:00', 'yellow'],
    [1, '2025-06-04T16:00:00.001', 'red'],
    [0, '2025-06-03T10:00', 'green'],
    [0, '2025-06-03T13:00', 'yellow'],
    [0, '2025-06-04T09:00', 'red'],
  ])('%d WD at %s: %s', (limit, at, light) => {
    expect(lightOf(ledgerOf(limit), national, epoch(at))).toBe(light);
  });

  it('has the thresholds of the matter', () => {
    const at = epoch('2025-06-23T10:00');
    expect(lightOf(ledgerOf(18), national, at)).toBe('green');
    expect(lightOf(ledgerOf(18), national, at, { yellowWorkingDays: 4, yellowOfficeHours: 3 })).toBe('yellow');
    const opening = epoch('2025-06-04T09:00');
    expect(lightOf(ledgerOf(1), national, opening, { yellowWorkingDays: 2, yellowOfficeHours: 6 })).toBe('yellow');
  });

  it('is never red while it stands still, and shows of a stopped clock how it ended', () => {
    const paused: ClockEvent = { event: 'paused', kind: 'inquiry', from: '2025-06-10', maximumWorkingDays: 15 };
    expect(lightOf(ledgerOf(18, [paused]), national, epoch('2025-12-01T10:00'))).toBe('paused');
    const stopped = (at: string) => ledgerOf(18, [{ event: 'stopped', to: null }], at);
    const later = epoch('2025-12-01T10:00');
    expect(lightOf(stopped('2025-06-27T16:00'), national, later)).toBe('green');
    expect(lightOf(stopped('2025-06-27T16:00:00.001'), national, later)).toBe('red');
  });
});

describe('what a definition says of its clocks', () => {
  it('is sound with pauses, an extension and a step', () => {
    expect(checkClocks({ ...matter, clocks: [...matter.clocks, stepClock('resume')] })).toEqual([]);
  });

  const faults: [string, (d: MatterDefinition) => void][] = [
    ['K-02 是内部目标,但没有指明环节', (d) => (d.clocks[1]!.level = 'internal')],
    [
      'N-1 所计的环节 answer 不在办理流程中',
      (d) => d.clocks.push({ ...stepClock('share'), step: { stage: 'answer' as never, reentry: 'share' } }),
    ],
    ['N-1 按环节计时,不能再有起止事件', (d) => d.clocks.push({ ...stepClock('share'), startsOn: ['accepted'] })],
    ['N-1 按环节计时,再次进入的规则须写在环节下', (d) => d.clocks.push({ ...stepClock('share'), reentry: 'share' })],
    ['N-1 按环节计时,不能是全程时限', (d) => d.clocks.push({ ...stepClock('share'), level: 'case' })],
    [
      'K-02 的提醒级别没有 ninety 这一级,可用的是 half、eighty、due、plus1、plus3',
      (d) => (d.clocks[1]!.rungs = ['ninety' as never, 'due']),
    ],
    ['K-02 的提醒级别重复', (d) => (d.clocks[1]!.rungs = ['due', 'due'])],
    ['K-02 的提醒级别缺少 due(时限届满)', (d) => (d.clocks[1]!.rungs = ['half'])],
    ['提醒级别 due 的接收人不存在', (d) => (d.ladder = [{ rung: 'due', tells: ['minister' as never] }])],
    ['暂停种类重复', (d) => (d.pauses![1]!.kind = 'inquiry')],
    ['暂停“协查函询”不能在拨付制定环节提出', (d) => d.pauses![0]!.stages.push('preparePayout')],
    ['暂停“协查函询”没有可以提出的环节,永远不会用到', (d) => (d.pauses![0]!.stages = [])],
    ['暂停“协查函询”没有可以提出或结束的岗位', (d) => (d.pauses![0]!.closedBy = [])],
    ['暂停“协查函询”的上限须为正整数个工作日', (d) => (d.pauses![0]!.maximumWorkingDays = 0)],
    ['有暂停但没有告知申请人的通知', (d) => d.notices.shift()],
    ['有延长但没有告知申请人的通知', (d) => d.notices.pop()],
    ['延长所指的时限 K-77 不存在', (d) => (d.extension!.clocks = ['K-77'])],
    ['延长没有指明时限,永远不会用到', (d) => (d.extension!.clocks = [])],
    ['延长的上限须为正整数个工作日', (d) => (d.extension!.maximumWorkingDays = 1.5)],
    ['延长没有可以申请的环节', (d) => (d.extension!.stages = [])],
    ['延长没有可以申请或批准的岗位', (d) => (d.extension!.decidedBy = [])],
    ['延长没有“不同意”的理由', (d) => (d.reasons[0]!.uses = ['openPause', 'requestExtension'])],
    ['预警界限须为不小于 0 的数', (d) => (d.lights = { yellowWorkingDays: -1, yellowOfficeHours: 3 })],
  ];
  it.each(faults)('%s', (sentence, bend) => {
    const definition = structuredClone(matter);
    bend(definition);
    expect(checkClocks(definition)).toEqual([sentence]);
  });

  it('pauses something and gives reasons for it', () => {
    const clocks = matter.clocks.map((clock) => ({ ...clock, pausedBySupplement: false }));
    expect(checkClocks({ ...matter, clocks, extension: undefined as never })).toEqual([
      '暂停“协查函询”没有可以暂停的时限,永远不会用到',
      '暂停“特别程序”没有可以暂停的时限,永远不会用到',
    ]);
    expect(checkClocks({ ...matter, reasons: [] })).toEqual([
      '暂停“协查函询”没有可选的理由,永远不会用到',
      '暂停“特别程序”没有可选的理由,永远不会用到',
      '延长没有“申请”的理由',
      '延长没有“不同意”的理由',
    ]);
  });
});
