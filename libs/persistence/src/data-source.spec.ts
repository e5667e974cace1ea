import { createTestDatabase, type TestDatabase } from '@banjie/testing';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { databaseFault, isStoreAway, openDataSource, rows } from './data-source';

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 1 });
  admin = new Client({ connectionString: process.env.BANJIE_TEST_ADMIN_URL });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a database that goes away', () => {
  it.each([
    ['between two statements', 200],
    ['under the next statement', 0],
  ])('is told from a fault of ours when the connection of a transaction breaks %s', async (_, pauseMs) => {
    const fault = await faultOf(
      database.dataSource.transaction(async (manager) => {
        const [session] = await rows<{ pid: number }>(manager, 'SELECT pg_backend_pid() AS pid');
        await admin.query('SELECT pg_terminate_backend($1)', [session?.pid]);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        await rows(manager, 'SELECT 1');
      }),
    );
    expect(fault).toBeInstanceOf(Error);
    expect(isStoreAway(fault)).toBe(true);
    expect(await rows(database.dataSource, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not seen in a refusal by a constraint or a wrong statement', async () => {
    const wrong = await faultOf(rows(database.dataSource, 'SELECT nothing FROM nowhere'));
    expect([databaseFault(wrong)?.code, isStoreAway(wrong)]).toEqual(['42P01', false]);
    const twice = `INSERT INTO agency (id, name, region_code) VALUES ('a', 'a', '450200'), ('a', 'a', '450200')`;
    const refused = await faultOf(asOwner(twice));
    expect([databaseFault(refused)?.code, isStoreAway(refused)]).toEqual(['23505', false]);
  });
});

describe('a database that is not up yet', () => {
  it('is waited for until it is, and not for ever', async () => {
    const there = new URL(database.appUrl);
    const target = { port: Number(there.port), host: there.hostname };
    const way = createServer((socket) => {
      const further = connect(target);
      socket.pipe(further).pipe(socket);
      for (const end of [socket, further]) end.on('error', () => [socket, further].forEach((each) => each.destroy()));
    });
    const listen = (port: number) => new Promise<void>((resolve) => way.listen(port, '127.0.0.1', resolve));
    await listen(0);
    there.port = String((way.address() as AddressInfo).port);
    there.hostname = '127.0.0.1';
    await new Promise((resolve) => way.close(resolve));

    const tooLate = await faultOf(openDataSource(there.href, { poolSize: 1 }, 100));
    expect(databaseFault(tooLate)?.code).toBe('ECONNREFUSED');
    const opening = openDataSource(there.href, { poolSize: 1 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await listen(Number(there.port));
    const opened = await opening;
    expect(await rows(opened, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await opened.destroy();
    way.close();
  });

  it('is not waited for where it will never be', async () => {
    const nowhere = new URL(database.appUrl);
    nowhere.pathname = '/nowhere';
    const fault = await faultOf(openDataSource(nowhere.href, { poolSize: 1 }));
    expect(databaseFault(fault)?.code).toBe('3D000');
  });
});

/** The app's role may not write agencies. */
async function asOwner(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
