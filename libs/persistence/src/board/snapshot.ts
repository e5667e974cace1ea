import type { DataSource, EntityManager } from 'typeorm';

/** Reads several things as of one instant; two statements beside its own. */
export async function inSnapshot<Answer>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Answer>,
): Promise<Answer> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
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
