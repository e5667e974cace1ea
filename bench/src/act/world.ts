import { createDataSource, demoIdNumber, migrate, registerInsuredPerson, type ColumnCipher } from '@banjie/persistence';
import { seedTestWorld, testCipher, writeTestKeys, type TestWorld } from '@banjie/testing';
import type { DataSource } from 'typeorm';
import type { Ground } from '../ground';

/** Where cases are filed and acted upon. */
export interface World {
  dataSource: DataSource;
  cipher: ColumnCipher;
  world: Pick<TestWorld, 'accounts' | 'persons'>;
}

export interface BenchWorld extends World {
  keysPath: string;
  /** BANK_KEYS of the stand-in bank. */
  keysOfTheBank: string;
  world: TestWorld;
  removeKeys(): void;
}

/** A migrated, seeded database with so many insured persons more: each claim has its own, as claims have. */
export async function openWorld(ground: Ground, persons: number): Promise<BenchWorld> {
  const { appUrl, ownerUrl } = ground.postgres;
  await migrate(ownerUrl, decodeURIComponent(new URL(appUrl).username));
  const dataSource = await createDataSource(appUrl, { poolSize: 20, applicationName: 'banjie-bench' }).initialize();
  const cipher = testCipher();
  const keys = writeTestKeys();
  const owner = await createDataSource(ownerUrl, { poolSize: 2, applicationName: 'banjie-bench-seed' }).initialize();
  const world = await seedTestWorld(dataSource, owner).finally(() => owner.destroy());
  const insured = Array.from({ length: persons }, (_, index) => ({
    idNumber: demoIdNumber(
      `19${String(50 + (index % 50)).padStart(2, '0')}-01-15`,
      index % 1_000,
      Math.floor(index / 1_000) + 300,
    ),
    name: '测试参保人',
    scheme: 'employee' as const,
    regionCode: '450200',
    entitledFrom: '2020-01-01',
  }));
  await dataSource.transaction(async (manager) => {
    for (const person of insured) await registerInsuredPerson(manager, cipher, person);
  });
  return {
    ...{ dataSource, cipher },
    keysPath: keys.path,
    keysOfTheBank: keys.ofTheBank,
    world: { ...world, persons: insured },
    removeKeys: () => keys.remove(),
  };
}
