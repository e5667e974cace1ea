import { randomUUID } from 'node:crypto';
import { checkIdNumber, checkPersonName, getChecked, shanghaiDate, type InsuranceScheme } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from './column-cipher';
import { rows } from './data-source';

/** Contexts of the personal columns of `insured_person`; the hash is shared with `filing` and `cases` (`person_id_hash`). */
const idNumberContext = 'insured_person.id_number';
const nameContext = 'insured_person.name';

export interface InsuredPersonEntry {
  idNumber: string;
  name: string;
  scheme: InsuranceScheme;
  /** Pooling area (统筹地区), GB/T 2260. */
  regionCode: string;
  entitledFrom: string;
  entitledTo?: string | null | undefined;
}

export interface InsuredPerson {
  id: string;
  name: string;
  scheme: InsuranceScheme;
  regionCode: string;
  entitledFrom: string;
  entitledTo: string | null;
}

/** The keyed hash under which one person's ID number is found everywhere; the number must be normalised (`checkIdNumber`). */
export function personIdHash(cipher: ColumnCipher, normalisedIdNumber: string): Buffer {
  return cipher.hash(idNumberContext, normalisedIdNumber);
}

/** The personal columns of the register. @throws DomainError ID_NUMBER_…, PERSON_NAME_… */
export function sealInsuredPerson(
  cipher: ColumnCipher,
  entry: Pick<InsuredPersonEntry, 'idNumber' | 'name'>,
): { hash: Buffer; idNumberEnc: Buffer; nameEnc: Buffer } {
  const idNumber = getChecked(checkIdNumber(entry.idNumber, shanghaiDate(Date.now())), 'idNumber');
  const name = getChecked(checkPersonName(entry.name), 'name');
  return {
    hash: personIdHash(cipher, idNumber),
    idNumberEnc: cipher.encrypt(idNumberContext, idNumber),
    nameEnc: cipher.encrypt(nameContext, name),
  };
}

/**
 * Enters a person into the registry. A number that is known keeps its row: the registry is the source, this is no edit.
 * @throws DomainError ID_NUMBER_…, PERSON_NAME_…
 */
export async function registerInsuredPerson(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  entry: InsuredPersonEntry,
): Promise<{ id: string; created: boolean }> {
  const { hash, idNumberEnc, nameEnc } = sealInsuredPerson(cipher, entry);
  const [created] = await rows<{ id: string }>(
    manager,
    `INSERT INTO insured_person (id, id_number_hash, id_number_enc, name_enc, region_code, scheme, entitled_from, entitled_to)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id_number_hash) DO NOTHING RETURNING id`,
    [
      randomUUID(),
      hash,
      idNumberEnc,
      nameEnc,
      entry.regionCode,
      entry.scheme,
      entry.entitledFrom,
      entry.entitledTo ?? null,
    ],
  );
  if (created) return { id: created.id, created: true };
  const [known] = await rows<{ id: string }>(manager, 'SELECT id FROM insured_person WHERE id_number_hash = $1', [
    hash,
  ]);
  if (!known) throw new Error('an insured person vanished while being registered');
  return { id: known.id, created: false };
}

/** The name of a person in the register, as it is compared (`checkPersonName`). */
export async function getInsuredName(manager: EntityManager, cipher: ColumnCipher, personId: string): Promise<string> {
  const [row] = await rows<{ name_enc: Buffer }>(manager, `SELECT name_enc FROM insured_person WHERE id = $1`, [
    personId,
  ]);
  if (!row) throw new Error('a case without its insured person');
  return cipher.decrypt(nameContext, row.name_enc);
}

/** Who it is; for screens, which mask it. */
export function openPerson(
  cipher: ColumnCipher,
  { nameEnc, idNumberEnc }: { nameEnc: Buffer; idNumberEnc: Buffer },
): { name: string; idNumber: string } {
  return { name: cipher.decrypt(nameContext, nameEnc), idNumber: cipher.decrypt(idNumberContext, idNumberEnc) };
}

/** The registered person with this (normalised) ID number, or null. */
export async function findInsuredPerson(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  normalisedIdNumber: string,
): Promise<InsuredPerson | null> {
  const [row] = await rows<{
    id: string;
    name_enc: Buffer;
    scheme: InsuranceScheme;
    region_code: string;
    entitled_from: string;
    entitled_to: string | null;
  }>(
    manager,
    `SELECT id, name_enc, scheme, region_code, entitled_from, entitled_to FROM insured_person WHERE id_number_hash = $1`,
    [personIdHash(cipher, normalisedIdNumber)],
  );
  if (!row) return null;
  return {
    id: row.id,
    name: cipher.decrypt(nameContext, row.name_enc),
    scheme: row.scheme,
    regionCode: row.region_code,
    entitledFrom: row.entitled_from,
    entitledTo: row.entitled_to,
  };
}
