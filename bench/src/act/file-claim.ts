import { randomUUID } from 'node:crypto';
import { shanghaiDate, type FilingBody, type Paper } from '@banjie/domain';
import {
  addAttachment,
  createFiling,
  exampleCatalogue,
  replaceStatementLines,
  submitFiling,
  type InsuredPersonEntry,
} from '@banjie/persistence';
import { accountOf } from '@banjie/testing';
import type { World } from './world';

const agencyId = '450206';
const regionCode = '450200';
const hospitalCode = 'H45020600101';
const papers: Paper[] = ['idCard', 'invoice', 'ownBankAccount', 'costStatement', 'claimForm', 'dischargeRecord'];
const dayMs = 24 * 3_600_000;

const lastDays = (days: number) => shanghaiDate(Date.now() - days * dayMs);

/** A claim that has everything. */
export interface ClaimToFile {
  person: InsuredPersonEntry;
  accountNumber: string;
  bankCode: string;
  /** Of invoice and statement: eight digits, no other claim has them. */
  number: string;
  /** One line of the statement each, all of catalogue class A. */
  linesFen: readonly number[];
  at: Date;
}

/** What the road is measured with: as many lines as the shorter statements of `examples/` have. */
export function usualClaim({ world }: World, personIndex: number): ClaimToFile {
  const person = world.persons[personIndex];
  if (person === undefined) throw new Error(`there is no insured person ${personIndex}`);
  return {
    person,
    accountNumber: `62220200${String(personIndex).padStart(11, '0')}`,
    bankCode: '102100099996',
    number: String(10_000_000 + personIndex),
    linesFen: Array.from({ length: 40 }, () => 15_000),
    at: new Date(),
  };
}

/** What the applicant hands in. */
export function filingOf({ person, accountNumber, bankCode, number, linesFen }: ClaimToFile): FilingBody {
  const { idNumber, name, scheme } = person;
  const totalFen = linesFen.reduce((sum, amount) => sum + amount, 0);
  return {
    applicant: { idNumber, name, phone: '13900000000', scheme },
    stay: { hospitalCode, admissionDate: lastDays(40), dischargeDate: lastDays(30), diagnosis: '示例诊断' },
    payee: {
      relation: 'self',
      accountName: name,
      ...{ accountNumber, bankCode },
    },
    invoices: [
      { code: '045001', number, hospitalCode, patientName: name, amountFen: totalFen, issuedOn: lastDays(30) },
    ],
    statement: { number: `S-${number}`, patientName: name, totalFen },
  };
}

/** Files one whole claim as the API's 收件 does it, and answers its number. */
export async function fileClaim(bench: World, claim: ClaimToFile): Promise<string> {
  const { dataSource, cipher, world } = bench;
  const clerk = accountOf(world, 'window1').id;
  const matter = 'inpatientReimbursement';
  const body = filingOf(claim);
  const { id } = await createFiling(dataSource, cipher, { agencyId, matter, createdBy: clerk, body });
  return dataSource.transaction(async (manager) => {
    const paid = exampleCatalogue.filter(({ catalogueClass }) => catalogueClass === 'A');
    const lines = claim.linesFen.map((amountFen, index) => ({
      lineNo: index + 1,
      serviceDate: lastDays(35),
      itemCode: paid[index % paid.length]?.itemCode ?? '',
      itemName: '示例项目',
      category: '西药费',
      quantity: '1',
      unitPriceFen: amountFen,
      amountFen,
    }));
    await replaceStatementLines(manager, id, regionCode, lines);
    for (const paper of papers) {
      await addAttachment(manager, cipher, {
        ...{ filingId: id, agencyId, paper, uploadedBy: clerk },
        ...{ sha256: randomUUID(), sizeBytes: 10, mediaType: 'application/pdf', fileName: `${paper}.pdf` },
        facts: { legible: true, describesTreatment: true },
      });
    }
    const filed = { filingId: id, agencyId, actorId: clerk, actionId: randomUUID(), at: claim.at };
    const { caseNo, gaps } = await submitFiling(manager, cipher, filed);
    if (gaps.length > 0) throw new Error(`the bench's own filing has gaps: ${gaps.map(({ code }) => code).join(' ')}`);
    return caseNo;
  });
}
