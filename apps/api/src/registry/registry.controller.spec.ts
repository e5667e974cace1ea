import type { RegisteredPerson } from '@banjie/contracts';
import { demoIdNumber } from '@banjie/persistence';
import { startTestApi, type TestApi } from '@banjie/testing';

const person = {
  idNumber: demoIdNumber('1988-08-08', 123),
  name: '参保壬',
  scheme: 'resident',
  regionCode: '450200',
  entitledFrom: '2024-01-01',
};

describe('registering insured persons', () => {
  let api: TestApi;
  afterEach(() => api?.stop());

  it('is for the system administrator of a demo, and twice is once', async () => {
    api = await startTestApi({ BANJIE_DEMO: '1' });
    const admin = await api.signIn('admin1');
    const first = await admin.post<RegisteredPerson>('/api/registry/persons', person);
    expect(first).toMatchObject({ status: 201, body: { created: true } });
    expect((await admin.post<RegisteredPerson>('/api/registry/persons', person)).body).toEqual({
      id: first.body.id,
      created: false,
    });
    const refusal = (body: unknown) => admin.refusal('POST', '/api/registry/persons', body);
    expect(await refusal({ ...person, idNumber: '110101199003070000' })).toEqual([422, 'ID_NUMBER_CHECK_DIGIT']);
    expect(await refusal({ ...person, name: '甲😀' })).toEqual([422, 'PERSON_NAME_CHARACTER']);
    expect(await refusal({ ...person, entitledFrom: '2024-02-30' })).toEqual([400, 'BAD_SHAPE']);
    expect(await refusal({ ...person, agencyId: '450206' })).toEqual([400, 'BAD_SHAPE']);
    expect(await api.stranger().refusal('POST', '/api/registry/persons', person)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await (await api.signIn('window1')).refusal('POST', '/api/registry/persons', person)).toEqual([
      403,
      'FORBIDDEN',
    ]);
  });

  it('does not exist without a demo', async () => {
    api = await startTestApi();
    expect(await (await api.signIn('admin1')).refusal('POST', '/api/registry/persons', person)).toEqual([
      404,
      'NOT_FOUND',
    ]);
  });
});
