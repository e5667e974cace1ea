import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface TestBank {
  url: string;
  /** Switches a fault on (libs/contracts `bankFaultSchema`). */
  fault(fault: Record<string, unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** The stand-in bank as a process of its own with a fresh ledger; needs `npm run build` (apps/bank/dist). */
export async function startTestBank(): Promise<TestBank> {
  const home = mkdtempSync(join(tmpdir(), 'banjie-bank-'));
  const main = join(__dirname, '../../../apps/bank/dist/main.js');
  const env = { ...process.env, BANK_HOME: home, BANJIE_BANK_PORT: '0', BANJIE_CHILD: '1' };
  const child = spawn(process.execPath, [main], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    });
    child.once('exit', (code) => reject(new Error(`the bank ended with ${code} before it listened`)));
  });
  return {
    url,
    fault: async (fault) => {
      const answer = await fetch(`${url}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      });
      if (!answer.ok) throw new Error(`the bank refused the fault: ${await answer.text()}`);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
