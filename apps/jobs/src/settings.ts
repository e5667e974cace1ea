import { resolve } from 'node:path';
import type { SideTopic } from '@banjie/domain';
import { bankKeysPath } from '@banjie/persistence';

const seconds = 1_000;

/** How often each loop looks, and for how long it lets others go first; milliseconds. */
export interface Rhythm {
  /** Duties that no NOTIFY announced. */
  outboxMs: number;
  /** Cases with an earlier rung are told at this beat, a few each time. */
  lookAgainMs: number;
  /** Changes of the calendar that no NOTIFY announced. */
  reprojectionMs: number;
  /** The API starts the workflow of a case at once; the relay takes over what it could not. */
  startAfterMs: number;
  /** A duty handed on and not done is handed on again after this long. */
  leaseMs: number;
  /** The same for side work: a hint lost with Redis is made again. */
  hintLeaseMs: number;
  hintMs: number;
  /** No job of a topic heard for this long while some of it waits and Redis answers: the consumer is dead (reliability F27). */
  silenceMs: number;
  silenceLookMs: number;
  statementMs: number;
  breachMs: number;
  /** The workflow's timer comes first; the sweeper takes what is overdue for longer. */
  breachAfterMs: number;
  unstartedMs: number;
  unstartedAfterMs: number;
  idleMs: number;
  idleAfterMs: number;
  /** Cases that did not move for this long are told in passes, with a rest between two. */
  standingAfterMs: number;
  standingRestMs: number;
  actBodyMs: number;
  boardCheckMs: number;
  bookCheckMs: number;
  /** Schedules that Temporal lost, or whose hour was changed. */
  scheduleMs: number;
  /** One batch of each move of cases to another version. */
  moveMs: number;
}

/** How side work is paced, and how often it is tried. */
export interface SidePace {
  /** Jobs begun in a second, by topic, over all processes of one Redis. */
  perSecond: Record<SideTopic, number>;
  /** Of each topic, in one process. */
  atOnce: number;
  /** A try that is not over after this long is over; milliseconds. */
  tryMs: number;
  /** A try that fails after so many is the last. */
  mostTries: number;
  firstRetryMs: number;
  longestRetryMs: number;
}

/** What apps/jobs is told by its environment; read and checked once at start. */
export class Settings {
  constructor(
    readonly environment: NodeJS.ProcessEnv,
    readonly homePath: string,
    readonly databaseUrl: string,
    readonly redisUrl: string,
    readonly keysPath: string,
    readonly bankUrl: string,
    /** Keys of the calls to the bank. */
    readonly bankKeysPath: string,
    readonly temporalNamespace: string,
    /** `GET /health` listens here on 127.0.0.1; not at all without it. */
    readonly port: number | null,
    readonly rhythm: Rhythm,
    readonly pace: SidePace = usualPace,
  ) {}
}

/** Twelve tries span two to three hours: a gateway that is away for an afternoon's hour kills nothing. */
export const usualPace: SidePace = {
  perSecond: { notice: 50, paymentReceipt: 50, export: 2, wakeDispatch: 10 },
  atOnce: 4,
  tryMs: 60 * seconds,
  mostTries: 12,
  firstRetryMs: 5 * seconds,
  longestRetryMs: 3_600 * seconds,
};

/** @throws Error with a sentence naming the variable that is missing or no number. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const need = (name: string): string => {
    const value = environment[name];
    if (!value) throw new Error(`缺少环境变量 ${name}。请用 npm start 启动,或在环境中给出。`);
    return value;
  };
  const positive = (name: string, usual: number, what: string): number => {
    const value = environment[name] ? Number(environment[name]) : usual;
    if (!Number.isFinite(value) || value <= 0) throw new Error(`环境变量 ${name} 须为大于 0 的${what}。`);
    return value;
  };
  const every = (name: string, usual: number): number => positive(name, usual, '秒数') * seconds;
  const portText = environment['BANJIE_JOBS_PORT'];
  const port = portText ? Number(portText) : null;
  if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new Error('环境变量 BANJIE_JOBS_PORT 不是端口号。');
  }
  need('TEMPORAL_ADDRESS');
  const noticesPerSecond = Math.ceil(positive('NOTICES_PER_SECOND', usualPace.perSecond.notice, '件数'));
  return new Settings(
    environment,
    resolve(environment['BANJIE_HOME'] ?? '.banjie'),
    need('DATABASE_URL'),
    need('REDIS_URL'),
    need('BANJIE_KEYS'),
    need('BANK_URL').replace(/\/$/, ''),
    bankKeysPath(environment),
    environment['TEMPORAL_NAMESPACE'] ?? 'banjie',
    port,
    {
      outboxMs: 2 * seconds,
      lookAgainMs: 1 * seconds,
      reprojectionMs: 10 * seconds,
      startAfterMs: 3 * seconds,
      leaseMs: 15 * seconds,
      hintLeaseMs: 60 * seconds,
      hintMs: every('SIDE_WORK_SWEEP_SECONDS', 5),
      silenceMs: every('SIDE_WORK_SILENCE_SECONDS', 120),
      silenceLookMs: 15 * seconds,
      statementMs: every('BANK_STATEMENT_SECONDS', 60),
      breachMs: every('SLA_SWEEP_SECONDS', 60),
      breachAfterMs: 15 * seconds,
      unstartedMs: 10 * seconds,
      unstartedAfterMs: 10 * seconds,
      idleMs: 10 * seconds,
      idleAfterMs: 15 * seconds,
      standingAfterMs: 600 * seconds,
      standingRestMs: 300 * seconds,
      actBodyMs: 600 * seconds,
      boardCheckMs: every('BOARD_CHECK_SECONDS', 3_600),
      bookCheckMs: every('BOOK_CHECK_SECONDS', 3_600),
      scheduleMs: 600 * seconds,
      moveMs: seconds,
    },
    {
      ...usualPace,
      perSecond: { ...usualPace.perSecond, notice: noticesPerSecond, paymentReceipt: noticesPerSecond },
      mostTries: Math.ceil(positive('SIDE_WORK_TRIES', usualPace.mostTries, '次数')),
    },
  );
}
