import { existsSync } from 'node:fs';
import { readJsonFile, writeJsonFile } from '@banjie/servers';
import { slowestOf, tableOf } from '../chaos/kills';
import { placesOf, removePlaces } from '../chaos/places';
import { components, startSystem, type System } from '../chaos/system';
import { rounded } from '../figures';
import type { Finding, Proof, ProofContext } from '../proof';
import { channelOf, playBatches } from './batches';
import { lookAtEnd, type Ending } from './ending';
import { faultsOf } from './faults';
import { allStarted, openGround, seedCases, slicesOf, type ChaosGround } from './ground';
import { Killer } from './killer';
import { matrixOf, planOf, steps, type StepKill } from './plan';
import { Person, type Repeats } from './staff';

/** Two may be away at once, and one waits for the other. */
const longestRecoverySeconds = 120;
/** Twice every step with every component. */
const wholePlan = steps.length * components.length * 2;

/** What a run has done so far; kept beside its home, so that the same seed goes on and adds up. */
interface State {
  seed: number;
  orders: number;
  isSeeded: boolean;
  /** How often it was begun: more than once when it was cut off. */
  sittings: number;
  kills: StepKill[];
  /** Batches that are over. */
  finished: number[];
  repeats: Repeats;
  /** From the first gathering to the end of the last batch, without the times in between in which nothing ran. */
  workedMs: number;
  seedSeconds: number;
}

interface Sizes {
  orders: number;
  live: number;
  kills: number;
  batchSize: number;
  partSize: number;
  lanes: number;
  minutes: number;
}

function sizesOf(context: ProofContext): Sizes {
  const orders = context.option('orders', 10_000);
  const batchSize = context.option('batch', Math.min(200, Math.max(20, Math.ceil(orders / 10))));
  return {
    orders,
    live: Math.min(orders, context.option('live', 2_000)),
    kills: context.option('kills', wholePlan),
    batchSize,
    partSize: Math.ceil(batchSize / 3),
    lanes: context.option('lanes', 4),
    minutes: context.option('minutes', 60),
  };
}

async function play(
  context: ProofContext,
  system: System,
  ground: ChaosGround,
  { sizes, state, save }: { sizes: Sizes; state: State; save: () => void },
): Promise<{ ending: Ending; slices: string[][] }> {
  const { seed, report } = context;
  if (!state.isSeeded) {
    const since = Date.now();
    await seedCases(ground, { orders: sizes.orders, live: sizes.live, seed });
    await allStarted(ground, context.signal);
    Object.assign(state, { isSeeded: true, seedSeconds: rounded((Date.now() - since) / 1_000, 1) });
    save();
    report(`${sizes.orders} approved cases in ${state.seedSeconds} s, ${sizes.live} with a workflow`);
  }
  const slices = await slicesOf(ground, sizes.batchSize);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(sizes.minutes * 60_000)]);
  const killer = new Killer({
    ...{ system, report, signal, kills: state.kills, plan: planOf(seed, sizes.kills) },
    onKill: (kill) => {
      state.kills.push(kill);
      tick();
    },
  });
  await killer.install();
  const { workedMs } = state;
  const since = Date.now();
  const tick = () => {
    state.workedMs = workedMs + Date.now() - since;
    save();
  };
  const killing = killer.run();
  killing.catch(() => undefined);
  const batches = playBatches(
    {
      ...{ system, ground, killer, seed, slices, report, signal, partSize: sizes.partSize },
      ...{ repeats: state.repeats, finished: state.finished },
      onFinished: (n) => {
        state.finished.push(n);
        tick();
      },
    },
    sizes.lanes,
  );
  try {
    await Promise.race([batches, system.failure, killing.then(() => batches)]);
  } finally {
    killer.stop();
    await killing.catch(() => undefined);
    tick();
  }
  const silent = slices.flatMap((caseNos, n) => faultsOf(seed, { n, channel: channelOf(n), caseNos }).silent);
  const supervisor = new Person(
    system.addresses.api,
    'finreview1',
    system.demo.password,
    state.repeats,
    context.signal,
  );
  return { ending: await lookAtEnd(system, ground, supervisor, { silent, report, signal: context.signal }), slices };
}

function finding(sizes: Sizes, state: State, { ending, slices }: { ending: Ending; slices: string[][] }): Finding {
  const { kills, finished, repeats, seedSeconds } = state;
  const { picture, reconciliation, workflows, faults } = ending;
  const matrix = matrixOf(kills);
  const leastOfEach = Math.floor(sizes.kills / (steps.length * components.length));
  const least = Math.min(...Object.values(matrix).flatMap((row) => Object.values(row)));
  const minutes = rounded(state.workedMs / 60_000, 1);
  const byCalls = slices.filter((_, n) => channelOf(n) === 'http').flat().length;
  return {
    pass:
      faults.length === 0 &&
      finished.length === slices.length &&
      kills.length >= sizes.kills &&
      least >= leastOfEach &&
      minutes <= sizes.minutes &&
      slowestOf(kills) <= longestRecoverySeconds,
    figures: {
      ...{ orders: sizes.orders, live: sizes.live, byCalls, batches: slices.length, lanes: sizes.lanes },
      ...{ kills: kills.length, leastOfEachPair: least, minutes, seedSeconds, repeats, sittings: state.sittings },
      ...{ whereabouts: picture.whereabouts, reconciliation, workflowsLookedAt: workflows, audit: 'every chain' },
      ...{ table: tableOf(kills), matrix, faults },
    },
    bars: {
      ...{ kills: sizes.kills, ofEachPair: leastOfEach, minutes: sizes.minutes, faults: 0 },
      recoveredSeconds: `<= ${longestRecoverySeconds}`,
    },
    servers: { system: 'npm start, durable: embedded PostgreSQL, Redis, Temporal dev server on a SQLite file, bank' },
  };
}

/**
 * Bars 54–55: payouts in batches, by files and by calls, while `kill -9` hits api, worker, jobs, bank, PostgreSQL, Redis and Temporal, each
 * of them in the middle of every step. Afterwards the bank's ledger and ours are the same, every decision was paid once or visibly not.
 * The same `--seed` goes on with the same home and plan.
 */
export const payoutChaosProof: Proof = {
  name: 'payout',
  keptAs: 'payout-chaos',
  options: ['orders', 'live', 'kills', 'minutes', 'batch', 'lanes'],
  async run(context) {
    const sizes = sizesOf(context);
    const places = placesOf('payout', context.seed);
    const known = readJsonFile<State>(places.state);
    if (existsSync(places.home) && !known?.isSeeded) {
      removePlaces(places); // Cut off while it was filled: nothing to go on with.
      placesOf('payout', context.seed);
    }
    const state: State = known?.isSeeded
      ? known
      : {
          ...{ seed: context.seed, orders: sizes.orders, isSeeded: false, sittings: 0, kills: [], finished: [] },
          ...{ repeats: { lost: 0, refused: 0 }, workedMs: 0, seedSeconds: 0 },
        };
    sizes.orders = state.orders;
    state.sittings += 1;
    if (known?.isSeeded)
      context.report(`going on: ${state.finished.length} batches, ${state.kills.length} kills so far`);
    const system = await startSystem(places.home, context);
    let result: Finding;
    try {
      const ground = await openGround(system);
      const save = () => writeJsonFile(places.state, state);
      const played = await play(context, system, ground, { sizes, state, save }).finally(() => ground.close());
      result = finding(sizes, state, played);
    } finally {
      await system.stop();
    }
    if (result.pass) removePlaces(places);
    else context.report(`kept for a look, or to go on with --seed ${context.seed}: ${places.home}`);
    return result;
  },
};
