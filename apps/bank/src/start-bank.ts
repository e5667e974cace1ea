import type { CallKeys } from '@banjie/bank-files';
import type { AddressInfo } from 'node:net';
import { Bank, type BankSettings } from './bank';
import { lockHome } from './home-lock';
import { createBankServer } from './server';

export interface RunningBank {
  url: string;
  /** Records replayed, and bytes of a torn last line that were dropped. */
  replayed: { records: number; droppedBytes: number };
  stop: () => Promise<void>;
}

const drainMs = 3_000;

/** Locks the folder, replays the journal, listens on 127.0.0.1. What start opens, `stop` closes in reverse. */
export async function startBank(settings: BankSettings & { port: number; keys: CallKeys }): Promise<RunningBank> {
  const unlock = await lockHome(settings.home);
  const { bank, ...replayed } = await Bank.open(settings).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const server = createBankServer(bank, settings.keys);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(settings.port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await bank.close();
    await unlock();
    throw error;
  }

  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // Calls that sleep in a fault are cut off with the bank; the others get a moment to finish.
    const cutOff = setTimeout(() => server.closeAllConnections(), drainMs);
    await bank.close().finally(() => closed.finally(() => clearTimeout(cutOff)));
    await unlock();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, replayed, stop };
}
