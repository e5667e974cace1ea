import { setTimeout as sleep } from 'node:timers/promises';
import type { BankFault, BankFaultListing } from '@banjie/contracts';
import { Client } from 'pg';
import type { System } from '../chaos/system';
import { steps, type Step } from './plan';

/** Keys of the locks at which the steps are held. */
const lockClass = 4_711;
/** How long the bank takes over a call that is held; a kill later than that is not counted. */
const bankHoldMs = 6_000;

/** Where in the rows a step is in its middle: inside the transaction, before the row is written. */
const places: Partial<Record<Step, { on: string; when: string }>> = {
  gather: { on: 'INSERT ON payout_batch', when: 'true' },
  make: { on: 'INSERT ON payout_batch_act', when: `NEW.act = 'makeBatch'` },
  review: { on: 'INSERT ON payout_batch_act', when: `NEW.act = 'reviewBatch'` },
  release: { on: 'INSERT ON payout_batch_act', when: `NEW.act = 'releaseBatch'` },
  carry: { on: 'INSERT ON case_act', when: `NEW.act IN ('preparePayout', 'confirmPayout', 'releasePayout')` },
  sendAhead: { on: 'INSERT ON bank_file', when: `NEW.kind = 'payments'` },
  sendAfter: { on: 'UPDATE ON bank_file', when: `NEW.state = 'taken' AND OLD.state <> 'taken'` },
  payAhead: { on: 'INSERT ON payout_attempt', when: `NEW.kind = 'send' AND NEW.file_id IS NULL` },
  collect: {
    on: 'UPDATE ON payout_order',
    when: `NEW.state IN ('paid', 'failed') AND OLD.state <> NEW.state AND current_setting('application_name') = 'banjie-worker'`,
  },
  settle: { on: 'INSERT ON case_act', when: `NEW.act = 'settlePayout'` },
  tell: { on: 'UPDATE ON outbox', when: `NEW.topic = 'lookAgain'` },
  statement: { on: 'INSERT ON bank_entry', when: 'true' },
  sideWork: { on: 'UPDATE ON outbox', when: `NEW.topic = 'notice'` },
};

const calls: Partial<Record<Step, 'file' | 'pay'>> = { upload: 'file', pay: 'pay' };

const keyOf = (step: Step) => steps.indexOf(step);

/**
 * Holds a step in its middle for as long as it takes to kill somebody. In the rows: a trigger asks for a shared lock whose exclusive
 * holder is the trap; what comes by waits there, and `pg_locks` shows it. At the bank: a fault that makes it slow over one call. The
 * programs know nothing of it.
 */
export class Traps {
  private client: Client | undefined;
  private readonly locked = new Set<Step>();
  private readonly slow = new Map<Step, { faultId: string; lastFreeAt: number }>();
  private slowKinds = 0;

  constructor(private readonly system: System) {}

  /** As the owner, once for a home. */
  async install(): Promise<void> {
    const client = await this.connect();
    const body = `BEGIN PERFORM pg_advisory_xact_lock_shared(${lockClass}, TG_ARGV[0]::int); RETURN NEW; END`;
    await client.query('CREATE SCHEMA IF NOT EXISTS chaos');
    await client.query(`CREATE OR REPLACE FUNCTION chaos.pass() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$`);
    for (const [step, place] of Object.entries(places)) {
      const table = place.on.split(' ').at(-1)!;
      const name = `a_chaos_${step.toLowerCase()}`;
      await client.query(`DROP TRIGGER IF EXISTS ${name} ON ${table}`);
      await client.query(
        `CREATE TRIGGER ${name} BEFORE ${place.on} FOR EACH ROW WHEN (${place.when}) EXECUTE FUNCTION chaos.pass('${keyOf(step as Step)}')`,
      );
    }
    // Of an earlier run that was cut off.
    const { faults } = (await this.askBank('GET', '/faults')) as { faults: BankFaultListing[] };
    for (const { faultId, fault } of faults) {
      if ((fault.kind === 'slow' || fault.kind === 'slowReply') && fault.match.operation) {
        await this.askBank('DELETE', `/faults/${faultId}`);
      }
    }
  }

  /** Sets the traps of these steps and takes up all others. What is passing just now is not disturbed. */
  async arm(wanted: ReadonlySet<Step>): Promise<void> {
    const client = await this.connect();
    for (const step of [...this.locked].filter((each) => !wanted.has(each))) {
      await client.query('SELECT pg_advisory_unlock($1, $2)', [lockClass, keyOf(step)]);
      this.locked.delete(step);
    }
    for (const step of wanted) {
      if (!(step in places) || this.locked.has(step)) continue;
      const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS got', [
        lockClass,
        keyOf(step),
      ]);
      if (rows[0]?.got) this.locked.add(step);
    }
    for (const step of [...this.slow.keys()].filter((each) => !wanted.has(each))) await this.free(step);
    for (const step of wanted) {
      const operation = calls[step];
      if (!operation || this.slow.has(step)) continue;
      const kind = this.slowKinds++ % 2 === 0 ? 'slow' : 'slowReply';
      const fault: BankFault = { kind, match: { operation, next: 1 }, ms: bankHoldMs };
      const { faultId } = (await this.askBank('POST', '/faults', fault)) as BankFaultListing;
      this.slow.set(step, { faultId, lastFreeAt: Date.now() });
    }
  }

  isArmed(step: Step): boolean {
    return this.locked.has(step) || this.slow.has(step);
  }

  /** Steps that stand in a trap now. */
  async caught(withinMs: number): Promise<Step[]> {
    const client = await this.connect();
    for (const until = Date.now() + withinMs; ;) {
      const askedAt = Date.now();
      const { rows } = await client.query<{ step: number }>(
        `SELECT DISTINCT objid::int AS step FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND NOT granted`,
        [lockClass],
      );
      const found = rows.map(({ step }) => steps[step]!).filter((step) => this.locked.has(step));
      if (this.slow.size > 0) found.push(...(await this.caughtAtBank(askedAt)));
      if (found.length > 0 || Date.now() > until) return found;
      await sleep(40);
    }
  }

  private async caughtAtBank(askedAt: number): Promise<Step[]> {
    const { faults } = (await this.askBank('GET', '/faults')) as { faults: BankFaultListing[] };
    const found: Step[] = [];
    for (const [step, trap] of this.slow) {
      const listing = faults.find(({ faultId }) => faultId === trap.faultId);
      if (listing?.met === 0) trap.lastFreeAt = askedAt;
      else if (Date.now() - trap.lastFreeAt < bankHoldMs) found.push(step);
      else await this.free(step);
    }
    return found;
  }

  /** Lets go of everything; what the dead held is gone with them. */
  async release(): Promise<void> {
    const client = this.client;
    this.locked.clear();
    await client?.query('SELECT pg_advisory_unlock_all()').catch(() => this.drop());
    for (const step of [...this.slow.keys()]) await this.free(step).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.release();
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private async free(step: Step): Promise<void> {
    const { faultId } = this.slow.get(step)!;
    this.slow.delete(step);
    await this.askBank('DELETE', `/faults/${faultId}`);
  }

  private drop(): void {
    this.client?.end().catch(() => undefined);
    this.client = undefined;
    this.locked.clear();
  }

  private async connect(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({
      connectionString: this.system.servers.migrationDatabaseUrl,
      connectionTimeoutMillis: 5_000,
      application_name: 'banjie-chaos',
    });
    client.on('error', () => {
      if (this.client === client) this.drop();
    });
    await client.connect();
    this.client = client;
    return client;
  }

  private async askBank(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.system.addresses.bank}${path}`, {
      method,
      signal: AbortSignal.timeout(5_000),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path} of the bank → ${response.status}`);
    return JSON.parse(text);
  }
}
