import { createDataSource, migrate, seedGround } from '@banjie/persistence';

/**
 * The `migrate` service of docker-compose.yml: the schema under the owner's role of MIGRATION_DATABASE_URL, grants for the
 * role of DATABASE_URL, and what every installation needs before its first case.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { MIGRATION_DATABASE_URL: ownerUrl, DATABASE_URL: appUrl } = env;
  if (!ownerUrl || !appUrl) throw new Error('需要环境变量 MIGRATION_DATABASE_URL 和 DATABASE_URL');
  const ran = await migrate(ownerUrl, decodeURIComponent(new URL(appUrl).username));
  console.log(ran.length === 0 ? '数据库结构已是最新' : `已执行 ${ran.length} 个迁移:${ran.join('、')}`);
  const dataSource = createDataSource(ownerUrl, { poolSize: 2, applicationName: 'banjie-seed' });
  await dataSource.initialize();
  await seedGround(dataSource).finally(() => dataSource.destroy());
}

main(process.env).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
