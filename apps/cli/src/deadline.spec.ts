import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The real bin as a child process: what npm links is what is tested, in zones that are not ours.
const room = join(__dirname, '..');
const bin = join(room, 'bin/banjie.js');
const scratch = mkdtempSync(join(tmpdir(), 'banjie-deadline-'));

interface Run {
  code: number | null;
  out: string;
  fault: string;
}

function banjie(args: string[], env: NodeJS.ProcessEnv = {}): Run {
  const run = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
  return { code: run.status, out: run.stdout, fault: run.stderr };
}

const deadline = (line: string, env?: NodeJS.ProcessEnv): Run => banjie(['deadline', ...line.split(' ')], env);

beforeAll(() => {
  // The bin runs what is compiled; bring that up to the sources under test.
  spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-b', room], { stdio: 'ignore' });
  expect(existsSync(join(room, 'dist/main.js'))).toBe(true);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('banjie deadline --json', () => {
  it('gives exactly the fields of the paused example', () => {
    const run = deadline('--start 2025-06-03T10:00 --working-days 18 --pause 2025-06-10..2025-06-16 --json');
    expect(run).toMatchObject({ code: 0, fault: '' });
    const answer = JSON.parse(run.out) as Record<string, unknown>;
    expect(answer).toEqual({
      receivedOn: '2025-06-03',
      dueDate: '2025-07-03',
      dueAt: '2025-07-03T16:00:00+08:00',
      provisional: false,
      calendarVersion: expect.stringMatching(/^CN-/),
      countedDays: expect.any(Array),
      pausedDays: ['2025-06-11', '2025-06-12', '2025-06-13', '2025-06-16'],
    });
    expect(answer.countedDays).toHaveLength(18);
  });

  it.each([
    ['--start 2025-04-25T10:00 --working-days 1', '2025-04-27'],
    ['--start 2025-04-30 --working-days 5', '2025-05-12'],
    ['--start 2026-01-30 --working-days 15', '2026-02-27'],
    ['--start 2026-01-30 --working-days 16', '2026-02-28'],
    ['--start 2025-06-03 --working-days 18', '2025-06-27'],
    ['--start 2025-06-07 --working-days 1', '2025-06-10'],
    ['--start 2025-06-07T22:15 --working-days 1', '2025-06-10'],
    ['--start 2025-06-07 --working-days 1 --after-hours actual-date', '2025-06-09'],
    ['--start 2025-06-07 --working-days 1 --after-hours next-day', '2025-06-10'],
    ['--start 2025-06-10 --calendar-days 14', '2025-06-24'],
    ['--start 2026-08-31 --months 3', '2026-11-30'],
    ['--start 2025-06-03T10:00 --same-day', '2025-06-03'],
    ['--start 2025-06-03T16:00:00.001 --same-day', '2025-06-04'],
    ['--start 2025-06-03T23:30:00Z --same-day', '2025-06-04'],
    ['--start 2026-04-17 --working-days 1 --region 450200', '2026-04-22'],
    ['--start 2025-06-03 --working-days 6 --pause 2025-06-05..2025-06-06 --pause 2025-06-09..2025-06-10', '2025-06-13'],
  ])('%s is due %s', (line, dueDate) => {
    const run = deadline(`${line} --json`);
    expect(run).toMatchObject({ code: 0, fault: '' });
    expect(JSON.parse(run.out)).toMatchObject({ dueDate, dueAt: `${dueDate}T16:00:00+08:00` });
  });

  it('answers the same in every zone of the machine', () => {
    for (const line of [
      '--start 2025-06-03T16:00 --working-days 18 --json',
      '--start 2025-06-03T00:30 --working-days 18 --json',
      '--start 2026-03-08T02:30 --months 3 --json',
      '--start 2025-11-01T23:59:59+08:00 --calendar-days 14 --json',
    ]) {
      const answers = ['Asia/Shanghai', 'UTC', 'America/New_York', 'Pacific/Kiritimati'].map(
        (TZ) => deadline(line, { TZ }).out,
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toContain('dueAt');
    }
  });

  it('takes a calendar file', () => {
    const file = join(scratch, '2027.json');
    writeFileSync(
      file,
      JSON.stringify({
        national: {
          2027: { status: 'published', source: '示例', closed: ['2027-01-01..2027-01-08'], makeUp: ['2027-01-09'] },
        },
      }),
    );
    const line = '--start 2026-12-31 --working-days 2 --json';
    const before = JSON.parse(deadline(line).out) as Record<string, unknown>;
    const after = JSON.parse(deadline(`${line} --calendar ${file}`).out) as Record<string, unknown>;
    expect(before).toMatchObject({ dueDate: '2027-01-05', provisional: true });
    expect(after).toMatchObject({ countedDays: ['2027-01-09', '2027-01-11'], provisional: false });
    expect(after.calendarVersion).not.toBe(before.calendarVersion);
  });
});

describe('banjie deadline in words', () => {
  it('names the due day, the pause and the provisional mark', () => {
    const run = deadline('--start 2025-06-03T10:00 --working-days 18 --pause 2025-06-10..2025-06-16 --region 450200');
    expect(run.code).toBe(0);
    expect(run.out).toContain('截止    2025-07-03(周四) 16:00');
    expect(run.out).toContain('4 个工作日不计');
    expect(run.out).toContain('暂定');
  });

  it('explains its options', () => {
    expect(deadline('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--working-days') });
  });
});

describe('bad input', () => {
  it.each([
    ['--working-days 18', 'BAD_USAGE'],
    ['--start 2025-06-03', 'BAD_USAGE'],
    ['--start 2025-06-03 --working-days 1 --months 1', 'BAD_USAGE'],
    ['--start 2025-06-03 --start 2025-06-04 --working-days 1', 'BAD_USAGE'],
    ['--start 2025-06-03 --working-days', 'BAD_USAGE'],
    ['--start 2025-06-03 --working-days 1 --hours 3', 'BAD_USAGE'],
    ['--start 2025-06-03 --working-days 1 extra', 'BAD_USAGE'],
    ['--start 2025-06-31 --working-days 1', 'BAD_DATE'],
    ['--start 1980-01-01 --working-days 1', 'BAD_DATE'],
    ['--start 2025-06-03 --working-days -1', 'BAD_LIMIT'],
    ['--start 2025-06-03 --working-days=-1', 'BAD_LIMIT'],
    ['--start 2025-06-03 --working-days 2001', 'BAD_LIMIT'],
    ['--start 2025-06-03 --working-days 1.5', 'BAD_LIMIT'],
    ['--start 2025-06-03 --working-days eighteen', 'BAD_LIMIT'],
    ['--start 2025-06-03 --working-days 18 --pause 2025-06-16..2025-06-10', 'BAD_PAUSE'],
    ['--start 2025-06-03 --working-days 18 --pause 2025-06-10', 'BAD_PAUSE'],
    ['--start 2025-06-03 --working-days 18 --pause 2025-06-10..soon', 'BAD_DATE'],
    ['--start 2025-06-03 --calendar-days 18 --pause 2025-06-10..2025-06-16', 'BAD_PAUSE'],
    ['--start 2025-06-03 --working-days 18 --after-hours later', 'BAD_DEADLINE_OPTION'],
    ['--start 2025-06-03 --working-days 18 --region 999999', 'UNKNOWN_REGION'],
    ['--start 2025-06-03 --working-days 18 --calendar /nowhere/at-all.json', 'BAD_CALENDAR_FILE'],
  ])('%s: %s', (line, code) => {
    const run = deadline(line);
    expect(run).toMatchObject({ code: 2, out: '' });
    const fault = JSON.parse(run.fault) as Record<string, unknown>;
    expect(Object.keys(fault)).toEqual(['code', 'message']);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(/[\u4e00-\u9fff]/);
  });

  it('an unknown command gets the usage', () => {
    expect(banjie(['dedline'])).toMatchObject({ code: 2, out: '', fault: expect.stringContaining('deadline') });
    expect(banjie([])).toMatchObject({ code: 2, out: '', fault: expect.stringContaining('用法') });
    expect(banjie(['constructor']).code).toBe(2);
    expect(banjie(['--help'])).toMatchObject({ code: 0, fault: '' });
  });
});

it('loads no database client for a deadline', () => {
  const probe = `
    process.on('exit', () => console.error(Object.keys(require.cache).filter((file) => /node_modules/.test(file)).length));
    process.argv.splice(1, 0, ${JSON.stringify(bin)});
    require(${JSON.stringify(bin)});`;
  const args = ['-e', probe, 'deadline', '--start', '2025-06-03', '--working-days', '18', '--json'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(JSON.parse(run.stdout)).toMatchObject({ dueDate: '2025-06-27' });
  expect(run.stderr.trim()).toBe('0');
});
