import { ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { refusalOf } from './case-engine';

const failed = (type: string, details: unknown[] = []) =>
  new WorkflowUpdateFailedError('refused', ApplicationFailure.create({ type, nonRetryable: true, details }));

describe('what the engine’s failures mean', () => {
  it('takes a refusal of the workflow or of the rows for what it is', () => {
    const refusal = refusalOf(failed('TASK_HELD', [{ holderId: 'x' }, 'act']));
    expect(refusal).toMatchObject({ code: 'TASK_HELD', facts: { holderId: 'x' }, field: 'act' });
  });

  it.each([
    // Seen under `chaos -- road`: Temporal killed while a workflow task was under way.
    ['a task cut short', new ServiceError('Workflow Update failed', { cause: new Error('9 FAILED_PRECONDITION') })],
    ['a run that ended meanwhile', failed('AcceptedUpdateCompletedWorkflow')],
    ['a run nobody knows', new WorkflowNotFoundError('Workflow not found', 'case/1', undefined)],
  ])('leaves open what became of the act after %s: the rows say it', (_, error) => {
    expect(refusalOf(error)).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });

  it('hides no fault of our own behind it', () => {
    const fault = new TypeError('x');
    expect(refusalOf(fault)).toBe(fault);
  });
});
