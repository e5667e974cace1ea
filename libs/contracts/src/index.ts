export {
  actAnswerSchema,
  actBodySchema,
  deductionSchema,
  newPayeeSchema,
  reasonSchema,
  type ActAnswer,
  type ActBody,
  type ActBodyOf,
  type ActResult,
  type ActUpdate,
} from './acts';
export { errorAnswerSchema, type ErrorAnswer } from './errors';
export { caseTaskQueue, caseWorkflowId, claimApprovalType, payoutTaskQueue, startProbeType } from './temporal';
