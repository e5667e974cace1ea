import { join } from 'node:path';
import { bankLedgerSummarySchema } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { freePort, waitUntil } from '@banjie/servers';
import { median, rounded } from '../figures';
import { clients, connect, driveFigures, driveFloor, startFloorWorker, type Driven } from '../floor/floor';
import { withGround, type Ground } from '../ground';
import { root, type Proof } from '../proof';
import { fileClaim, usualClaim } from './file-claim';
import { PaidWatch, walkClaim } from './claim-road';
import { openWorld, type BenchWorld } from './world';

const leastRatio = 0.7;

/** The real worker and the stand-in bank as `npm start` runs them. Answers where the bank listens. */
async function startPrograms(ground: Ground, { keysPath, keysOfTheBank }: BenchWorld): Promise<string> {
  const bankPort = await freePort();
  const bankUrl = `http://127.0.0.1:${bankPort}`;
  ground.startProgram('bank', join(root, 'apps/bank/dist/main.js'), {
    BANJIE_HOME: ground.home.path,
    BANJIE_BANK_PORT: String(bankPort),
    BANK_KEYS: keysOfTheBank,
  });
  ground.startProgram('worker', join(root, 'apps/worker/dist/main.js'), {
    DATABASE_URL: ground.postgres.appUrl,
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
    BANK_URL: bankUrl,
    BANJIE_KEYS: keysPath,
    BANJIE_LOG_LEVEL: 'warn',
  });
  await ground.guard(waitUntil(() => fetch(`${bankUrl}/health`), { withinMs: 20_000 }));
  return bankUrl;
}

/** 收件 of so many claims, untimed. */
async function file(bench: BenchWorld, from: number, count: number): Promise<string[]> {
  const caseNos: string[] = [];
  for (let index = from; index < from + count; index += 1) {
    caseNos.push(await fileClaim(bench, usualClaim(bench, index)));
  }
  return caseNos;
}

/** A fast road that leaves something out would prove nothing: all closed, paid once each, every act chained. */
async function assertDone({ dataSource }: BenchWorld, bankUrl: string, claims: number): Promise<void> {
  const [state] = await rows<{ closed: number; paid: number; acts: number; duties: number; stopped: number }>(
    dataSource,
    `SELECT (SELECT count(*) FROM cases WHERE stage = 'closed' AND order_state = 'paid') AS closed,
       (SELECT count(*) FROM payout_order WHERE state = 'paid') AS paid, (SELECT count(*) FROM case_act) AS acts,
       (SELECT count(*) FROM case_duty) AS duties, (SELECT count(*) FROM clock WHERE state = 'stopped') AS stopped`,
  );
  const answer = await fetch(`${bankUrl}/ledger/summary`);
  const ledger = bankLedgerSummarySchema.parse(await answer.json());
  const found = { ...state, booked: ledger.debits.count, twice: ledger.ordersBookedTwice.length };
  const wanted = { closed: claims, paid: claims, acts: claims * 11, duties: claims * 6, stopped: claims * 4 };
  const expected = { ...wanted, booked: claims, twice: 0 };
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`the road left something out: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

/** The same ratio in processor time: what it would be if nobody else used the machine. */
function cpuRatio(pairs: { floor: Driven; act: Driven }[]): number | null {
  const ratios = pairs.flatMap(({ floor, act }) =>
    floor.cpuMsPerClaim?.['total'] && act.cpuMsPerClaim?.['total']
      ? [floor.cpuMsPerClaim['total'] / act.cpuMsPerClaim['total']]
      : [],
  );
  return ratios.length === 0 ? null : rounded(median(ratios), 3);
}

/** Bar 71: the whole road against the engine alone, one after the other on the same servers, in pairs. */
export const actProof: Proof = {
  name: 'act',
  options: ['claims', 'rounds'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [claims, rounds] = [context.option('claims', 50), context.option('rounds', 10)];
      const warmUp = clients * 2;
      const total = claims * rounds + warmUp;
      const bench = await openWorld(ground, total);
      const bankUrl = await startPrograms(ground, bench);
      startFloorWorker(ground);
      const client = await connect(ground);
      const watch = new PaidWatch(bench);
      const drivePaid = (cases: string[]): Promise<Driven> =>
        driveFigures(ground, cases.length, (index, actMs) =>
          walkClaim(bench, client, watch, cases[index] ?? '', actMs),
        );
      try {
        await ground.guard(driveFloor(ground, client, warmUp));
        await ground.guard(drivePaid(await file(bench, 0, warmUp)));
        const pairs: { floor: Driven; act: Driven; ratio: number }[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const cases = await file(bench, warmUp + round * claims, claims);
          const floor = await ground.guard(driveFloor(ground, client, claims));
          const act = await ground.guard(drivePaid(cases));
          const ratio = rounded(act.claimsPerSecond / floor.claimsPerSecond, 3);
          const speeds = `act ${act.claimsPerSecond}, floor ${floor.claimsPerSecond} claims/s`;
          context.report(`act ${round + 1}/${rounds}: ${speeds}, ratio ${ratio}`);
          pairs.push({ floor, act, ratio });
        }
        await assertDone(bench, bankUrl, total);
        await client.connection.close();
        await bench.dataSource.destroy();
        const ratio = median(pairs.map((pair) => pair.ratio));
        const speedOf = (key: 'floor' | 'act') => median(pairs.map((pair) => pair[key].claimsPerSecond));
        return {
          pass: ratio >= leastRatio,
          figures: {
            ratio,
            actClaimsPerSecond: speedOf('act'),
            floorClaimsPerSecond: speedOf('floor'),
            cpuRatio: cpuRatio(pairs),
            ...{ pairs, claims, clients },
          },
          bars: { ratio: `>= ${leastRatio}` },
          servers: ground.kinds,
        };
      } finally {
        watch.close();
        bench.removeKeys();
      }
    }),
};
