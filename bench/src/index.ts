export { joined, runProof, type Finding, type Proof, type ProofContext, type ProofResult } from './proof';
