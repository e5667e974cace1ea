import { randomUUID } from 'node:crypto';
import { advance, DomainError, type FilingBody, type Paper } from '@banjie/domain';
import {
  checkFiling,
  findCase,
  findFilingGaps,
  getDefinition,
  writeAct,
  rows,
  addAttachment,
  createFiling,
  getFiling,
  saveDraft,
  countFilingGaps,
  replaceStatementLines,
  submitFiling,
  type SubmittedFiling,
} from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';

const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let numbers = 0;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 });
  world = await seedTestWorld(database.dataSource);
});
afterAll(() => database.drop());

const at = new Date('2026-11-23T02:00:00Z');
const clerkOf = (agencyId: string) => accountOf(world, agencyId === '450206' ? 'window1' : 'b-window1').id;

function buildBody(number: string, personIndex = 0): FilingBody {
  const { idNumber, name, scheme } = world.persons[personIndex]!;
  const hospitalCode = 'H45020600101';
  return {
    applicant: { idNumber, name, phone: '13900000000', scheme },
    stay: { hospitalCode, admissionDate: '2026-10-10', dischargeDate: '2026-10-20', diagnosis: '示例诊断' },
    payee: { relation: 'self', accountName: name, accountNumber: '6222020000000000000', bankCode: '102100099996' },
    invoices: [{ code: '045001', number, hospitalCode, patientName: name, amountFen: 60_000, issuedOn: '2026-10-20' }],
    statement: { number: `S-${number}`, patientName: name, totalFen: 60_000 },
  };
}

async function draft(body: FilingBody, agencyId = '450206'): Promise<string> {
  const createdBy = clerkOf(agencyId);
  return (
    await createFiling(database.dataSource, cipher, { agencyId, matter: 'inpatientReimbursement', createdBy, body })
  ).id;
}

/** A draft that has everything. */
async function wholeDraft(body: FilingBody): Promise<string> {
  const id = await draft(body);
  const papers: Paper[] = ['idCard', 'invoice', 'ownBankAccount', 'costStatement', 'claimForm', 'dischargeRecord'];
  await database.dataSource.transaction(async (manager) => {
    await replaceStatementLines(manager, id, '450200', [
      {
        lineNo: 1,
        serviceDate: '2026-10-11',
        itemCode: 'XY001',
        itemName: '药',
        category: '西药费',
        quantity: '0.5',
        unitPriceFen: 120_000,
        amountFen: 60_000,
      },
    ]);
    for (const paper of papers) {
      const facts = { legible: true, describesTreatment: true };
      const file = { sha256: randomUUID(), sizeBytes: 10, mediaType: 'application/pdf', fileName: `${paper}.pdf` };
      await addAttachment(manager, cipher, {
        filingId: id,
        agencyId: '450206',
        paper,
        ...file,
        facts,
        uploadedBy: clerkOf('450206'),
      });
    }
  });
  return id;
}

function submit(filingId: string, agencyId = '450206', actionId: string = randomUUID()): Promise<SubmittedFiling> {
  const actorId = clerkOf(agencyId);
  return database.dataSource.transaction((manager) =>
    submitFiling(manager, cipher, { filingId, agencyId, actorId, actionId, at }),
  );
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof DomainError ? error : Promise.reject(error)),
  );
const nextNumber = () => String((numbers += 1)).padStart(8, '0');
const countCases = async () =>
  (await rows<{ n: number }>(database.dataSource, 'SELECT count(*) AS n FROM cases'))[0]!.n;

it('makes a case of a whole draft: number, first act, clocks, task, wake-up, papers taken', async () => {
  const id = await wholeDraft(buildBody(nextNumber()));
  const answer = await submit(id);
  expect(answer).toMatchObject({ seq: 1, stage: 'acceptance', gaps: [], receivedOn: '2026-11-23' });
  expect(answer.caseNo).toMatch(/^45020620261123\d{6}$/);
  const [facts] = await rows(
    database.dataSource,
    `SELECT f.state, f.case_no = c.case_no AS linked, c.total_fen AS total, c.person_id IS NOT NULL AS person,
       (SELECT count(*) FROM task t WHERE t.case_no = c.case_no AND t.state = 'open' AND t.stage = 'acceptance') AS tasks,
       (SELECT array_agg(k.clock ORDER BY k.clock) FROM clock k WHERE k.case_no = c.case_no) AS clocks,
       (SELECT count(*) FROM outbox o WHERE o.case_no = c.case_no AND o.topic = 'startCase') AS wakes,
       (SELECT count(*) FROM expense_document d WHERE d.case_no = c.case_no AND d.live) AS documents
     FROM cases c JOIN filing f ON f.id = c.filing_id WHERE c.case_no = $1`,
    [answer.caseNo],
  );
  expect(facts).toEqual({
    state: 'submitted',
    linked: true,
    total: 60_000,
    person: true,
    tasks: 1,
    clocks: ['K-01', 'K-04'],
    wakes: 1,
    documents: 2,
  });
  await database.dataSource.transaction(async (manager) => {
    expect(await countFilingGaps(manager, cipher, id, at)).toBe(0);
  });
});

it('receives an incomplete filing too, and lists its gaps', async () => {
  const answer = await submit(await draft(buildBody(nextNumber())));
  expect(answer.gaps.map((gap) => gap.code)).toContain('MATERIAL_MISSING');
});

it('gives the first answer to the same action, and names the case to another one', async () => {
  const id = await draft(buildBody(nextNumber()));
  const actionId = randomUUID();
  const first = await submit(id, '450206', actionId);
  expect(await submit(id, '450206', actionId)).toEqual(first);
  expect(await refusalOf(submit(id))).toMatchObject({ code: 'ALREADY_SUBMITTED', facts: { caseNo: first.caseNo } });
  const other = await draft(buildBody(nextNumber()));
  expect(await refusalOf(submit(other, '450206', actionId))).toMatchObject({ code: 'ACTION_REUSED' });
});

it('answers twenty submissions of one draft at the same instant with one case', async () => {
  const id = await draft(buildBody(nextNumber()));
  const actionId = randomUUID();
  const before = await countCases();
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(id, '450206', actionId)));
  expect(new Set(answers.map((answer) => answer.caseNo)).size).toBe(1);
  expect(await countCases()).toBe(before + 1);
});

it('lets exactly one of two clerks have an invoice, twenty times at the same instant', async () => {
  for (let race = 0; race < 20; race += 1) {
    const number = nextNumber();
    const own = await draft(buildBody(number, 0));
    const second = buildBody(number, 1);
    // The same paper, written in full width, filed for another person at another agency.
    second.invoices![0]!.number = number.replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));
    second.statement!.number = `T${number}`;
    const foreign = await draft(second, '450203');
    const results = await Promise.all([refusalOf(submit(own)), refusalOf(submit(foreign, '450203'))]);
    expect(results.filter((result) => result === null)).toHaveLength(1);
    expect(results.find((result) => result !== null)).toMatchObject({ code: 'INVOICE_IN_USE' });
    const held = await rows(
      database.dataSource,
      `SELECT 1 FROM expense_document WHERE live AND kind = 'invoice' AND document_key = $1`,
      [JSON.stringify(['045001', number])],
    );
    expect(held).toHaveLength(1);
  }
});

it('does not lock crosswise when two filings share several invoices in another order', async () => {
  const [a, b] = [nextNumber(), nextNumber()];
  const body = (numbers: string[], personIndex: number): FilingBody => {
    const one = buildBody(numbers[0]!, personIndex);
    one.invoices = numbers.map((number) => ({ ...one.invoices![0]!, number }));
    one.statement!.number = nextNumber();
    return one;
  };
  const ids = [await draft(body([a, b], 0)), await draft(body([b, a], 1), '450203')] as const;
  const results = await Promise.all([refusalOf(submit(ids[0])), refusalOf(submit(ids[1], '450203'))]);
  expect(results.map((result) => result?.code ?? 'filed').sort()).toEqual(['INVOICE_IN_USE', 'filed']);
});

it('keeps the draft of the loser and tells him where the paper is, inside his agency', async () => {
  const number = nextNumber();
  const first = await submit(await draft(buildBody(number)));
  const again = await draft(buildBody(number, 1));
  const before = await countCases();
  expect(await refusalOf(submit(again))).toMatchObject({
    code: 'INVOICE_IN_USE',
    facts: { caseNo: first.caseNo, status: '在办,当前环节受理', document: '发票' },
  });
  expect(await getFiling(database.dataSource, cipher, again, '450206')).toMatchObject({ state: 'draft', version: 1 });
  expect(await countCases()).toBe(before);

  const elsewhere = await refusalOf(submit(await draft(buildBody(number, 1), '450203'), '450203'));
  expect(elsewhere?.message).toContain('其他经办机构的办件');
  expect(JSON.stringify(elsewhere?.facts)).not.toContain(first.caseNo);
});

it('lists a paper in use in the check of a draft, in one writing of its number, and not in that of its own case', async () => {
  const number = nextNumber();
  const { caseNo } = await submit(await draft(buildBody(number)));
  const body = buildBody(nextNumber(), 1);
  const wide = number.replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));
  body.invoices = [body.invoices![0]!, { ...body.invoices![0]!, number: wide }];
  const inUseIn = async (agencyId: string) => {
    const id = await draft(body, agencyId);
    return database.dataSource.transaction(async (manager) => {
      const { gaps } = await checkFiling(manager, cipher, await getFiling(manager, cipher, id, agencyId), new Date());
      return gaps.filter((gap) => gap.code === 'INVOICE_IN_USE');
    });
  };
  const [gap, ...more] = await inUseIn('450206');
  expect(more).toEqual([]);
  expect(gap).toMatchObject({ rule: 'R-EL-04', field: 'invoices[1].number', blocksSubmit: true });
  expect(gap!.message).toMatch(`发票 ${number} 已在办件 ${caseNo}(在办,当前环节受理)中使用,不得重复报销。`);
  const [elsewhere] = await inUseIn('450203');
  expect(elsewhere!.message).toContain('其他经办机构的办件');
  expect(JSON.stringify(elsewhere)).not.toContain(caseNo);

  const own = await findCase(database.dataSource.manager, caseNo);
  const { gaps } = await findFilingGaps(database.dataSource.manager, cipher, own!.filingId, new Date());
  expect(gaps.map((other) => other.code)).not.toContain('INVOICE_IN_USE');
});

it('refuses a statement that another case holds, under another invoice', async () => {
  const body = buildBody(nextNumber());
  await submit(await draft(body));
  const second = { ...buildBody(nextNumber()), statement: body.statement! };
  expect(await refusalOf(submit(await draft(second)))).toMatchObject({
    code: 'INVOICE_IN_USE',
    field: 'statement.number',
  });
});

it('blocks a paid invoice with that word', async () => {
  const number = nextNumber();
  const { caseNo } = await submit(await draft(buildBody(number)));
  await rows(database.dataSource, `UPDATE cases SET paid_once = true, outcome = 'approved' WHERE case_no = $1`, [
    caseNo,
  ]);
  expect((await refusalOf(submit(await draft(buildBody(number)))))?.message).toContain('已支付');
});

it.each(['refuseAcceptance', 'withdraw'] as const)('frees the papers of a case by %s', async (act) => {
  const number = nextNumber();
  const { caseNo } = await submit(await draft(buildBody(number)));
  const second = await draft(buildBody(number));
  expect(await refusalOf(submit(second))).toMatchObject({ code: 'INVOICE_IN_USE' });
  await database.dataSource.transaction(async (manager) => {
    const record = (await findCase(manager, caseNo, { lock: true }))!;
    const definition = await getDefinition(manager, record.matter, record.definitionVersion);
    const actorId = accountOf(world, 'initial1').id;
    const next = advance(definition, record.position, act, actorId);
    await writeAct(manager, cipher, record, {
      definition,
      advance: next,
      act,
      actorId,
      actionId: randomUUID(),
      at,
      facts: {},
    });
  });
  expect((await submit(second)).seq).toBe(1);
});

it('warns of the same stay and does not block it', async () => {
  const first = await submit(await draft(buildBody(nextNumber(), 3)));
  const second = await submit(await draft(buildBody(nextNumber(), 3)));
  expect(second.warnings).toContainEqual(
    expect.objectContaining({ code: 'SAME_STAY_FILED', facts: { caseNo: first.caseNo } }),
  );
});

it.each<[string, (body: FilingBody) => void, string]>([
  ['a wrong check digit', (b) => (b.applicant!.idNumber = '450221198001011235'), 'ID_NUMBER_CHECK_DIGIT'],
  ['a discharge of tomorrow', (b) => (b.stay!.dischargeDate = '2026-11-24'), 'DATE_IN_FUTURE'],
  ['a discharge before admission', (b) => (b.stay!.dischargeDate = '2026-10-01'), 'DISCHARGE_BEFORE_ADMISSION'],
  ['an emoji name', (b) => (b.applicant!.name = '覃😀'), 'PERSON_NAME_CHARACTER'],
  ['one invoice twice', (b) => b.invoices!.push({ ...b.invoices![0]! }), 'INVOICE_REPEATED_IN_FILING'],
  [
    'sums beyond exact numbers',
    (b) => b.invoices!.push({ ...b.invoices![0]!, number: 'X', amountFen: Number.MAX_SAFE_INTEGER }),
    'AMOUNT_TOO_LARGE',
  ],
])('refuses %s before anything is written', async (_, spoil, code) => {
  const body = buildBody(nextNumber());
  spoil(body);
  const id = await draft(body);
  const before = await countCases();
  expect(await refusalOf(submit(id))).toMatchObject({ code, status: 422 });
  expect(await countCases()).toBe(before);
  expect((await getFiling(database.dataSource, cipher, id, '450206')).state).toBe('draft');
});

it('keeps a rare four-byte name as it is written', async () => {
  const body = buildBody(nextNumber());
  body.applicant!.name = '覃𠮷';
  const id = await draft(body);
  expect((await getFiling(database.dataSource, cipher, id, '450206')).body.applicant!.name).toBe('覃𠮷');
});

it('hides a filing from another agency and refuses a stale version', async () => {
  const body = buildBody(nextNumber());
  const id = await draft(body);
  expect(await refusalOf(getFiling(database.dataSource, cipher, id, '450203'))).toMatchObject({
    code: 'FILING_NOT_FOUND',
  });
  const change = { id, agencyId: '450206', version: 1, body };
  expect(await saveDraft(database.dataSource, cipher, change)).toEqual({ id, version: 2 });
  expect(await refusalOf(saveDraft(database.dataSource, cipher, change))).toMatchObject({
    code: 'DRAFT_CHANGED',
    facts: { version: 2 },
  });
});

describe('a filing begun under one regime and handed in under the next (C-27)', () => {
  // P-61: 45 working days with two letters until 31 August 2023, then 15 with neither; midnight is that of Shanghai.
  const lastMoment = new Date('2023-08-31T23:59:59.999+08:00');
  const firstMoment = new Date('2023-09-01T00:00:00+08:00');

  async function begun(): Promise<string> {
    const { idNumber, name, scheme } = world.persons[0]!;
    const body: FilingBody = {
      applicant: { idNumber, name, phone: '13900000000', scheme },
      form: { counterpartRegion: '440100', counterpartAgency: '广州示例经办机构', insuredFrom: '2015-03-01' },
    };
    const createdBy = clerkOf('450206');
    const filing = { agencyId: '450206', matter: 'crossProvinceTransferIn', createdBy, body };
    const { id } = await createFiling(database.dataSource, cipher, filing);
    const file = { sha256: randomUUID(), sizeBytes: 10, mediaType: 'application/pdf', fileName: 'id.pdf' };
    const paper = { filingId: id, agencyId: '450206', paper: 'idCard' as const, facts: { legible: true } };
    await addAttachment(database.dataSource.manager, cipher, { ...paper, ...file, uploadedBy: createdBy });
    return id;
  }

  const handIn = (filingId: string, at: Date) =>
    database.dataSource.transaction((manager) =>
      submitFiling(manager, cipher, {
        ...{ filingId, agencyId: '450206', actorId: clerkOf('450206'), actionId: randomUUID(), at },
      }),
    );
  const asked = (gaps: readonly { material?: string }[]) => gaps.map(({ material }) => material).sort();
  const pinnedTo = async (caseNo: string) => {
    const record = await findCase(database.dataSource.manager, caseNo);
    const definition = await getDefinition(database.dataSource.manager, record!.matter, record!.definitionVersion);
    return [definition.version, definition.clocks.find(({ clock }) => clock === 'K-11')!.limitWorkingDays];
  };

  it('is checked by the old one while it is a draft, and received under the new one', async () => {
    const id = await begun();
    const { dataSource } = database;
    const draftOn = async (at: Date) =>
      checkFiling(dataSource.manager, cipher, await getFiling(dataSource, cipher, id, '450206'), at);
    expect(asked((await draftOn(lastMoment)).gaps)).toEqual(['P61-2', 'P61-3']);
    expect(asked((await draftOn(firstMoment)).gaps)).toEqual([]);
    const received = await handIn(id, firstMoment);
    expect(received.gaps).toEqual([]);
    expect(await pinnedTo(received.caseNo)).toEqual([2, 15]);
  });

  it('keeps the old one when it is handed in at the last moment, whenever it is looked at', async () => {
    const { caseNo, gaps, receivedOn } = await handIn(await begun(), lastMoment);
    expect(asked(gaps)).toEqual(['P61-2', 'P61-3']);
    // After office hours it counts as received on the next working day (T-05); the regime is that of the day it was begun on.
    expect(receivedOn).toBe('2023-09-01');
    expect(await pinnedTo(caseNo)).toEqual([1, 45]);
    const { filingId } = (await findCase(database.dataSource.manager, caseNo))!;
    const later = await findFilingGaps(database.dataSource.manager, cipher, filingId, at);
    expect(asked(later.gaps)).toEqual(['P61-2', 'P61-3']);
  });
});
