import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  actLabels,
  dutyLabels,
  outcomeLabels,
  postLabels,
  stageLabels,
  staffActs,
  systemActs,
  type CasePosition,
} from '@banjie/domain';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bends, bendsOfAny, decoded, type StoredHistory } from './bends';

const folder = join(__dirname, 'histories');
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const stored = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as StoredHistory;

beforeAll(() => {
  const telemetryOptions = { logging: { filter: 'OFF', forward: {} } };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions });
});

/** By name: the fault that the code of today finds, null where it fits. */
async function replay(histories: Record<string, StoredHistory>): Promise<Record<string, Error | null>> {
  const found: Record<string, Error | null> = {};
  const results = Worker.runReplayHistories(
    { workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') } },
    Object.entries(histories).map(([workflowId, history]) => ({
      workflowId,
      history: temporal.api.history.v1.History.fromObject(history),
    })),
  );
  for await (const { workflowId, error } of results) found[workflowId] = error ?? null;
  return found;
}

const fitsAll = (histories: Record<string, StoredHistory>) =>
  Object.fromEntries(Object.keys(histories).map((name) => [name, null]));

describe('stored histories', () => {
  it('fit the code of today, whole', async () => {
    const whole = Object.fromEntries(names.map((name) => [name, stored(name)]));
    expect(await replay(whole)).toEqual(fitsAll(whole));
  });

  it('fit at every point where a case could have been open', async () => {
    const beginnings: Record<string, StoredHistory> = {};
    for (const name of names) {
      const { events } = stored(name);
      for (const length of restingPoints(events))
        beginnings[`${name} up to ${length}`] = { events: events.slice(0, length) };
    }
    expect(Object.keys(beginnings).length).toBeGreaterThan(100);
    expect(await replay(beginnings)).toEqual(fitsAll(beginnings));
  });

  it('hold every act of staff and system', () => {
    const acts = new Set<unknown>();
    for (const { events } of names.map(stored))
      for (const { markerRecordedEventAttributes: marker } of events)
        for (const { data } of marker?.details['result']?.payloads ?? []) {
          const answer = decoded(data) as { position?: CasePosition } & Partial<CasePosition>;
          acts.add((answer.position ?? answer).last?.act);
        }
    expect([...acts]).toEqual(expect.arrayContaining([...staffActs, ...systemActs]));
  });

  it.each(names)('%s names no person, account, machine or folder', (name) => {
    const texts = textsOf(stored(name));
    expect(texts.length).toBeGreaterThan(50);
    const telling = [
      /\p{Script=Han}/u, // Names, diagnoses, reasons in words.
      /(?<![\dA-Za-z-])\d{15,19}[Xx]?(?![\dA-Za-z-])/, // ID and account numbers; a 受理号 has twenty digits.
      /(?<![\dA-Za-z-])1[3-9]\d{9}(?![\dA-Za-z-])/, // Mobile numbers.
      /^\d+@/, // A process on a machine.
      /(?:^|[\s"(])\/(?:home|root|tmp|usr|work|Users)\//,
    ];
    const found = texts.map(withoutLabels).filter((text) => telling.some((pattern) => pattern.test(text)));
    expect(found).toEqual([]);
  });
});

describe('a history that is bent on purpose', () => {
  it.each(bends)('is found: $bend in $name', async ({ name, apply }) => {
    const bent = apply(stored(name));
    expect(bent).not.toEqual(stored(name));
    expect((await replay({ bent }))['bent']).toBeInstanceOf(DeterminismViolationError);
  });

  it.each(bendsOfAny)('is found in every history: $bend', async ({ has, apply }) => {
    const bent = Object.fromEntries(
      names.filter((name) => has(stored(name))).map((name) => [name, apply(stored(name))]),
    );
    expect(Object.keys(bent).length).toBeGreaterThan(10);
    const found = await replay(bent);
    const missed = Object.keys(bent).filter((name) => !(found[name] instanceof DeterminismViolationError));
    expect(missed).toEqual([]);
  });
});

/** How many events there are after each workflow task, with what it asked for: there a history lies while a case is open. */
function restingPoints(events: StoredHistory['events']): number[] {
  return events.flatMap(({ eventId, eventType }, index) => {
    if (eventType !== 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED') return [];
    const isOfTask = (event: object) => JSON.stringify(event).includes(`"workflowTaskCompletedEventId":"${eventId}"`);
    let last = Math.max(index, events.findLastIndex(isOfTask));
    while (events[last + 1]?.eventType.includes('_UPDATE_')) last += 1;
    return [last + 1];
  });
}

/** A refusal's facts may name stages, acts and posts in Chinese, a road its clauses; everything else in Chinese is about somebody. */
const labels = [actLabels, dutyLabels, outcomeLabels, postLabels, stageLabels]
  .flatMap((table) => Object.values<string>(table))
  .concat('已办结', '其他人员', '未选择', '系统', '无', '或', '答复日期')
  .concat('行政许可法 第四十二条', '行政许可法 第四十五条')
  .sort((a, b) => b.length - a.length);
const withoutLabels = (text: string) => labels.reduce((rest, label) => rest.replaceAll(label, ''), text);

/** Every string, payloads decoded. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    const isPayload = /^[A-Za-z0-9+/]{8,}={0,2}$/.test(value) && value.length % 4 === 0;
    return isPayload ? [value, Buffer.from(value, 'base64').toString('utf8')] : [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
