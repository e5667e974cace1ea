import { advance, deemReceived, type CasePosition, type Stage } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { calendarNumberForReceipt, calendarOf } from '../calendars/calendar-store';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { digestFiling } from '../filings/filing-digests';
import { chainRoot } from './chain';
import { getDefinition } from './definitions';
import { writeAct, type ActingCase } from './write-act';

export interface CaseToReceive {
  caseNo: string;
  agencyId: string;
  regionCode: string;
  matter: string;
  definitionVersion: number;
  filingId: string;
  personId: string | null;
  personIdHash: Buffer | null;
  totalFen: number;
  actionId: string;
  actorId: string;
  at: Date;
}

/** 收件: the case, its first act (with the digests of what was handed in), the acceptance task, K-01 and K-04, and the wake-up of its workflow, in one transaction. */
export async function receiveCase(
  manager: EntityManager,
  cipher: ColumnCipher,
  filed: CaseToReceive,
): Promise<{ seq: number; stage: Stage; receivedAt: string; receivedOn: string }> {
  const calendarNumber = await calendarNumberForReceipt(manager);
  const receivedOn = deemReceived(await calendarOf(manager, filed, calendarNumber), filed.at.getTime());
  await rows(
    manager,
    `INSERT INTO cases (case_no, agency_id, matter, definition_version, filing_id, person_id, person_id_hash, region_code, seq,
       stage, last_act, last_actor_id, head_hash, total_fen, received_at, received_on)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 'acceptance', 'receiveFiling', $9, $10, $11, $12, $13)`,
    [
      filed.caseNo,
      filed.agencyId,
      filed.matter,
      filed.definitionVersion,
      filed.filingId,
      filed.personId,
      filed.personIdHash,
      filed.regionCode,
      filed.actorId,
      chainRoot,
      filed.totalFen,
      filed.at,
      receivedOn,
    ],
  );
  const definition = await getDefinition(manager, filed.matter, filed.definitionVersion);
  const position: CasePosition = {
    caseNo: filed.caseNo,
    seq: 0,
    stage: 'acceptance',
    waiting: null,
    supplementUsed: false,
    outcome: null,
    round: 0,
    duties: [],
    order: null,
    paidOnce: false,
    delivered: false,
    last: null,
    nextRungAt: null,
  };
  const record: ActingCase = {
    position,
    agencyId: filed.agencyId,
    matter: filed.matter,
    regionCode: filed.regionCode,
    totalFen: filed.totalFen,
    proposedFen: null,
    payableFen: null,
    headHash: chainRoot,
    clocks: [],
    calendarNumber,
  };
  const digests = await digestFiling(manager, cipher, filed.filingId);
  const written = await writeAct(manager, cipher, record, {
    definition,
    advance: advance(definition, position, 'receiveFiling', filed.actorId),
    act: 'receiveFiling',
    actorId: filed.actorId,
    actionId: filed.actionId,
    at: filed.at,
    facts: {
      ...{ totalFen: filed.totalFen, filingId: filed.filingId, definitionVersion: filed.definitionVersion, receivedOn },
      ...digests,
    },
  });
  await rows(manager, `INSERT INTO outbox (topic, case_no, key, payload) VALUES ('startCase', $1, $2, '{}')`, [
    filed.caseNo,
    `start:${filed.caseNo}`,
  ]);
  await rows(manager, `SELECT pg_notify('banjie_outbox', 'startCase')`);
  return { seq: written.seq, stage: written.stage, receivedAt: filed.at.toISOString(), receivedOn };
}
