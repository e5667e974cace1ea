import { randomUUID } from 'node:crypto';
import type { ErrorAnswer, MovementProposal } from '@banjie/contracts';
import type { TestClient } from '@banjie/testing';

/** 追回, 抵扣 and 补付 as their three persons ask for them. */
const proposals = '/api/finance/recoveries/proposals';
type Answer = MovementProposal & ErrorAnswer;

export const said = <Asked extends object>(movement: Asked) => ({
  ...{ id: randomUUID(), movement, text: '复查发现多付' },
  document: { number: '柳医保追〔2026〕3号', text: '责令退回决定书' },
});
export const claimOn = (orderNo: string, amountFen: number, more: object = {}) =>
  said({ kind: 'recovery', orderNo, amountFen, reason: 'RC-01', ...more });
export const offset = (caseNo: string, recoveryNo: string, amountFen: number) =>
  said({ kind: 'offset', recoveryNo, caseNo, amountFen, basis: 'consent' });
export const supplement = (caseNo: string, amountFen: number) =>
  said({ kind: 'supplement', caseNo, amountFen, reason: 'SP-02' });

export const propose = (by: TestClient, body: object) => by.post<Answer>(proposals, body);
export const check = (by: TestClient, id: string) => by.post<Answer>(`${proposals}/${id}/check`, {});
export const confirm = (by: TestClient, id: string) => by.post<Answer>(`${proposals}/${id}/confirm`, {});
export const refuse = (by: TestClient, id: string) =>
  by.post<Answer>(`${proposals}/${id}/refuse`, { reason: '提出以后有变动' });
export const codeOf = async (answer: Promise<{ status: number; body: ErrorAnswer }>) => (await answer).body.code;

/** Over all three steps, as each must go. */
export async function carry(
  body: { id: string },
  [first, second, third]: readonly [TestClient, TestClient, TestClient],
): Promise<void> {
  expect(await propose(first, body)).toMatchObject({ status: 201, body: { state: 'proposed' } });
  expect(await check(second, body.id)).toMatchObject({ status: 200, body: { state: 'proposed' } });
  expect(await confirm(third, body.id)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
}
