import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineFacts, type Machine, type ServerKinds } from './machine';

/** Where this room lies, seen from its compiled files. */
export const benchFolder = join(__dirname, '..');
export const root = join(benchFolder, '..');

export interface ProofContext {
  seed: number;
  /** A number given on the command line as `--name value`, or the usual one. */
  option(name: string, usual: number): number;
  /** Progress for the person who waits; on stderr. */
  report(line: string): void;
  /** Aborts when the run is to end early. */
  signal: AbortSignal;
}

/** What a proof found. `pass` is true only when every bar is met. */
export interface Finding {
  pass: boolean;
  figures: Record<string, unknown>;
  bars: Record<string, unknown>;
  servers: ServerKinds;
}

export interface Proof {
  name: string;
  /** What its kept result is called, where another proof has the same name. */
  keptAs?: string;
  /** Options it takes besides `--seed`. */
  options: string[];
  run(context: ProofContext): Promise<Finding>;
}

/** The one form of all proofs (issue 3 § 6): printed as the last line and kept as a file. */
export interface ProofResult {
  name: string;
  pass: boolean;
  figures: Record<string, unknown>;
  bars: Record<string, unknown>;
  seed: number;
  machine: Machine;
}

export async function runProof(proof: Proof, context: ProofContext): Promise<ProofResult> {
  const { pass, figures, bars, servers } = await proof.run(context);
  const result = { name: proof.name, pass, figures, bars, seed: context.seed, machine: machineFacts(servers) };
  keep(result, proof.keptAs ?? proof.name);
  return result;
}

function keep(result: ProofResult, name: string): void {
  const folder = join(benchFolder, 'results');
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(folder, `${name}-${date}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Several proofs in one call make one line as well. */
export function joined(results: ProofResult[]): ProofResult | undefined {
  const [first] = results;
  if (first === undefined || results.length === 1) return first;
  const by = <Key extends 'figures' | 'bars'>(key: Key) => Object.fromEntries(results.map((r) => [r.name, r[key]]));
  const servers = Object.assign({}, ...results.map((result) => result.machine.servers)) as ServerKinds;
  return {
    name: results.map(({ name }) => name).join(' '),
    pass: results.every(({ pass }) => pass),
    figures: by('figures'),
    bars: by('bars'),
    seed: first.seed,
    machine: { ...first.machine, servers },
  };
}
