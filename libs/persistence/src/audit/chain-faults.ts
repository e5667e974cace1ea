import { chainRoot, chainText, type ActRow } from '../cases/chain';
import { sameBytes, type ColumnCipher } from '../column-cipher';

export type ChainFaultKind =
  /** What the row says is not what was signed. */
  | 'changed'
  /** A number is not there. */
  | 'missing'
  /** A row beyond the last act, or one whose case is not there. */
  | 'inserted'
  /** The row was signed under another number of this case. */
  | 'reordered'
  /** The row does not hang on the one before it. */
  | 'unlinked'
  /** `cases` names another last act than the chain ends with. */
  | 'head'
  /** A payout order that no act drew, released or settled. */
  | 'orderWithoutAct'
  /** Filing, lines, papers or the total are not what 收件 (or the act that added a paper) signed for. */
  | 'filingDiffers'
  /** What was written in an act or a notice is gone or another. */
  | 'bodyDiffers'
  /** Proposal, decision, case and order do not agree with the acts on amount, payee or persons. */
  | 'amountDiffers'
  /** What the archive sealed is not what the rows hold. */
  | 'sealDiffers'
  /** The case stands elsewhere than its last act left it. */
  | 'caseDiffers'
  /** An act of finance by two persons, its chain, or what followed from it; `caseNo` is the agency then. */
  | 'financeDiffers'
  /** A batch of payouts, its chain, or the acts it brought about in its cases; `caseNo` is the batch then. */
  | 'batchDiffers';

export interface ChainFault {
  caseNo: string;
  seq: number | null;
  kind: ChainFaultKind;
  /** A Chinese sentence. */
  message: string;
}

/** An act row as it stands, with both hashes. */
export interface ChainedRow extends ActRow {
  prevHash: Buffer;
  hash: Buffer;
  /** `at` carries digits finer than the milliseconds that were signed. */
  isFinerThanSigned: boolean;
}

export interface CaseHead {
  caseNo: string;
  seq: number;
  headHash: Buffer;
}

/** Walks one case from its root to its head. `acts` in the order of `seq`; an empty list of faults means: as it was written. */
export function chainFaults(cipher: ColumnCipher, head: CaseHead, acts: readonly ChainedRow[]): ChainFault[] {
  const { caseNo } = head;
  const faults: ChainFault[] = [];
  const fault = (seq: number | null, kind: ChainFaultKind, message: string) =>
    faults.push({ caseNo, seq, kind, message });

  const numbers = new Set(acts.map(({ seq }) => seq));
  for (let seq = 1; seq <= head.seq; seq += 1) if (!numbers.has(seq)) fault(seq, 'missing', `第 ${seq} 步的记录缺失`);

  let before: ChainedRow | null = null;
  for (const act of acts) {
    const follows: Buffer | null =
      before === null && act.seq === 1 ? chainRoot : before?.seq === act.seq - 1 ? before.hash : null;
    const isIntact = !act.isFinerThanSigned && isSigned(cipher, act, act.seq);
    if (act.seq > head.seq || act.seq < 1) {
      fault(act.seq, 'inserted', `第 ${act.seq} 步在办件的 ${head.seq} 步之外,是后来加入的`);
    } else if (!isIntact) {
      const signedAs =
        acts.find(({ seq }) => seq !== act.seq && isSigned(cipher, act, seq))?.seq ??
        missingNumber(cipher, act, head, numbers);
      if (signedAs !== undefined) fault(act.seq, 'reordered', `第 ${act.seq} 步原为第 ${signedAs} 步,次序被改动`);
      else fault(act.seq, 'changed', `第 ${act.seq} 步的内容与签名不符,被改动或是伪造的`);
    } else if (follows && !sameBytes(act.prevHash, follows)) {
      fault(act.seq, 'unlinked', `第 ${act.seq} 步没有接在第 ${act.seq - 1} 步之后`);
    }
    before = act;
  }

  const last = acts.filter(({ seq }) => seq <= head.seq).at(-1);
  if (last?.seq === head.seq && !sameBytes(last.hash, head.headHash)) {
    fault(head.seq, 'head', `办件登记的末步签名与第 ${head.seq} 步不符`);
  }
  return faults;
}

function isSigned(cipher: ColumnCipher, act: ChainedRow, seq: number): boolean {
  return sameBytes(cipher.chain(act.prevHash, chainText({ ...act, seq })), act.hash);
}

/** A row moved to another number leaves a gap behind; it was signed under one of the numbers that are gone. */
function missingNumber(
  cipher: ColumnCipher,
  act: ChainedRow,
  head: CaseHead,
  numbers: ReadonlySet<number>,
): number | undefined {
  for (let seq = 1; seq <= head.seq; seq += 1) if (!numbers.has(seq) && isSigned(cipher, act, seq)) return seq;
  return undefined;
}
