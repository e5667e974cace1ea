import { existsSync } from 'node:fs';
import { slowestOf, tableOf } from '../chaos/kills';
import { placesOf, removePlaces } from '../chaos/places';
import { components, startSystem, type System } from '../chaos/system';
import { seededRandom } from '../figures';
import type { Finding, Proof, ProofContext } from '../proof';
import { violations } from './checks';
import { startDemo } from './demo-run';
import { killDuring } from './killer';
import { readState, writeState, type RoadState } from './state';

const leastOfEach = 12;
const longestRecoverySeconds = 60;

/** One demo with new persons and invoices, with kills in its middle, and everything looked at when it is over. */
async function playRound(context: ProofContext, system: System, state: RoadState, path: string): Promise<void> {
  const { seed, report, signal } = context;
  const round = state.rounds + 1;
  const demo = startDemo(system, `chaos-${seed}-${round}`, report);
  signal.addEventListener('abort', () => demo.cancel(), { once: true });
  report(`round ${round}: banjie demo --run ${demo.run}`);
  const killing = killDuring({
    ...{ system, demo, round, report, signal },
    kills: state.kills,
    wanted: context.option('kills', 60),
    random: seededRandom(seed * 1_000 + round),
    onKill: (kill) => {
      state.kills.push(kill);
      writeState(path, state);
    },
  });
  const [outcome] = await Promise.race([Promise.all([demo.outcome, killing]), system.failure]);
  const unexpected = outcome.packages.filter(({ asExpected }) => !asExpected);
  const found = [
    ...unexpected.map(({ name, differences }) => `round ${round}, ${name}: ${differences.join('; ')}`),
    ...(outcome.code === 0 || unexpected.length > 0 ? [] : [`round ${round}: banjie demo ended with ${outcome.code}`]),
    ...(await violations(system)),
  ];
  for (const line of found) report(`  ! ${line}`);
  state.violations.push(...found);
  state.rounds = round;
  state.packages += outcome.packages.length;
  writeState(path, state);
  report(`round ${round}: ${outcome.packages.length - unexpected.length} of ${outcome.packages.length} as expected`);
}

function finding({ kills, violations: found, rounds, packages }: RoadState, wanted: number): Finding {
  const table = tableOf(kills);
  const each = Math.min(leastOfEach, Math.floor(wanted / components.length));
  const slowest = slowestOf(kills);
  return {
    pass:
      found.length === 0 &&
      kills.length >= wanted &&
      table.every((row) => row.kills >= each) &&
      slowest <= longestRecoverySeconds,
    figures: { kills: kills.length, rounds, packages, table, violations: found },
    bars: { kills: wanted, ofEach: each, violations: 0, recoveredSeconds: `<= ${longestRecoverySeconds}` },
    servers: { system: 'npm start, durable: embedded PostgreSQL, Redis, Temporal dev server on a SQLite file, bank' },
  };
}

/**
 * Issue 3 § 6.2: `kill -9` of every process and server in the middle of demo runs, until so many kills have been
 * made; after every round each case stands where its package says, paid exactly once, in our rows and in the bank's books. The
 * same `--seed` goes on with the same home and adds up; `--from` says with which round.
 */
export const roadProof: Proof = {
  name: 'road',
  options: ['kills', 'minutes', 'from'],
  async run(context) {
    const places = placesOf('road', context.seed);
    const state = readState(places.state, context.seed);
    state.rounds = Math.max(0, context.option('from', state.rounds + 1) - 1);
    const wanted = context.option('kills', 60);
    const until = Date.now() + context.option('minutes', 40) * 60_000;
    if (existsSync(places.home)) context.report(`going on: ${state.rounds} rounds, ${state.kills.length} kills so far`);
    const system = await startSystem(places.home, context);
    try {
      while (state.kills.length < wanted && state.violations.length === 0) {
        if (Date.now() > until || context.signal.aborted) break;
        await playRound(context, system, state, places.state);
      }
    } finally {
      await system.stop();
    }
    const result = finding(state, wanted);
    if (result.pass) removePlaces(places);
    else context.report(`kept for a look, or to go on with --seed ${context.seed}: ${places.home}`);
    return result;
  },
};
