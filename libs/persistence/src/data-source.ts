import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '@banjie/domain';
import { types, type ClientBase } from 'pg';
import { DataSource, EntityManager, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { ListingClient, PlanKeepingClient } from './kept-plans';
import { migrations } from './migrations';

/**
 * What a session may wait for (reliability § 1.7): connect 5 s, statement 15 s, lock 3 s, idle in a transaction 10 s.
 * The migration session is let off, it may run long.
 */
const sessionLimits = { statement_timeout: 15_000, lock_timeout: 3_000, idle_in_transaction_session_timeout: 10_000 };

const int8 = 20;
const date = 1082;

/** bigint arrives as a checked safe integer, `date` stays 'YYYY-MM-DD' (hazard H8: strings concatenate, dates shift). */
export function installTypeParsers(): void {
  types.setTypeParser(int8, (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new Error(`integer ${text} is too large to be exact`);
    return value;
  });
  types.setTypeParser(date, (text) => text);
}

export interface StoreOptions {
  poolSize?: number;
  applicationName?: string;
  /** Prepares each statement once a connection (kept-plans), not only the marked ones: for a process that shows no lists. */
  keepPlans?: boolean;
}

/** The one data source of a process, with the app's role. `synchronize` is off everywhere. */
export function createDataSource(url: string, options: StoreOptions = {}): DataSource {
  installTypeParsers();
  return new DataSource({
    type: 'postgres',
    url,
    synchronize: false,
    migrationsRun: false,
    entities: [],
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'banjie',
    connectTimeoutMS: 5_000,
    poolErrorHandler: () => undefined,
    extra: {
      ...sessionLimits,
      connectionTimeoutMillis: 5_000,
      allowExitOnIdle: true,
      // Statements of one transaction may be asked for together; each is answered in its turn.
      pipeline: true,
      Client: options.keepPlans ? PlanKeepingClient : ListingClient,
    },
  });
}

const patienceMs = 60_000;

/**
 * The data source, connected. A database that is only just coming up is waited for: a program that ended over it would be counted as broken
 * by whoever starts it again (the starter, a container's policy), and the whole installation with it.
 * @throws what any later statement would meet too (a wrong role, a database that is not there), at once; the last refusal after a minute
 */
export async function openDataSource(
  url: string,
  options: StoreOptions = {},
  withinMs = patienceMs,
): Promise<DataSource> {
  for (const until = Date.now() + withinMs; ;) {
    try {
      return await createDataSource(url, options).initialize();
    } catch (error) {
      if (!isStoreAway(error) || Date.now() >= until) throw error;
    }
    await sleep(500);
  }
}

/**
 * Brings the schema up to date under the owner's role and grants the app's role what it needs and no more.
 * Returns the names of the migrations that ran. Takes an advisory lock, so that two starts cannot both migrate.
 */
export async function migrate(ownerUrl: string, appRole: string): Promise<string[]> {
  installTypeParsers();
  const source = new DataSource({
    type: 'postgres',
    url: ownerUrl,
    synchronize: false,
    entities: [],
    migrations,
    poolSize: 2,
    applicationName: 'banjie-migrate',
    extra: { options: `-c banjie.app_role=${appRole}` },
  });
  await source.initialize();
  try {
    const runner = source.createQueryRunner();
    await runner.query(`SELECT pg_advisory_lock(hashtext('banjie-migrate'))`);
    try {
      const ran = await source.runMigrations({ transaction: 'each' });
      return ran.map((migration) => migration.name);
    } finally {
      await runner.query(`SELECT pg_advisory_unlock(hashtext('banjie-migrate'))`);
      await runner.release();
    }
  } finally {
    await source.destroy();
  }
}

/** The SQLSTATE and constraint of a failed statement, or null when the error is no database error. */
export function databaseFault(error: unknown): { code: string; constraint: string | null } | null {
  const driver = (error as { driverError?: { code?: string; constraint?: string } }).driverError ?? error;
  const { code, constraint } = driver as { code?: unknown; constraint?: string };
  return typeof code === 'string' ? { code, constraint: constraint ?? null } : null;
}

// Connection lost or refused, shutting down, too many clients, timed out, deadlock or serialization: try again later.
const awayCodes = /^(08...|57...|58...|53...|55P03|40...|ECONN(REFUSED|RESET)|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN)$/;
const awaySentences =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Driver not Connected)/;

// A connection that breaks in a transaction is taken from it; the next statement hears only that (seen under `chaos -- road`).
const lostRunner = /^QueryRunner(Provider)?AlreadyReleasedError$/;
// A migration changed what a kept plan gives (kept-plans): its connection is given up, the next one knows nothing of it.
const changedPlan = /^cached plan must not change/;

/** True when the statement failed because the database was not there or had no room; the same statement may succeed later. */
export function isStoreAway(error: unknown): boolean {
  const fault = databaseFault(error);
  if (fault && awayCodes.test(fault.code)) return true;
  if (!(error instanceof Error)) return false;
  return awaySentences.test(error.message) || lostRunner.test(error.name) || changedPlan.test(error.message);
}

/**
 * Rows of a statement as a typed list; parameters always travel apart from the text. Inside a transaction it goes straight to
 * its connection: what TypeORM does around each statement (events, timing, wrapping) nobody here listens to.
 */
export async function rows<Row>(
  manager: EntityManager | DataSource,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const runner = manager instanceof EntityManager ? manager.queryRunner : undefined;
  if (runner) {
    const client = (await runner.connect()) as ClientBase;
    // What was asked for beside a statement that failed may come late: the connection is somebody else's by then.
    if (runner.isReleased) throw new QueryRunnerAlreadyReleasedError();
    return (await client.query(sql, parameters)).rows as Row[];
  }
  const result: unknown = await manager.query(sql, parameters);
  // TypeORM answers UPDATE/DELETE … RETURNING with [rows, count].
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number') {
    return result[0] as Row[];
  }
  return result as Row[];
}

/** One statement that an act leaves to be written together with the act itself. */
export interface Statement {
  sql: string;
  parameters: unknown[];
  /** The refusal when it touches another number of rows than one. */
  demandsOneRow?: ErrorCode;
}
