import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caseWorkflowId } from '@banjie/contracts';
import { temporalConnectionOptions } from '@banjie/servers';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

/** A road worth keeping and the case that went it. */
export interface RecordedCase {
  /** The file's name, kebab-case, without `.json`. */
  name: string;
  caseNo: string;
  /** Where the road is no case's: the batch of payouts that went it. */
  workflowId?: string;
}

/**
 * Writes the event histories of cases as `<name>.json`, a case with several runs (a 退票 after the archive) as `<name>.json`,
 * `<name>-run-2.json` … in the order of the runs. What names a machine (worker identity, stack traces) is left out; replay
 * reads neither. `isEachRoadOnce` leaves out a history that went the same road as one before it.
 * @returns the names of the files written.
 * @throws Error when a case has no run in this namespace (the server forgets closed runs after its retention).
 */
export async function recordHistories(
  client: Client,
  cases: RecordedCase[],
  folder: string,
  { isEachRoadOnce = false } = {},
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  const roads = new Set<string>();
  for (const { name, caseNo, workflowId = caseWorkflowId(caseNo) } of cases) {
    const runs: { runId: string; startTime: Date }[] = [];
    for await (const { runId, startTime } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      runs.push({ runId, startTime });
    if (runs.length === 0) throw new Error(`${name}: 命名空间里没有 ${workflowId} 的运行记录`);
    runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    for (const [index, { runId }] of runs.entries()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const road = roadOf(history);
      if (isEachRoadOnce && roads.has(road)) continue;
      roads.add(road);
      const file = `${name}${index === 0 ? '' : `-run-${index + 1}`}.json`;
      const events = toPlain(history).events.map((event: unknown) => JSON.stringify(event, withoutMachine));
      writeFileSync(join(folder, file), `{"events":[\n${events.join(',\n')}\n]}\n`);
      written.push(file);
    }
  }
  return written;
}

// Not historyToJSON of @temporalio/common: it refuses every history when npm installed protobufjs more than once.
const { History } = temporal.api.history.v1;
const toPlain = (history: temporal.api.history.v1.IHistory) =>
  History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });

/** The history in a file written by `recordHistories`, as `Worker.runReplayHistories` takes it. */
export const readHistory = (path: string) =>
  History.fromObject(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);

/** What replay tells apart: the events in order, and what local activities answered about the case's place. */
function roadOf({ events }: temporal.api.history.v1.IHistory): string {
  const placeIn = (data: Uint8Array | null | undefined) => {
    const answer = JSON.parse(Buffer.from(data ?? []).toString('utf8')) as Record<string, unknown>;
    const place = (answer['position'] ?? answer) as Record<string, unknown>;
    return [place['stage'], place['waiting'], place['outcome'], (place['last'] as { act?: string } | undefined)?.act];
  };
  return JSON.stringify(
    (events ?? []).map(({ eventType, markerRecordedEventAttributes: marker }) => [
      eventType,
      (marker?.details?.['result']?.payloads ?? []).map(({ data }) => placeIn(data)),
    ]),
  );
}

function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  // The identity of a process, which also names its sticky queue: pid@host.
  return typeof value === 'string' && /^\d+@\S+$/.test(value) ? 'recorded' : value;
}

/** The cases of what `npx banjie demo --json` prints; a package's further cases are `demo-<package>-case-2` … */
export function casesOf(demo: { packages: { name: string; caseNos: string[] }[] }): RecordedCase[] {
  return demo.packages.flatMap(({ name, caseNos }) =>
    caseNos.map((caseNo, index) => ({ name: `demo-${name}${index === 0 ? '' : `-case-${index + 1}`}`, caseNo })),
  );
}

const usage = `用法: node apps/worker/dist/record-histories.js --address 主机:端口 --namespace 名称 --out 目录
        (--demo banjie-demo的JSON文件 | --ids 名称=受理号[,名称=受理号…])`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      address: { type: 'string', default: process.env['TEMPORAL_ADDRESS'] },
      namespace: { type: 'string', default: process.env['TEMPORAL_NAMESPACE'] ?? 'banjie' },
      out: { type: 'string' },
      demo: { type: 'string' },
      ids: { type: 'string', multiple: true },
    },
  });
  const named = (values.ids ?? [])
    .flatMap((list) => list.split(','))
    .map((pair) => /^([a-z0-9-]+)=(?:case\/)?(\d+)$/.exec(pair.trim()))
    .map((found) => (found ? { name: found[1]!, caseNo: found[2]! } : null));
  const shown =
    values.demo === undefined
      ? []
      : casesOf(JSON.parse(readFileSync(values.demo, 'utf8')) as Parameters<typeof casesOf>[0]);
  const cases = [...named.filter((one) => one !== null), ...shown];
  if (!values.address || !values.out || cases.length === 0 || named.includes(null)) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const connection = await Connection.connect({
    ...temporalConnectionOptions({ ...process.env, TEMPORAL_ADDRESS: values.address }),
    connectTimeout: 10_000,
  });
  try {
    const client = new Client({ connection, namespace: values.namespace });
    const files = await recordHistories(client, cases, values.out, { isEachRoadOnce: values.demo !== undefined });
    console.log(`已写入 ${files.length} 个历史: ${values.out}`);
  } finally {
    await connection.close();
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
