import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../main';
import type { PackageOutcome } from './outcome';
import { ProgressJournal } from './progress-journal';
import { countingLine, tableOf } from './report';

const outcome = (name: string, differences: string[] = []): PackageOutcome => ({
  name,
  title: '',
  asExpected: differences.length === 0,
  expected: 'approved paid',
  got: 'approved paid',
  caseNos: ['1'],
  dueDates: [{ case: 'main', clock: 'K-01', dueDate: '2026-11-24', counted: '2026-11-24' }],
  paidFen: 123_405,
  refusals: [],
  differences,
  seconds: 1,
});

describe('the table of the demo', () => {
  it('ends with the true count', () => {
    const outcomes = [outcome('plain'), outcome('other', ['结果应为 approved,实为 rejected'])];
    const lines = tableOf(outcomes).trimEnd().split('\n');
    expect(lines.at(-1)).toBe('2 packages: 1 as expected, 1 not');
    expect(lines.find((line) => line.includes('plain'))).toMatch(/✓.*approved paid.*K-01 11-24.*1234\.05/);
    expect(tableOf(outcomes)).toContain('other:结果应为 approved,实为 rejected');
    expect(countingLine([])).toBe('0 packages: 0 as expected, 0 not');
  });
});

describe('the journal of a run', () => {
  const home = mkdtempSync(join(tmpdir(), 'banjie-demo-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('remembers what was seen, over a restart and a cut-off last line', () => {
    const first = new ProgressJournal(home, 'seed');
    first.add({ package: 'plain', kind: 'draft', step: 0, filingId: 'f-1' });
    first.add({ package: 'plain', kind: 'filed', step: 0, caseNo: 'c-1' });
    first.add({ package: 'plain', kind: 'met', step: 3, code: 'CASE_MOVED' });
    const path = join(home, 'demo', 'seed.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"package":"plain","kind":"do`);
    const second = new ProgressJournal(home, 'seed');
    expect([second.draft('plain', 0), second.filed('plain', 0), second.met('plain', 3)]).toEqual([
      'f-1',
      'c-1',
      'CASE_MOVED',
    ]);
    expect([second.filed('other', 0), second.met('plain', 0), second.isDone('plain', 0)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    second.add({ package: 'plain', kind: 'done', step: 9 });
    expect(new ProgressJournal(home, 'seed').isDone('plain', 9)).toBe(true);
  });
});

describe('banjie demo', () => {
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const home = process.env.BANJIE_HOME;
  beforeAll(() => {
    process.env.BANJIE_HOME = join(tmpdir(), 'banjie-that-is-not-there');
  });
  afterAll(() => {
    if (home === undefined) delete process.env.BANJIE_HOME;
    else process.env.BANJIE_HOME = home;
    stderr.mockRestore();
    stdout.mockRestore();
  });

  it.each([
    [['demo', '--only', 'no-such-package'], 2],
    [['demo', '--run', 'a/b'], 2],
    [['demo', '--concurrency', '0'], 2],
    [['demo', '--what'], 2],
    [['demo', '--list'], 0],
    [['demo'], 3],
    [['verify-audit', '--what'], 2],
  ])('%j exits with %d', async (args, code) => {
    const url = process.env.DATABASE_URL;
    delete process.env.DATABASE_URL;
    expect(await main(args)).toBe(code);
    if (url !== undefined) process.env.DATABASE_URL = url;
  });
});
