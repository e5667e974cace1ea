import type { Proof } from '../proof';
import { placesOf, removePlaces } from '../chaos/places';
import { drill } from './drill';

const longestWholeSeconds = 30 * 60;

/**
 * Reliability row DR: a backup of a system at work, more payments, the end of everything by `kill -9`, a restore in another home with the
 * same bank. Nothing is paid twice, the bank's ledger and ours are the same, every case goes on.
 */
export const restoreProof: Proof = {
  name: 'restore',
  keptAs: 'restore-drill',
  options: ['orders', 'demo'],
  async run(context) {
    const places = placesOf('restore', context.seed);
    const { seed, report, signal } = context;
    const plan = { seed, report, signal, folder: places.folder, orders: context.option('orders', 10_000) };
    const figures = await drill({ ...plan, demoSeconds: context.option('demo', 25) });
    const { demo, faults, wholeSeconds } = figures;
    const isExpected = demo === null || demo.asExpected + demo.refiled === demo.packages;
    const pass = faults.length === 0 && isExpected && wholeSeconds <= longestWholeSeconds && figures.doubted > 0;
    if (pass) removePlaces(places);
    else report(`kept for a look: ${places.folder}`);
    return {
      pass,
      figures: { orders: plan.orders, ...figures },
      bars: { faults: 0, demoAsExpected: 'all', wholeSeconds: `<= ${longestWholeSeconds}`, doubted: '> 0' },
      servers: { system: 'npm start, durable, restored in a second home beside the bank of the first' },
    };
  },
};
