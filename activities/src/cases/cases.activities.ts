import type { CasePosition, Road } from '@banjie/domain';
import { recordRungs, type RungsAnswer } from './rungs';
import { commitAct, isStaffAct, loadCase, type CommitDependencies, type CommitInput } from './commit-act';
import { toFailure, toStaffFailure } from './refusal';

/** The short local activities of a case: read it, commit an act, look at its clocks. Each is one transaction and may run twice. */
export interface CaseActivities {
  loadCase(input: { caseNo: string }): Promise<{ position: CasePosition; road: Road }>;
  commitAct(input: CommitInput): Promise<CasePosition>;
  /** Records what is due; answers when to look again and whether a pause has run out. */
  lookAtClocks(input: { caseNo: string }): Promise<RungsAnswer>;
}

export function createCaseActivities(dependencies: CommitDependencies): CaseActivities {
  const refusing = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      throw toFailure(error);
    }
  };
  return {
    loadCase: ({ caseNo }) => refusing(() => loadCase(dependencies.dataSource, caseNo)),
    commitAct: (input) =>
      commitAct(dependencies, input).catch((error: unknown) => {
        throw isStaffAct(input.act) ? toStaffFailure(error, input) : toFailure(error);
      }),
    lookAtClocks: ({ caseNo }) => refusing(() => recordRungs(dependencies, caseNo)),
  };
}
