import { sharedFor } from './shared-for';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it('runs once for all who ask at the same time or shortly after, and again later', async () => {
  let runs = 0;
  const ask = sharedFor(200, async () => {
    runs += 1;
    await pause(20);
    return runs;
  });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(1);
  await pause(250);
  expect(await ask()).toBe(2);
});

it('starts no second run while the first is still under way, and tells all of a failure', async () => {
  let runs = 0;
  const ask = sharedFor(10, async () => {
    runs += 1;
    await pause(80);
    throw new Error('away');
  });
  const first = ask();
  await Promise.all([
    expect(first).rejects.toThrow('away'),
    pause(30).then(() => expect(ask()).rejects.toThrow('away')),
  ]);
  expect(runs).toBe(1);
  await pause(15);
  await expect(ask()).rejects.toThrow('away');
  expect(runs).toBe(2);
});
