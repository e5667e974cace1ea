import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker, type ReplayWorkerOptions } from '@temporalio/worker';

type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Parting {
  workflowId: string;
  /** In Chinese: the event of the history at which the code asks for something else. */
  where: string;
  /** The engine's own words. */
  reason: string;
  /** The patch that the history went through and the code no longer knows. */
  missingPatch?: string | undefined;
}

export interface ReplayOutcome {
  replayed: number;
  /** By workflow type; empty when every history fits. */
  mismatches: { workflowType: string; count: number; first: Parting }[];
}

export interface ReplayOpenOptions {
  client: Client;
  /** The compiled workflow bundle that a worker is going to run. */
  bundlePath: string;
  report?: (line: string) => void;
}

const reportEvery = 1_000;
/** Replay is work of the processor, one history at a time in each lane. */
const lanes = Math.max(1, Math.min(4, availableParallelism()));

/**
 * Replays the history of every open run of the client's namespace with the code of the bundle. Histories come page by page,
 * a few at a time, and are let go of at once: the memory needed does not grow with the number of cases.
 * A run that no worker has begun yet holds nothing to part from and is left out.
 */
export async function replayOpenHistories({ client, bundlePath, report }: ReplayOpenOptions): Promise<ReplayOutcome> {
  const options = { workflowBundle: { codePath: bundlePath }, replayName: 'open-cases' };
  // An operator's question, not a screen's: lists of cases for people read PostgreSQL only.
  const open = client.workflow.list({ query: `ExecutionStatus = 'Running'` });
  const histories = begun(open.intoHistories({ concurrency: 4, bufferLimit: 8 }));
  const byType = new Map<string, ReplayOutcome['mismatches'][number]>();
  let replayed = 0;

  const replayLane = async (): Promise<void> => {
    let current: History = {};
    async function* mine() {
      for (let next = await histories.next(); !next.done; next = await histories.next()) {
        current = next.value.history;
        yield next.value;
      }
    }
    // Results come one by one, before the next history is taken: `current` is what this one is about.
    for await (const { workflowId, error } of Worker.runReplayHistories(options, mine())) {
      replayed += 1;
      if (replayed % reportEvery === 0) report?.(`已重放 ${replayed} 个在办件…`);
      if (!error) continue;
      const workflowType = typeOf(current);
      const known = byType.get(workflowType);
      if (known) known.count += 1;
      else {
        const first = { workflowId, ...(await partingOf(options, bundlePath, current, error)) };
        byType.set(workflowType, { workflowType, first, count: (byType.get(workflowType)?.count ?? 0) + 1 });
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, replayLane));
  return { replayed, mismatches: [...byType.values()].sort((a, b) => b.count - a.count) };
}

async function* begun(histories: AsyncIterable<{ workflowId: string; history: unknown }>) {
  for await (const { workflowId, history } of histories) {
    const events = decided((history as History).events ?? []);
    if (events.length > 0) yield { workflowId, history: { events } };
  }
}

/**
 * The events up to the last finished workflow task and what it asked for. What happened since (a timer that fired while no
 * worker ran, a signal) no code has answered yet: replayed, it would run the new code ahead, without its activities.
 */
export function decided(events: HistoryEvent[]): HistoryEvent[] {
  const lastTask = events.findLastIndex((event) => event.workflowTaskCompletedEventAttributes);
  if (lastTask < 0) return [];
  const next = events.findIndex((event, index) => index > lastTask && !isAskedFor(event));
  return next < 0 ? events : events.slice(0, next);
}

/** Written together with the workflow task that asked for it. */
function isAskedFor(event: HistoryEvent): boolean {
  if (event.workflowExecutionUpdateAcceptedEventAttributes || event.workflowExecutionUpdateCompletedEventAttributes)
    return true;
  return Object.entries(event).some(
    ([key, value]) =>
      key.endsWith('EventAttributes') && value && 'workflowTaskCompletedEventId' in (value as unknown as object),
  );
}

const typeOf = ({ events }: History) =>
  events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';

async function partingOf(
  options: ReplayWorkerOptions,
  bundlePath: string,
  history: History,
  error: Error,
): Promise<Omit<Parting, 'workflowId'>> {
  const reason = /message: "((?:[^"\\]|\\.)*)"/.exec(error.message)?.[1]?.split('\\n')[0] ?? error.message;
  const named = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(reason);
  const where = named ? `第 ${named[1]} 号事件 ${named[2]}` : await firstUnfitTask(options, history);
  const code = readFileSync(bundlePath, 'utf8');
  return { where, reason, missingPatch: patchesOf(history).find((id) => !code.includes(id)) };
}

/** The ids of the patches a history went through. The engine seldom names the one that is gone: the code fails before. */
function patchesOf({ events }: History): string[] {
  return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
    const data = marker?.markerName === 'core_patch' ? marker.details?.['patch-data']?.payloads?.[0]?.data : null;
    return data ? [(JSON.parse(Buffer.from(data).toString('utf8')) as { id: string }).id] : [];
  });
}

/** The engine does not always name the event: then the beginnings of the history are replayed until one does not fit. */
async function firstUnfitTask(options: ReplayWorkerOptions, history: History): Promise<string> {
  const events = history.events ?? [];
  const beforeTasks = events.flatMap((event, index) =>
    event.workflowTaskCompletedEventAttributes ? [events.slice(0, index)] : [],
  );
  const beginnings = [...beforeTasks.slice(1), events]
    .map(decided)
    .map((beginning) => ({ workflowId: String(beginning.length), history: { events: beginning } }));
  let fits = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(options, beginnings)) {
    if (error) return `第 ${fits + 1} 号至第 ${workflowId} 号事件之间`;
    fits = Number(workflowId);
  }
  return '最后一个事件之后';
}

/** No log lines of the engine: what does not fit is told in one sentence, once. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
    shutdownSignals: [],
  });
}
