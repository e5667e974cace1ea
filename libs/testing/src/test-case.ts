import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Paper, Stay } from '@banjie/domain';
import { addAttachment, personIdHash, receiveCase, rows, type ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { accountOf, type TestWorld } from './test-world';

export interface TestCaseOptions {
  caseNo?: string;
  /** A matter whose filing is a claim; left out: P-01. */
  matter?: string;
  /** What the stay says otherwise. */
  stay?: Stay;
  /** Amounts of the statement's lines in 分; one line each, catalogue class A. */
  linesFen?: number[];
  hospitalCode?: string;
  dischargeDate?: string;
  at?: Date;
  agencyId?: string;
  payee?: { relation: 'self' | 'kin'; accountName: string; accountNumber: string; bankCode: string };
  personIndex?: number;
  definitionVersion?: number;
  /** Handed in with the filing; rows alone, without files. */
  papers?: Paper[];
}

// Spec files share one Temporal server, so their cases must not share numbers.
let numbers = randomInt(1, 900_000);

/**
 * A filing that has everything and its case, received: straight into the rows, for specs whose subject begins at 受理.
 * The road through the API is tested in apps/api.
 */
export async function receiveTestCase(
  dataSource: DataSource,
  cipher: ColumnCipher,
  world: TestWorld,
  options: TestCaseOptions = {},
): Promise<{ caseNo: string; filingId: string }> {
  numbers += 1;
  const agencyId = options.agencyId ?? '450206';
  const clerk = accountOf(world, agencyId === '450206' ? 'window1' : 'b-window1').id;
  const caseNo = options.caseNo ?? `${agencyId}20261123${String(numbers).padStart(6, '0')}`;
  const person = world.persons[options.personIndex ?? 0]!;
  const linesFen = options.linesFen ?? [400_000, 200_000];
  const totalFen = linesFen.reduce((sum, amount) => sum + amount, 0);
  const filingId = randomUUID();
  const personHash = personIdHash(cipher, person.idNumber);
  const matter = options.matter ?? 'inpatientReimbursement';
  const hospitalCode = options.hospitalCode ?? 'H45020600101';
  const dischargeDate = options.dischargeDate ?? '2026-10-20';
  const body = {
    applicant: { idNumber: person.idNumber, name: person.name, phone: '13900000000', scheme: person.scheme },
    proxy: null,
    stay: {
      hospitalCode,
      admissionDate: '2026-10-10',
      dischargeDate,
      diagnosis: '示例诊断',
      sudden: false,
      accident: false,
      emergencyObservation: false,
      ...options.stay,
    },
    injury: null,
    payee: options.payee ?? {
      relation: 'self',
      accountName: person.name,
      accountNumber: `62220000${String(numbers).padStart(8, '0')}`,
      bankCode: '102100099996',
    },
    invoices: [
      {
        code: '045001900111',
        number: String(10_000_000 + numbers),
        hospitalCode,
        patientName: person.name,
        amountFen: totalFen,
        issuedOn: dischargeDate,
        lost: false,
        settledElsewhere: false,
      },
    ],
    statement: { number: `S${numbers}`, patientName: person.name, totalFen },
  };
  await dataSource.transaction(async (manager) => {
    const [insured] = await rows<{ id: string }>(manager, `SELECT id FROM insured_person WHERE id_number_hash = $1`, [
      personHash,
    ]);
    await rows(
      manager,
      `INSERT INTO filing (id, agency_id, matter, state, created_by, body_enc, person_id_hash)
       VALUES ($1, $2, $6, 'draft', $3, $4, $5)`,
      [filingId, agencyId, clerk, cipher.encryptJson('filing.body', body), personHash, matter],
    );
    await rows(
      manager,
      `INSERT INTO statement_line (filing_id, line_no, service_date, item_code, item_name, category, quantity_milli,
         unit_price_fen, amount_fen, catalogue_class, self_paid_first_bp)
       SELECT $1, ordinality, '2026-10-12', 'X' || ordinality, '示例项目', '治疗费', 1000, amount, amount, 'A', 0
       FROM unnest($2::bigint[]) WITH ORDINALITY AS line(amount, ordinality)`,
      [filingId, linesFen],
    );
    for (const paper of options.papers ?? []) {
      await addAttachment(manager, cipher, {
        ...{ filingId, agencyId, paper, uploadedBy: clerk, sizeBytes: 1_000, mediaType: 'application/pdf' },
        sha256: createHash('sha256').update(`${filingId} ${paper}`).digest('hex'),
        fileName: `${paper}.pdf`,
        facts: { legible: true },
      });
    }
    await receiveCase(manager, cipher, {
      caseNo,
      agencyId,
      regionCode: '450200',
      matter,
      definitionVersion: options.definitionVersion ?? 1,
      filingId,
      personId: insured!.id,
      personIdHash: personHash,
      totalFen,
      actionId: randomUUID(),
      actorId: clerk,
      at: options.at ?? new Date(),
    });
    await rows(
      manager,
      `UPDATE filing SET state = 'submitted', case_no = $2, submitted_at = now() WHERE id = $1 RETURNING id`,
      [filingId, caseNo],
    );
  });
  return { caseNo, filingId };
}
