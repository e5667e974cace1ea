import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inpatientReimbursement, type MatterDefinition } from '@banjie/domain';
import { matterDefinitions } from '@banjie/persistence';
import { main } from './main';

const folder = mkdtempSync(join(tmpdir(), 'banjie-definition-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function definition(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(['definition', ...words]), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function fileOf(content: unknown): string {
  const file = join(folder, 'definition.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function bent(bend: (definition: MatterDefinition) => void): string {
  const copy = structuredClone(inpatientReimbursement);
  bend(copy);
  return fileOf(copy);
}

describe('banjie definition', () => {
  it('lists and shows what this release knows, and finds every one of them sound', async () => {
    const listed = JSON.parse((await definition('list', '--json')).out) as { matter: string; version: number }[];
    expect(listed).toHaveLength(matterDefinitions.length);
    expect((await definition('list')).out).toContain('住院费用报销');
    for (const { matter, version } of listed) {
      const shown = await definition('show', matter, '--version', String(version));
      expect(JSON.parse(shown.out)).toEqual(
        matterDefinitions.find((entry) => entry.matter === matter && entry.version === version),
      );
      expect(await definition('check', fileOf(shown.out))).toMatchObject({ code: 0, err: '' });
    }
    expect(JSON.parse((await definition('show', 'crossProvinceTransferIn')).out)).toMatchObject({ version: 2 });
  });

  const refused: [string, () => string[], string, string][] = [
    [
      'a stage that no way leads to',
      () => ['check', bent((d) => d.stages.push({ ...d.stages[0]!, stage: 'review', acts: ['accept'] }))],
      'DEFINITION_FAULTY',
      '环节“审核”(review) 无法到达',
    ],
    [
      'a clock without a calendar',
      () => ['check', bent(() => undefined), '--region', '999999'],
      'DEFINITION_FAULTY',
      '没有日历: 地区 999999 的工作日历没有载入',
    ],
    [
      'a clock that outlives the case',
      () => ['check', bent((d) => (d.clocks[3]!.stopsOn = ['delivered', 'acceptanceRefused']))],
      'DEFINITION_FAULTY',
      'K-04 在办结后仍在计时: received → withdrawn',
    ],
    [
      'a limit that is no number',
      () => ['check', bent((d) => (d.clocks[1]!.limitWorkingDays = '18' as never))],
      'BAD_DEFINITION_FILE',
      'clocks.1.limitWorkingDays 的值有误或缺少',
    ],
    [
      'a setting that nobody knows',
      () => ['check', fileOf({ ...inpatientReimbursement, autoApprove: true })],
      'BAD_DEFINITION_FILE',
      '定义 有不认识的栏目 autoApprove',
    ],
    ['no JSON', () => ['check', fileOf('{')], 'BAD_DEFINITION_FILE', '不是 JSON'],
    ['a list', () => ['check', fileOf('[]')], 'BAD_DEFINITION_FILE', '须为一个 JSON 对象'],
    ['no such file', () => ['check', join(folder, 'nothing.json')], 'BAD_DEFINITION_FILE', '文件不存在'],
    ['no file', () => ['check'], 'BAD_USAGE', '缺少要核对的文件'],
    ['no such matter', () => ['show', 'nothing'], 'BAD_USAGE', '没有事项“nothing”'],
    ['no such version', () => ['show', 'crossRegionFiling', '--version', '7'], 'BAD_USAGE', '已有的是第 1 版'],
    ['no verb', () => [], 'BAD_USAGE', 'definition list'],
  ];
  it.each(refused)('refuses %s', async (_, words, code, sentence) => {
    const answer = await definition(...words());
    expect([answer.code, answer.out]).toEqual([2, '']);
    const fault = JSON.parse(answer.err) as { code: string; message: string };
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(sentence);
  });
});
