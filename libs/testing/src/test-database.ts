import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDataSource, migrate } from '@banjie/persistence';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';

const ownerRole = 'banjie_owner';
const appRole = 'banjie_app';
/** Only ever valid in the throw-away cluster of one test run. */
const password = 'banjie-test';

export interface TestDatabase {
  name: string;
  /** The role that migrates and owns the tables. */
  ownerUrl: string;
  /** The role of api, worker and jobs. */
  appUrl: string;
  /** Open, with the app's role; closed by `drop`. */
  dataSource: DataSource;
  drop(): Promise<void>;
}

/**
 * A fresh, migrated database for one spec file, copied from a template that is migrated once per schema. Needs the
 * servers of the `servers` project (BANJIE_TEST_ADMIN_URL).
 */
export async function createTestDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  const name = `banjie_${randomBytes(6).toString('hex')}`;
  const template = `banjie_template_${schemaDigest()}`;
  await asAdmin(async (admin) => {
    // One spec file at a time: the first makes roles and template, and a template may not be in use while it is copied.
    await admin.query(`SELECT pg_advisory_lock(hashtext('banjie-test-template'))`);
    await ensureTemplate(admin, template);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${ownerRole}`);
    await admin.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${appRole}`);
  });
  const appUrl = urlOf(name, appRole);
  const dataSource = await createDataSource(appUrl, {
    poolSize: options.poolSize ?? 10,
    applicationName: 'banjie-spec',
  }).initialize();
  return {
    name,
    ownerUrl: urlOf(name, ownerRole),
    appUrl,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await asAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** A short-lived source with the owner's role, beside the app's: seeding is not the app's right. */
export async function asOwner<Answer>(app: DataSource, work: (owner: DataSource) => Promise<Answer>): Promise<Answer> {
  const { url } = app.options as { url: string };
  const database = new URL(url).pathname.slice(1);
  const owner = await createDataSource(urlOf(database, ownerRole), { poolSize: 2 }).initialize();
  return work(owner).finally(() => owner.destroy());
}

async function ensureTemplate(admin: Client, template: string): Promise<void> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
  if (rowCount) return;
  for (const role of [ownerRole, appRole]) {
    const known = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    await admin.query(`${known.rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD '${password}'`);
  }
  // Left half-made by a run that was killed.
  await admin.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${template} OWNER ${ownerRole}`);
  await migrate(urlOf(template, ownerRole), appRole);
  await admin.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
}

/** Another schema gets another template: engineers share one cluster over many edits of a migration. */
function schemaDigest(): string {
  const folder = join(__dirname, '../../persistence/src/migrations');
  const digest = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of files.sort()) digest.update(name).update(readFileSync(join(folder, name)));
  return digest.digest('hex').slice(0, 12);
}

function adminUrl(): string {
  const url = process.env.BANJIE_TEST_ADMIN_URL;
  if (!url) throw new Error('BANJIE_TEST_ADMIN_URL is not set: run this spec in the jest project "servers"');
  return url;
}

function urlOf(database: string, role: string): string {
  const url = new URL(adminUrl());
  url.username = role;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin<Answer>(work: (admin: Client) => Promise<Answer>): Promise<Answer> {
  const admin = new Client({ connectionString: adminUrl() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
