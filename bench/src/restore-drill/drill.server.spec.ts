import { mkdtempSync, realpathSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drill, type DrillFigures } from './drill';

/** The drill in small, with every real process; the large one is `npm run chaos -- restore`. */
describe('a restore after the end of everything', () => {
  let folder: string;
  let figures: DrillFigures;

  beforeAll(async () => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'banjie-drill-'));
    chmodSync(folder, 0o711);
    const seed = Math.floor(Math.random() * 1_000);
    const quiet = { report: () => undefined, signal: new AbortController().signal };
    figures = await drill({ ...quiet, orders: 40, seed, folder, demoSeconds: 0 });
  }, 900_000);
  afterAll(() => {
    if (figures.faults.length === 0) rmSync(folder, { recursive: true, force: true });
  });

  it('finds the bank further than the rows, and ends as the bank says, with nothing paid twice', () => {
    // Otherwise there was nothing to find.
    expect(figures.lostEntries).toBeGreaterThan(10);
    expect(figures.doubted).toBeGreaterThan(0);
    expect(figures.faults).toEqual([]);
    // Each of the 40 once, and two that came back.
    expect(figures.bookings).toBe(42);
    expect(figures.heldForTwoPersons).toBe(0);
  });
});
