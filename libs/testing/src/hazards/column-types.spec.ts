import { outputOf, spawnTypescript } from './run-typescript';

interface Seen {
  sum: unknown;
  twice: unknown;
  day: string;
  tooLarge: string;
}

const zones = ['UTC', 'Asia/Shanghai', 'America/New_York'];

async function look(zone: string, parsers: 'pg' | 'ours'): Promise<Seen> {
  const env = { TZ: zone, HAZARD_PARSERS: parsers, HAZARD_URL: process.env.BANJIE_TEST_ADMIN_URL };
  return JSON.parse(await outputOf(spawnTypescript('types-probe.ts', env))) as Seen;
}

describe('hazard H8: what the driver makes of column types', () => {
  it('adds amounts as text and moves a date to the day before, as it comes from the shelf', async () => {
    const shanghai = await look('Asia/Shanghai', 'pg');
    expect(shanghai).toMatchObject({ sum: '101', twice: '10.1010.10', tooLarge: '9007199254740993' });
    expect(shanghai.day).toBe('"2026-02-16T16:00:00.000Z"');
    expect((await look('America/New_York', 'pg')).day).toBe('"2026-02-17T05:00:00.000Z"');
  });

  it.each(zones)('counts 分 exactly and keeps the day with our parsers, in %s', async (zone) => {
    const seen = await look(zone, 'ours');
    expect(seen.sum).toBe(11);
    expect(seen.day).toBe('"2026-02-17"');
    expect(seen.tooLarge).toMatch(/^refused: .*9007199254740993/);
  });
});
