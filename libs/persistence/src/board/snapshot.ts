import type { DataSource, EntityManager } from 'typeorm';

/**
 * Reads several things as of one instant; two statements beside its own. What adds up all that was ever written, and for which nobody waits at
 * a screen, names its own `statementMs` (ms; otherwise that of the session).
 */
export async function inSnapshot<Answer>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Answer>,
  { statementMs }: { statementMs?: number } = {},
): Promise<Answer> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if (statementMs !== undefined) {
      await runner.query(`SELECT set_config('statement_timeout', $1, true)`, [String(statementMs)]);
    }
    const answer = await work(runner.manager);
    await runner.query('COMMIT');
    return answer;
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
