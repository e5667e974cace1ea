import { runtimeOptions, workerLogger } from './worker-logger';

/** What the worker's log would hold after these words of the SDK. */
function told(error: object): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const keep = (fields: object) => void lines.push({ ...fields });
  const log = { warn: keep, error: keep } as unknown as Parameters<typeof workerLogger>[0];
  workerLogger(log).warn('Activity failed', { activityType: 'commitAct', workflowId: 'case/1', error });
  return lines;
}

const driverError = Object.assign(new Error('duplicate key value (参保甲)'), {
  code: '23505',
  constraint: 'line_deduction_pkey',
  table: 'line_deduction',
  detail: 'Key (name)=(参保甲) already exists.',
});

it('tells a database fault by SQLSTATE, constraint and table, wherever it is wrapped, and by no value', () => {
  const wrapped = Object.assign(new Error('参保甲'), { name: 'QueryFailedError', driverError });
  const failure = Object.assign(new Error('参保甲'), { name: 'ApplicationFailure', cause: wrapped });
  for (const error of [wrapped, failure]) {
    const lines = told(error);
    expect(lines).toMatchObject([
      { sqlState: '23505', constraint: 'line_deduction_pkey', table: 'line_deduction', workflowId: 'case/1' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('参保甲');
  }
});

it('says nothing of a rule that was refused, and of another fault its name', () => {
  expect(told({ type: 'CASE_MOVED', name: 'ApplicationFailure' })).toEqual([]);
  expect(told(new TypeError('x'))).toMatchObject([{ error: 'TypeError' }]);
});

it('has the core speak through the same logger instead of the console', () => {
  const { telemetryOptions } = runtimeOptions({ warn: () => undefined, error: () => undefined });
  expect(telemetryOptions?.logging).toMatchObject({ forward: {}, filter: expect.stringContaining('WARN') });
});
