import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Client } from 'pg';

type Query = (this: PlanKeepingClient, ...words: unknown[]) => unknown;

/**
 * Begins the text of a statement whose plan every process keeps, those that show lists too: it is put for each act and looks its rows
 * up by key.
 */
export const keptPlan = '/* kept plan */';

/** Beyond so many different texts something builds statements by hand; those go the plain way. */
const mostTexts = 300;
const names = new Map<string, string>();
const changedShape = '0A000';

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostTexts) return known;
  const name = `kept_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

const plain = Client.prototype.query as Query;
const opening = 'START TRANSACTION';

/**
 * A connection that keeps what a statement costs beside its work low, for processes whose statements look rows up by key
 * (lists that depend on how values are spread are planned anew each time):
 * - it prepares each statement with parameters once and keeps its plan (reading and planning the long statements of an act took
 *   PostgreSQL longer than carrying them out: 29 ms of 53 for a claim);
 * - statements asked for in one breath go out in one write, and the opening of a transaction with its first statement: a
 *   write and the wake-up behind it cost more than a small statement.
 */
export class PlanKeepingClient extends Client {
  /** A transaction was asked for and nothing of it was sent yet. */
  holdsOpening = false;

  keepsPlanOf(_text: string): boolean {
    return true;
  }
}

/** For processes that show lists: only what is marked with `keptPlan` keeps its plan. */
export class ListingClient extends PlanKeepingClient {
  override keepsPlanOf(text: string): boolean {
    return text.startsWith(keptPlan);
  }
}

(PlanKeepingClient.prototype as { query: Query }).query = function (...words) {
  const [text, values, ...rest] = words;
  if (text === opening) {
    this.holdsOpening = true;
    return Promise.resolve({ command: 'START', rowCount: null, rows: [] });
  }
  if (this.holdsOpening) {
    this.holdsOpening = false;
    if (text === 'COMMIT' || text === 'ROLLBACK') return Promise.resolve({ command: text, rowCount: null, rows: [] });
    inOneWrite(this);
    // A connection that cannot open a transaction must not carry out its statements one by one.
    (plain.call(this, opening) as Promise<unknown>).catch(() => this.end().catch(() => undefined));
  }
  const mayKeep = typeof text === 'string' && Array.isArray(values) && values.length > 0 && this.keepsPlanOf(text);
  const name = mayKeep ? nameOf(text) : undefined;
  if (name === undefined) return plain.apply(this, words);
  inOneWrite(this);
  const answer = plain.call(this, { name, text, values }, ...rest);
  if (answer instanceof Promise) {
    // A migration changed what the statement gives: this connection cannot forget it, the next one knows nothing of it.
    answer.catch((error: { code?: string }) => {
      if (error.code === changedShape) this.end().catch(() => undefined);
    });
  }
  return answer;
};

/** Holds what is written back until everything that was asked for at this moment has been said. */
function inOneWrite(client: Client): void {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
