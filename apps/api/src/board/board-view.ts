import type { BoardAnswer, BoardCase, BoardCasesQuery, BoardLights } from '@banjie/contracts';
import {
  boardLevelLabels,
  levelAt,
  lightBounds,
  pauseKindLabels,
  postLabels,
  posts,
  remainingWorkingDays,
  shanghaiDate,
  stageLabels,
  stages,
  workingDaysBetween,
  type BoardLevel,
  type LightBound,
  type WorkCalendar,
} from '@banjie/domain';
import type { BoardFilter, BoardGroup, BoardMatter, BoardPart, BoardRow } from '@banjie/persistence';
import { pausedDays } from '../edge/paused-days';
import { shanghaiInstant } from '../edge/times';

/** What the lights of one moment depend on. */
export class BoardLightsAt {
  readonly bounds: LightBound[];
  private readonly until: Map<string, number>;

  constructor(
    readonly matters: readonly BoardMatter[],
    readonly calendar: WorkCalendar,
    readonly at: Date,
  ) {
    this.bounds = lightBounds(matters, calendar, at.getTime());
    this.until = new Map(this.bounds.map(({ matter, clock, yellowUntil }) => [`${matter} ${clock}`, yellowUntil]));
  }

  levelOf({
    matter,
    dueClock,
    dueAt,
    isPaused,
  }: Pick<BoardGroup, 'matter' | 'dueClock' | 'dueAt' | 'isPaused'>): BoardLevel {
    const until = (m: string, clock: string | null) => this.until.get(`${m} ${clock}`);
    return levelAt({ matter, dueClock, isPaused, dueAt: dueAt && dueAt.getTime() }, this.at.getTime(), until);
  }
}

const postsAt = (matters: readonly BoardMatter[], { matter, stage }: { matter: string; stage: string }) =>
  matters.find((entry) => entry.matter === matter)?.stages.find((entry) => entry.stage === stage)?.posts ?? [];

/** The filter of a query as rows are asked for it; the numbers are chosen among the groups by the same one (`isIn`). */
export function filterOf(query: BoardCasesQuery, lights: BoardLightsAt): BoardFilter {
  const places = lights.matters.flatMap(({ matter, stages: known }) =>
    known
      .filter(({ stage, posts: here }) => {
        if (query.matter !== undefined && query.matter !== matter) return false;
        if (query.stage !== undefined && query.stage !== stage) return false;
        return query.post === undefined || here.includes(query.post);
      })
      .map(({ stage }) => ({ matter, stage })),
  );
  const { level, party, clock } = query;
  const holderId = query.holder === 'none' ? null : query.holder;
  return { level, party, clock, places, holderId };
}

/** Where the groups are that a filter may choose from. */
export const partOf = ({ places, holderId }: BoardFilter): BoardPart => ({
  stages: [...new Set(places.map(({ stage }) => stage))],
  matters: [...new Set(places.map(({ matter }) => matter))],
  holderId,
});

export function isIn(filter: BoardFilter, group: BoardGroup, lights: BoardLightsAt): boolean {
  if (filter.level !== undefined && filter.level !== lights.levelOf(group)) return false;
  if (filter.holderId !== undefined && filter.holderId !== group.holderId) return false;
  if (filter.clock !== undefined && filter.clock !== group.dueClock) return false;
  if (filter.party !== undefined && filter.party !== group.dueParty) return false;
  return filter.places.some(({ matter, stage }) => matter === group.matter && stage === group.stage);
}

type Row = BoardAnswer['total'];

function rowOf(words: Record<string, string>, groups: readonly BoardGroup[], lights: BoardLightsAt): Row {
  const counts: BoardLights = { open: 0, red: 0, yellow: 0, green: 0, paused: 0, unlimited: 0 };
  for (const group of groups) {
    counts[lights.levelOf(group)] += group.count;
    counts.open += group.count;
  }
  return { filter: new URLSearchParams(words).toString(), lights: counts };
}

function by<Key>(groups: readonly BoardGroup[], keysOf: (group: BoardGroup) => readonly Key[]): Map<Key, BoardGroup[]> {
  const found = new Map<Key, BoardGroup[]>();
  for (const group of groups) {
    for (const key of keysOf(group)) {
      const known = found.get(key);
      if (known) known.push(group);
      else found.set(key, [group]);
    }
  }
  return found;
}

/** The whole board from one count. The time of other agencies stands apart and in no other number. */
export function boardOf(
  agencyId: string,
  groups: readonly BoardGroup[],
  staff: readonly { id: string; displayName: string; isActive: boolean }[],
  lights: BoardLightsAt,
): BoardAnswer {
  const own = groups.filter(({ dueParty }) => dueParty === 'own');
  const party = { party: 'own' };
  const byStage = by(own, ({ matter, stage }) => [`${matter} ${stage}`]);
  const byPost = by(own, (group) => postsAt(lights.matters, group));
  const byHolder = by(own, ({ holderId }) => [holderId]);
  const byClock = by(
    groups.filter(({ dueParty }) => dueParty === 'outside'),
    ({ matter, dueClock }) => [`${matter} ${dueClock}`],
  );
  const person = (id: string | null) => staff.find((entry) => entry.id === id);
  return {
    at: shanghaiInstant(lights.at),
    agencyId,
    total: rowOf(party, own, lights),
    byMatter: lights.matters.map(({ matter, label }) => ({
      ...{ matter, label },
      ...rowOf(
        { ...party, matter },
        own.filter((group) => group.matter === matter),
        lights,
      ),
    })),
    byStage: lights.matters.flatMap(({ matter, label }) =>
      stages.flatMap((stage) => {
        const here = byStage.get(`${matter} ${stage}`);
        if (!here) return [];
        const words = { ...party, matter, stage };
        return [{ matter, matterLabel: label, stage, stageLabel: stageLabels[stage], ...rowOf(words, here, lights) }];
      }),
    ),
    byPost: posts.flatMap((post) => {
      const here = byPost.get(post);
      return here ? [{ post, label: postLabels[post], ...rowOf({ ...party, post }, here, lights) }] : [];
    }),
    byPerson: [null, ...staff.map(({ id }) => id)].flatMap((holderId) => {
      const here = byHolder.get(holderId);
      if (!here) return [];
      const { displayName, isActive } = person(holderId) ?? { displayName: '无人认领', isActive: true };
      return [{ holderId, displayName, isActive, ...rowOf({ ...party, holder: holderId ?? 'none' }, here, lights) }];
    }),
    outside: [...byClock.values()].map((here) => {
      const { matter, dueClock } = here[0]!;
      const clock = dueClock ?? '';
      const matterLabel = lights.matters.find((entry) => entry.matter === matter)?.label ?? matter;
      return { ...{ matter, matterLabel, clock }, ...rowOf({ party: 'outside', matter, clock }, here, lights) };
    }),
  };
}

export function boardCaseOf(row: BoardRow, lights: BoardLightsAt): BoardCase {
  const { caseNo, taskId, matter, stage, round, holderId, dueClock, dueDate, isProvisional, ledger } = row;
  const known = lights.matters.find((entry) => entry.matter === matter);
  const level = lights.levelOf(row);
  return {
    ...{ caseNo, taskId, matter, stage, round, posts: row.posts, dueClock, dueDate, isProvisional, level },
    matterLabel: known?.label ?? matter,
    stageLabel: stageLabels[stage],
    holder: holderId === null ? null : { id: holderId, displayName: row.holderName ?? '' },
    levelLabel: boardLevelLabels[level],
    receivedAt: shanghaiInstant(row.receivedAt),
    acceptedAt: shanghaiInstant(row.acceptedAt),
    isOutside: row.dueParty === 'outside',
    dueAt: shanghaiInstant(row.dueAt),
    ...daysOf(row, lights),
    pauses: (ledger?.pauses ?? []).map((pause) => ({
      label: pauseKindLabels[pause.kind],
      from: pause.from,
      to: pause.to,
    })),
    pauseReasons: (row.pauseReasons ?? []).map((code) => known?.reasons[code] ?? code),
  };
}

/** Used up to today, pauses left out and with them; what is left; how far over. */
function daysOf({ ledger, dueDate, isPaused }: BoardRow, { calendar, at }: BoardLightsAt) {
  if (!ledger || dueDate === null) {
    return { netWorkingDays: null, grossWorkingDays: null, remainingWorkingDays: null, overdueWorkingDays: null };
  }
  const today = shanghaiDate(at.getTime());
  const paused = pausedDays(ledger, calendar);
  const grossWorkingDays = Math.max(0, workingDaysBetween(calendar, ledger.dayZero, today));
  const remaining = remainingWorkingDays(calendar, today, dueDate, paused);
  return {
    grossWorkingDays,
    netWorkingDays: grossWorkingDays - paused.filter((day) => day <= today).length,
    remainingWorkingDays: remaining,
    overdueWorkingDays: isPaused ? 0 : Math.max(0, -remaining),
  };
}
