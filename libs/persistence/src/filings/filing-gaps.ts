import {
  checkIdNumber,
  findFormGaps,
  findGaps,
  hospitalsOf,
  shanghaiDate,
  type CareElsewhere,
  type FiledClaim,
  type FiledPaper,
  type FilingBody,
  type FormDefinition,
  type FormHospital,
  type GapList,
  type MatterDefinition,
  type RegisteredHospital,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { currentCalendar } from '../calendars/calendar-store';
import { findDefinitionInForce, getDefinition } from '../cases/definitions';
import type { ColumnCipher } from '../column-cipher';
import { findCrossRegionFilings } from '../cross-region/cross-region-filings';
import { crossRegionPolicies } from '../cross-region/cross-region-policies';
import { rows } from '../data-source';
import { findInsuredPerson, personIdHash, type InsuredPerson } from '../registry';
import { openPaperFacts } from './attachments';
import { filingBodyContext, type FilingRecord } from './drafts';
import { findDocumentsInUse } from './expense-documents';
import { findStatementLines } from './statement-lines';

export interface CheckedFiling extends GapList {
  definition: MatterDefinition;
  personId: string | null;
  personIdHash: Buffer | null;
}

/** The version of the definition that a case is pinned to, where the caller knows it; a draft has none. */
interface PinnedTo {
  definitionVersion?: number | null;
  receivedAt?: Date | null;
}

/**
 * Runs the completeness check of a filing against the registries as they are now, by the definition its case is pinned
 * to, or for a draft by the one in force today.
 */
export async function checkFiling(
  manager: EntityManager,
  cipher: ColumnCipher,
  filing: Pick<FilingRecord, 'id' | 'agencyId' | 'matter' | 'regionCode' | 'body' | 'caseNo'> & PinnedTo,
  at: Date,
): Promise<CheckedFiling> {
  const today = shanghaiDate(at.getTime());
  const { body } = filing;
  const number = body.applicant?.idNumber ? checkIdNumber(body.applicant.idNumber, today) : null;
  const idNumber = number?.ok ? number.value : null;
  const agencyRegionCode = filing.regionCode;
  const [{ definition, filedOn }, person, papers] = await Promise.all([
    pinOf(manager, filing, today),
    idNumber ? findInsuredPerson(manager, cipher, idNumber) : null,
    findPapers(manager, cipher, filing.id),
  ]);
  const known = { body, papers, person, agencyRegionCode, today };
  const { gaps, warnings } = definition.form
    ? await checkForm(
        manager,
        { ...definition, form: definition.form },
        { ...known, agencyId: filing.agencyId, filedOn },
      )
    : await checkClaim(manager, cipher, filing, definition, known, idNumber);
  return {
    gaps,
    warnings,
    definition,
    personId: person?.id ?? null,
    personIdHash: idNumber ? personIdHash(cipher, idNumber) : null,
  };
}

type Known = Pick<FiledClaim, 'body' | 'papers' | 'today'> & { person: InsuredPerson | null; agencyRegionCode: string };

async function checkClaim(
  manager: EntityManager,
  cipher: ColumnCipher,
  filing: Pick<FilingRecord, 'id' | 'agencyId' | 'regionCode' | 'body' | 'caseNo'>,
  definition: MatterDefinition,
  known: Known,
  idNumber: string | null,
): Promise<GapList> {
  const [lines, hospital, sameStayCaseNo, elsewhere, inUse] = await Promise.all([
    findStatementLines(manager, filing.id, filing.regionCode),
    findHospital(manager, known.body.stay?.hospitalCode ?? null),
    idNumber ? findSameStay(manager, cipher, filing, personIdHash(cipher, idNumber)) : null,
    definition.careElsewhere && known.person ? findElsewhere(manager, known.person.id, filing) : null,
    // A case holds its own papers; only of a draft it is asked whether another has them.
    filing.caseNo === null ? findDocumentsInUse(manager, filing.agencyId, known.body) : [],
  ]);
  const { gaps, warnings } = findGaps(definition, { ...known, lines, hospital, elsewhere, sameStayCaseNo });
  return { gaps: [...gaps, ...inUse], warnings };
}

async function checkForm(
  manager: EntityManager,
  definition: MatterDefinition & { form: FormDefinition },
  known: Known & { filedOn: string; agencyId: string },
): Promise<GapList> {
  const [hospitals, calendar] = await Promise.all([
    findHospitals(manager, namedHospitals(definition.form, known.body)),
    currentCalendar(manager, { agencyId: known.agencyId, regionCode: known.agencyRegionCode }),
  ]);
  return findFormGaps(definition, { ...known, hospitals, calendar });
}

/** Gaps of the filing of a case, for 予以受理 and 不予受理. */
export async function findFilingGaps(
  manager: EntityManager,
  cipher: ColumnCipher,
  filingId: string,
  at: Date,
): Promise<GapList> {
  const [row] = await rows<{
    id: string;
    agencyId: string;
    matter: string;
    regionCode: string;
    caseNo: string | null;
    definitionVersion: number | null;
    receivedAt: Date | null;
    body: Buffer;
  }>(
    manager,
    `SELECT f.id, f.agency_id AS "agencyId", f.matter, a.region_code AS "regionCode", f.case_no AS "caseNo", f.body_enc AS body,
       c.definition_version AS "definitionVersion", c.received_at AS "receivedAt"
     FROM filing f JOIN agency a ON a.id = f.agency_id LEFT JOIN cases c ON c.case_no = f.case_no WHERE f.id = $1`,
    [filingId],
  );
  if (!row) throw new Error('a case without its filing');
  const filing = { ...row, body: cipher.decryptJson<FilingBody>(filingBodyContext, row.body) };
  const { gaps, warnings } = await checkFiling(manager, cipher, filing, at);
  return { gaps, warnings };
}

/** How many gaps stand in the way of 予以受理 (FILING_HAS_GAPS). */
export async function countFilingGaps(
  manager: EntityManager,
  cipher: ColumnCipher,
  filingId: string,
  at: Date = new Date(),
): Promise<number> {
  return (await findFilingGaps(manager, cipher, filingId, at)).gaps.length;
}

/** What the rules for care outside the pooling area ask of the registries. */
export async function findElsewhere(
  manager: EntityManager,
  personId: string,
  office: { regionCode: string; agencyId: string },
): Promise<CareElsewhere & { policies: Awaited<ReturnType<typeof crossRegionPolicies>> }> {
  const [filings, policies, calendar] = await Promise.all([
    findCrossRegionFilings(manager, personId),
    crossRegionPolicies(manager, office.regionCode),
    currentCalendar(manager, office),
  ]);
  return { filings, policies, calendar };
}

async function findPapers(manager: EntityManager, cipher: ColumnCipher, filingId: string): Promise<FiledPaper[]> {
  const found = await rows<{ paper: FiledPaper['paper']; sealed: Buffer }>(
    manager,
    `SELECT paper, facts_enc AS sealed FROM attachment WHERE filing_id = $1 AND removed_at IS NULL ORDER BY uploaded_at, id`,
    [filingId],
  );
  return found.map(({ paper, sealed }) => ({ paper, facts: openPaperFacts(cipher, sealed) }));
}

/** The definition of a case with the day it was filed; of a draft the one in force, filed today. */
async function pinOf(
  manager: EntityManager,
  filing: { matter: string; caseNo: string | null } & PinnedTo,
  today: string,
): Promise<{ definition: MatterDefinition; filedOn: string }> {
  if (filing.definitionVersion && filing.receivedAt) {
    const definition = await getDefinition(manager, filing.matter, filing.definitionVersion);
    return { definition, filedOn: shanghaiDate(filing.receivedAt.getTime()) };
  }
  if (filing.caseNo) {
    const [pinned] = await rows<{ version: number; receivedAt: Date }>(
      manager,
      `SELECT definition_version AS version, received_at AS "receivedAt" FROM cases WHERE case_no = $1`,
      [filing.caseNo],
    );
    if (pinned) {
      const definition = await getDefinition(manager, filing.matter, pinned.version);
      return { definition, filedOn: shanghaiDate(pinned.receivedAt.getTime()) };
    }
  }
  const inForce = await findDefinitionInForce(manager, filing.matter, today);
  if (!inForce) throw new Error(`事项 ${filing.matter} 在 ${today} 没有生效的定义`);
  return { definition: inForce, filedOn: today };
}

function namedHospitals(form: FormDefinition, body: FilingBody): string[] {
  const fields = form.fields.filter(({ kind }) => kind === 'hospital' || kind === 'hospitals');
  return fields.flatMap(({ field }) => hospitalsOf(form, body, field));
}

/** The hospitals of the register among these codes. */
export async function findHospitals(
  manager: EntityManager | DataSource,
  codes: readonly string[],
): Promise<FormHospital[]> {
  if (codes.length === 0) return [];
  return rows<FormHospital>(
    manager,
    `SELECT code, name, region_code AS "regionCode", agreement_from AS "agreementFrom", agreement_to AS "agreementTo",
       appointed_for_referral AS "isAppointed"
     FROM hospital WHERE code = ANY($1)`,
    [codes],
  );
}

export async function findHospital(
  manager: EntityManager | DataSource,
  code: string | null,
): Promise<RegisteredHospital | null> {
  if (!code) return null;
  const [hospital] = await rows<RegisteredHospital>(
    manager,
    `SELECT code, name, region_code AS "regionCode", 'level' || grade AS grade, agreement_from AS "agreementFrom", agreement_to AS "agreementTo"
     FROM hospital WHERE code = $1`,
    [code.trim()],
  );
  return hospital ?? null;
}

/**
 * Another case of this person with the same hospital and day of admission that was not refused, rejected or withdrawn.
 * The stay is inside the encrypted body; a person has few cases, the newest twenty are opened.
 */
async function findSameStay(
  manager: EntityManager,
  cipher: ColumnCipher,
  filing: Pick<FilingRecord, 'id' | 'body'>,
  personHash: Buffer,
): Promise<string | null> {
  const { hospitalCode, admissionDate } = filing.body.stay ?? {};
  if (!hospitalCode || !admissionDate) return null;
  const others = await rows<{ caseNo: string; body: Buffer }>(
    manager,
    `SELECT c.case_no AS "caseNo", f.body_enc AS body FROM cases c JOIN filing f ON f.id = c.filing_id
     WHERE c.person_id_hash = $1 AND c.filing_id <> $2 AND (c.outcome IS NULL OR c.outcome = 'approved')
     ORDER BY c.received_at DESC LIMIT 20`,
    [personHash, filing.id],
  );
  const same = others.find(({ body }) => {
    const { stay } = cipher.decryptJson<FilingBody>(filingBodyContext, body);
    return stay?.hospitalCode === hospitalCode && stay.admissionDate === admissionDate;
  });
  return same?.caseNo ?? null;
}
