/*
 * What workflow code needs of the trade, as an entry of its own (`@banjie/domain/for-workflows`). Every run of a workflow
 * evaluates its modules anew: the whole room with its tables, and the schemas of the contracts, cost more than all the acts of
 * a claim (measured: 25 ms of 137 for each run of `claimApproval`).
 */
export { judgeMove, type CasePosition } from './case/judge';
export type { Road } from './case/definition';
export {
  moveActs,
  staffActs,
  systemActors,
  type ActCode,
  type MoveAct,
  type SystemAct,
  type SystemActor,
} from './case/words';
export { judgeBatchMove, type BatchAct, type BatchPosition } from './payouts/batch';
