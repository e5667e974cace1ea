import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { StartFault, temporalConnectionOptions } from '@banjie/servers';
import type { ReplayOutcome } from './replay-histories';

/** The exit code for "this code does not fit the open cases"; any other fault ends with 1. */
export const mismatchExitCode = 3;

/**
 * Asks before a worker starts whether the code it is going to run fits every open case. Otherwise an incompatible change shows
 * only as cases that stand still for ever while their status stays RUNNING (reliability F1, F2, F3).
 *
 *   node apps/worker/dist/replay-open.js [--bundle FILE] [--passed-file FILE] [--server NAME]
 *
 * The passed-file remembers the code that has passed, so that a second start with the same code costs nothing; NAME stands
 * for the server in it (an embedded one has another port at every start). Where the server is comes from TEMPORAL_ADDRESS …
 */
async function main(): Promise<void> {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { bundle: option, 'passed-file': option, server: option } });
  const bundlePath = values.bundle ?? require.resolve('@banjie/workflows/bundle');
  const namespace = process.env['TEMPORAL_NAMESPACE'] || 'banjie';
  const server = values.server ?? process.env['TEMPORAL_ADDRESS'] ?? '';
  const passedFile = values['passed-file'];
  const passing = `${digestOfCode(bundlePath)}  ${namespace}@${server}\n`;
  if (passedFile !== undefined && existsSync(passedFile) && readFileSync(passedFile, 'utf8') === passing) {
    console.log('流程代码没有变化');
    return;
  }

  // Loaded when needed: these are large, and most starts run the code of the day before.
  const { Client, Connection } = await import('@temporalio/client');
  const { quietRuntime, replayOpenHistories } = await import('./replay-histories.js');
  quietRuntime();
  const connection = await Connection.connect({ ...temporalConnectionOptions(process.env), connectTimeout: 10_000 });
  try {
    const report = (line: string) => console.log(line);
    const outcome = await replayOpenHistories({ client: new Client({ connection, namespace }), bundlePath, report });
    const fault = faultOf(outcome);
    if (fault) {
      console.error(fault.message);
      process.exitCode = mismatchExitCode;
      return;
    }
    if (passedFile !== undefined) writeFileSync(passedFile, passing);
    console.log(`已重放 ${outcome.replayed} 个在办件,全部一致`);
  } finally {
    await connection.close();
  }
}

/** The bundle holds the workflows with the SDK's workflow part; how they are replayed hangs on the worker's version too. */
function digestOfCode(bundlePath: string): string {
  const sdk = readFileSync(`${dirname(require.resolve('@temporalio/worker'))}/../package.json`, 'utf8');
  const { version } = JSON.parse(sdk) as { version: string };
  return createHash('sha256').update(readFileSync(bundlePath)).update(version).digest('hex');
}

/** What the person who starts the system is told; null when everything fits. */
export function faultOf({ mismatches }: ReplayOutcome, today = new Date()): StartFault | null {
  const [worst] = mismatches;
  if (!worst) return null;
  const lines = mismatches.map(
    ({ workflowType, count, first }) =>
      `流程 ${workflowType}:${count} 个在办件的历史与新代码不一致,第一个是 ${first.workflowId},分岔在${first.where}\n      ${first.reason}`,
  );
  const patch = worst.first.missingPatch;
  const month = today.toISOString().slice(0, 7);
  const remedy = patch
    ? `新代码里缺少 patched('${patch}'):还有在办件走过这条路,请恢复它(deprecatePatch 要等这些件全部办结)`
    : `请在改动的步骤用 patched('${month}-改动名称') 分开,旧路径留在原处,编译后再启动;或先换回原来的版本`;
  return new StartFault(
    `新的流程代码不能接着办已有的件,没有启动任何处理进程:\n    ${lines.join('\n    ')}`,
    `${remedy}。数据未受影响`,
  );
}

if (require.main === module) {
  // An end by hand: a connection that never came about keeps trying and would keep this process alive.
  main().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
