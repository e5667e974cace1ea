import { inspect } from 'node:util';
import { actProof } from './act/act';
import { boardProof } from './board/board';
import { floorProof } from './floor/floor';
import { inboxProof } from './inbox/inbox';
import { memoryProof } from './memory/memory';
import { payoutProof } from './payout/payout';
import { payoutChaosProof } from './payout-chaos/payout-chaos';
import { planProof } from './plan/plan';
import { predictProof } from './predict/predict';
import { joined, runProof, type Proof, type ProofContext } from './proof';
import { reprojectProof } from './reproject/reproject';
import { restoreProof } from './restore-drill/restore-drill';
import { roadProof } from './road/road';

const proofs: Record<string, Proof[]> = {
  bench: [
    floorProof,
    actProof,
    inboxProof,
    boardProof,
    memoryProof,
    reprojectProof,
    predictProof,
    payoutProof,
    planProof,
  ],
  chaos: [roadProof, payoutChaosProof, restoreProof],
};

interface Wanted {
  proofs: Proof[];
  options: Map<string, number>;
}

/** `bench floor act --seed 7`: names of proofs, then options with whole numbers. @throws a sentence on usage. */
function read(words: string[]): Wanted {
  const [kind = '', ...rest] = words;
  const known = proofs[kind] ?? [];
  const usage = `usage: npm run ${kind || 'bench'} -- NAME… [--seed N]${known
    .flatMap(({ name, options }) => options.map((option) => `\n  ${name} --${option} N`))
    .join('')}\nnames: ${known.map(({ name }) => name).join(' ')}`;
  const wanted: Wanted = { proofs: [], options: new Map() };
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? '';
    if (word.startsWith('--')) {
      const value = Number(rest[(index += 1)]);
      const isKnown = word === '--seed' || wanted.proofs.some(({ options }) => options.includes(word.slice(2)));
      if (!isKnown || !Number.isInteger(value) || value < 0) throw new Error(usage);
      wanted.options.set(word.slice(2), value);
    } else {
      const proof = known.find(({ name }) => name === word);
      if (proof === undefined) throw new Error(usage);
      wanted.proofs.push(proof);
    }
  }
  if (wanted.proofs.length === 0) throw new Error(usage);
  return wanted;
}

async function main(): Promise<number> {
  let wanted: Wanted;
  try {
    wanted = read(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  const ended = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ended.abort());
  const { options } = wanted;
  const seed = options.get('seed') ?? Math.floor(Date.now() / 1000) % 1_000_000;
  const context: ProofContext = {
    seed,
    option: (name, usual) => options.get(name) ?? usual,
    report: (line) => process.stderr.write(`${line}\n`),
    signal: ended.signal,
  };
  const results = [];
  for (const proof of wanted.proofs) {
    context.report(`${proof.name} (seed ${seed})`);
    results.push(await runProof(proof, context));
  }
  const result = joined(results);
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(result)}\n`, resolve));
  return result?.pass ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${inspect(error, { depth: 4 })}\n`);
    process.exit(1);
  },
);
