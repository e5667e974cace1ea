// A worker to be killed, for which a day passes in a moment: the shipped workflow and activities, told another instant (`now`). What
// the workflow waits by is turned into time on the wall on its way out of an activity; nothing else is different.
const { createCaseActivities } = require('@banjie/activities');
const { ColumnCipher, createDataSource } = require('@banjie/persistence');
const { DefaultLogger, NativeConnection, Runtime, Worker } = require('@temporalio/worker');

const { databaseUrl, address, namespace, taskQueue, keys, hurry } = JSON.parse(process.env.BANJIE_HURRIED);
const caseTime = (wall) => hurry.caseZero + (wall - hurry.wallZero) * hurry.factor;
const wallTime = (at) => hurry.wallZero + (at - hurry.caseZero) / hurry.factor;
const toWall = (position) => ({
  ...position,
  nextRungAt: position.nextRungAt && new Date(wallTime(Date.parse(position.nextRungAt))).toISOString(),
});

async function main() {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'off' } } });
  const dataSource = await createDataSource(databaseUrl, { poolSize: 8 }).initialize();
  const cases = createCaseActivities({
    dataSource,
    cipher: new ColumnCipher(keys),
    findGaps: async () => [],
    now: () => new Date(caseTime(Date.now())),
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    namespace,
    taskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: {
      loadCase: async (input) => {
        const { position, road } = await cases.loadCase(input);
        return { position: toWall(position), road };
      },
      commitAct: async (input) => toWall(await cases.commitAct(input)),
      lookAtClocks: async (input) => {
        const { waitMs, pauseOver } = await cases.lookAtClocks(input);
        return { waitMs: waitMs === null ? null : waitMs / hurry.factor, pauseOver };
      },
    },
    // A dead worker's cache would hold its workflows back for as long as this.
    stickyQueueScheduleToStartTimeout: '1 second',
  });
  process.stdout.write('ready\n');
  await worker.run();
}

void main();
