import type { MatterView } from '@banjie/contracts';
import { inpatientReimbursement, papers } from '@banjie/domain';
import { startTestApi, type TestApi } from '@banjie/testing';

let api: TestApi;
beforeAll(async () => (api = await startTestApi()));
afterAll(() => api?.stop());

describe('the definition of a matter', () => {
  it('tells every code with its Chinese', async () => {
    const { status, body } = await (
      await api.signIn('initial1')
    ).get<MatterView>('/api/matters/inpatientReimbursement');
    expect(status).toBe(200);
    expect(body).toMatchObject({ label: '住院费用报销', version: inpatientReimbursement.version });
    expect(body.withoutLimit).toEqual([]);
    expect(body.reasons.map(({ code }) => code)).toEqual(inpatientReimbursement.reasons.map(({ code }) => code));
    expect(body.reasons.find(({ code }) => code === 'RS-16')).toMatchObject({
      label: '统筹区外就医,按异地医疗费用报销办理',
      uses: expect.arrayContaining(['refuseAcceptance']) as string[],
      gaps: ['OUTSIDE_AREA_NOT_ENABLED'],
    });
    expect(body.papers.map(({ code }) => code).sort()).toEqual([...papers].sort());
    expect(body.kinRelations).toContainEqual({ code: 'child', label: '子女' });
    expect(body.stages[0]).toMatchObject({ stage: 'acceptance', label: '受理' });
    expect(body.stages[0]!.acts).toContainEqual({ code: 'refuseAcceptance', label: '不予受理' });
    for (const { alternatives } of body.materials) {
      for (const { papers: needed } of alternatives) for (const { label } of needed) expect(label).toMatch(/[一-龥]/);
    }
  });

  it('knows no other and answers nobody who is not signed in', async () => {
    const client = await api.signIn('initial1');
    expect(await client.refusal('GET', '/api/matters/somethingElse')).toEqual([404, 'UNKNOWN_MATTER']);
    expect(await client.refusal('GET', '/api/matters/a-b')).toEqual([400, 'BAD_SHAPE']);
    expect(await api.stranger().refusal('GET', '/api/matters/inpatientReimbursement')).toEqual([401, 'NOT_SIGNED_IN']);
  });
});
