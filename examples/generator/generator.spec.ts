import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplePackageSchema, filingBodySchema, type ExampleClaim } from '@banjie/contracts';
import { checkBankCard, checkIdNumber, demandFittingReasons, inpatientReimbursement } from '@banjie/domain';
import { exampleCatalogue } from '../../libs/persistence/src/seed/catalogue';
import { exampleHospitals } from '../../libs/persistence/src/seed/hospitals';
import { daily, operations, ordinary } from './catalogue';
import { writeBlurredJpeg, writePng, Picture } from './images';
import { hospitals } from './people';
import { halfUp, payableFen } from './policy';
import { encodeGb18030 } from './spreadsheets';
import { makePackages } from './write-packages';

const home = join(__dirname, '..', 'packages');
const names = readdirSync(home).sort();
const read = (name: string) =>
  examplePackageSchema.parse(JSON.parse(readFileSync(join(home, name, 'case.json'), 'utf8')));
const claims = names.map(read).filter((one): one is ExampleClaim => one.kind === 'claim');

describe('the example packages', () => {
  it('are written again with the same bytes', async () => {
    const made = await makePackages();
    const committed = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1));
    expect([...made.keys()].sort()).toEqual(committed.sort());
    const different = committed.filter((path) => !made.get(path)?.equals(readFileSync(join(home, path))));
    expect(different).toEqual([]);
    expect([...made.values()].reduce((sum, bytes) => sum + bytes.length, 0)).toBeLessThan(6 * 1_048_576);
  });

  it('are at least 24, each under the name of its folder', () => {
    expect(names.length).toBeGreaterThanOrEqual(24);
    expect(names.map((name) => read(name).name)).toEqual(names);
  });

  it.each(claims.map((claim) => [claim.name, claim] as const))(
    '%s names files, persons and numbers that are there',
    (name, claim) => {
      const files = new Set(readdirSync(join(home, name)));
      const used = Object.values(claim.filings).flatMap((f) => [
        f.application,
        f.statement,
        ...f.papers.map((p) => p.file),
      ]);
      used.push(...claim.steps.flatMap((step) => (step.do === 'attach' ? step.papers.map((paper) => paper.file) : [])));
      expect(used.filter((file) => !files.has(file))).toEqual([]);
      expect([...files].filter((file) => file !== 'case.json' && !used.includes(file))).toEqual([]);
      const registered = claim.persons.map((person) => person.idNumber);
      for (const filing of Object.values(claim.filings)) {
        const body = filingBodySchema.parse(JSON.parse(readFileSync(join(home, name, filing.application), 'utf8')));
        expect(registered).toContain(body.applicant?.idNumber);
        expect(claim.vary.accountNumbers).toContain(body.payee?.accountNumber);
        expect(claim.vary.documentNumbers).toEqual(
          expect.arrayContaining([body.invoices?.[0]?.number, body.statement?.number]),
        );
      }
      for (const number of registered) expect(checkIdNumber(number, '2026-12-31')).toEqual({ ok: true, value: number });
      for (const number of claim.vary.accountNumbers) expect(checkBankCard(number)).toBe('ok');
      const cases = claim.steps.flatMap((step) =>
        'case' in step && !('refusedWith' in step && step.do === 'file') ? [step.case] : [],
      );
      expect(Object.keys(claim.expect).sort()).toEqual([...new Set(cases)].sort());
    },
  );

  it('give reasons that the matter knows for the act they stand in', () => {
    const uses = {
      refuseAcceptance: 'refuseAcceptance',
      reject: 'reject',
      sendBack: 'sendBack',
      askSupplement: 'askSupplement',
      propose: 'refuse',
    } as const;
    const unknown = claims.flatMap(({ name, steps }) =>
      steps.flatMap((step) => {
        if (step.do !== 'act') return [];
        const use = uses[step.body.act as keyof typeof uses];
        const given = [
          ...((step.body.reasons as { code: string }[] | undefined) ?? []).map(({ code }) => ({
            code,
            use: use as string,
          })),
          ...((step.body.deductions as { reasonCode: string }[] | undefined) ?? []).map((d) => ({
            code: d.reasonCode,
            use: 'deduct',
          })),
        ];
        return given
          .filter(
            ({ code, use: wanted }) =>
              !inpatientReimbursement.reasons.some((r) => r.code === code && (r.uses as string[]).includes(wanted)),
          )
          .map(({ code }) => `${name}: ${code}`);
      }),
    );
    expect(unknown).toEqual([]);
  });

  it('refuse 受理 with the reasons of the gaps that the check names, and with no others', () => {
    const judged = claims.flatMap(({ steps }) =>
      steps.flatMap((step) => {
        if (step.do !== 'act' || step.body.act !== 'refuseAcceptance') return [];
        const filed = steps.find((other) => other.do === 'file' && other.case === step.case);
        const gaps = filed?.do === 'file' ? filed.gaps.map((code) => ({ code })) : [];
        const fits = () => demandFittingReasons(inpatientReimbursement, gaps, step.body.reasons as { code: string }[]);
        return [{ isRefused: step.refusedWith !== undefined, fits }];
      }),
    );
    expect(judged.length).toBeGreaterThan(8);
    for (const { isRefused, fits } of judged) {
      if (isRefused) expect(fits).toThrow('与材料核对结果不一致');
      else expect(fits).not.toThrow();
    }
  });

  it('use items and hospitals as an installation is seeded with them', () => {
    const items = [...daily, ...ordinary, ...Object.values(operations).flat()];
    for (const item of items) {
      expect(exampleCatalogue.find((entry) => entry.itemCode === item.code)).toMatchObject({
        itemName: item.name,
        category: item.category,
        catalogueClass: item.itemClass,
        selfPaidFirstBp: item.selfPaidBp,
      });
    }
    for (const { code, name, grade } of Object.values(hospitals)) {
      expect(exampleHospitals.find((hospital) => hospital.code === code)).toMatchObject({
        name,
        grade: `level${grade}`,
      });
    }
  });
});

describe('the generator’s own arithmetic', () => {
  it.each([
    // Worked 3 and 5 of 02-rules § 4 in form, with the example rows of 450200.
    [3_000_000, 'employee', 3, 2_469_600],
    [3_000_000, 'employee', 1, 2_682_000],
    [50_000, 'employee', 3, 0],
    [60_000, 'employee', 3, 0],
    [60_001, 'employee', 3, 1],
    [90_000_000, 'resident', 2, 15_000_000],
  ] as const)('eligible %d, %s, grade %d → %d', (eligible, scheme, grade, expected) => {
    expect(payableFen(eligible, scheme, grade)).toBe(expected);
  });

  it('rounds half up once', () => {
    expect([halfUp(5, 1_000), halfUp(4, 1_000), halfUp(15, 1_000), halfUp(1, 8_400)]).toEqual([1, 0, 2, 1]);
  });
});

describe('the files', () => {
  it('encodes GB18030 as the decoder of Node reads it', () => {
    const text = '住院费用结算清单,阿依·示例,2026-01-01\r\n';
    expect(new TextDecoder('gb18030').decode(encodeGb18030(text))).toBe(text);
    expect(() => encodeGb18030('𬭚')).toThrow();
  });

  it('are what their first bytes say', () => {
    const picture = new Picture(16, 8);
    expect(writePng(picture).subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    const photo = writeBlurredJpeg(picture);
    expect([photo.subarray(0, 3).toString('hex'), photo.subarray(-2).toString('hex')]).toEqual(['ffd8ff', 'ffd9']);
  });
});
