import type { MaterialDefinition } from '../case/definition';
import type { MaterialCondition } from '../forms/material-condition';
import { normaliseInvoicePart } from '../checks/invoice-key';
import { agrees, isBlank } from './comparing';
import type { FiledPaper, Gap, Invoice } from './filing';
import type { FiledClaim, Finding } from './claim';
import { hospitalOfStay } from './elsewhere-gaps';
import { gap } from './gap-table';
import { paperLabels, type Paper } from './papers';

type Alternative = MaterialDefinition['alternatives'][number];

/** One thing the papers must show: usually a material; for invoices each of them. */
interface Demand {
  alternatives: Alternative[];
  /** What the sentence adds after the material's name. */
  about: string;
  field?: string;
  counts: (filed: FiledPaper) => boolean;
}

/** The acceptance matrix R-MT-1…8: conditions, alternatives, and what is wrong with a paper that is there. */
export function findMaterialGaps(materials: readonly MaterialDefinition[], claim: FiledClaim, finding: Finding): void {
  for (const material of materials) {
    if (!isRequired(material.requiredWhen, claim)) continue;
    const found: Finding = { gaps: [], warnings: [] };
    for (const demand of demandsOf(material, claim)) judgeDemand(material, demand, claim, found);
    finding.gaps.push(...unique(found.gaps));
    finding.warnings.push(...unique(found.warnings).filter((warning) => !found.gaps.some((g) => isSame(g, warning))));
  }
}

export function isRequired(condition: MaterialCondition, { body }: Pick<FiledClaim, 'body'>): boolean {
  if (typeof condition === 'object') {
    const value = body.form?.[condition.field];
    return typeof value === 'string' && condition.is.includes(value);
  }
  switch (condition) {
    case 'always':
      return true;
    case 'proxy':
      return body.proxy != null;
    case 'emergencyObservation':
      return body.stay?.emergencyObservation === true;
    case 'rescue':
      return body.stay?.rescue === true;
    case 'accident':
      return body.stay?.accident === true;
  }
}

/** What was filed narrows the alternatives: a lost invoice has no original, money for kin needs the papers for kin. */
function demandsOf(material: MaterialDefinition, { body }: FiledClaim): Demand[] {
  const { alternatives } = material;
  const holds = (paper: Paper) => (alternative: Alternative) => alternative.papers.includes(paper);
  const any: Demand = { alternatives, about: '', counts: () => true };
  if (alternatives.some(holds('invoice'))) {
    const invoices = body.invoices ?? [];
    if (invoices.length === 0) return [any];
    return invoices.map((invoice, place) => ({
      alternatives: invoice.lost ? alternatives.filter((a) => !holds('invoice')(a)) : alternatives,
      about: invoices.length > 1 ? `(第 ${place + 1} 张)` : '',
      field: `invoices[${place}]`,
      counts: (filed) => belongsTo(filed, invoice),
    }));
  }
  if (alternatives.some(holds('ownBankAccount')) && body.payee?.relation) {
    const own = body.payee.relation === 'self';
    return [{ ...any, alternatives: alternatives.filter((a) => holds('ownBankAccount')(a) === own), field: 'payee' }];
  }
  return [any];
}

function belongsTo(filed: FiledPaper, invoice: Invoice): boolean {
  const number = filed.facts.documentNumber;
  if (isBlank(number) || isBlank(invoice.number)) return true;
  return normaliseInvoicePart(number!) === normaliseInvoicePart(invoice.number!);
}

type PaperState = { paper: Paper; absent: boolean; defects: Gap[] };

function judgeDemand(material: MaterialDefinition, demand: Demand, claim: FiledClaim, finding: Finding): void {
  const judged = demand.alternatives.map((alternative) => ({
    alternative,
    states: alternative.papers.map((paper) => stateOf(paper as Paper, material, demand, claim)),
  }));
  const satisfied = judged.some(({ states }) => states.every((state) => !state.absent && state.defects.length === 0));
  const filed = judged.flatMap(({ states }) => states).filter((state) => !state.absent);
  if (satisfied) {
    for (const defect of filed.flatMap((state) => state.defects)) {
      // R-EL-05 wants every paper to be the insured's; other faults of a paper that is not needed only warn.
      (defect.code === 'PAPER_NAME_DIFFERS' ? finding.gaps : finding.warnings).push(defect);
    }
    return;
  }
  const where = { material: material.id, rule: material.id, clause: material.source, field: demand.field };
  const names = demand.alternatives.map((alternative) => alternative.label);
  if (filed.length === 0) {
    const facts = { label: material.label, about: demand.about, alternatives: names.join(';或者') };
    finding.gaps.push(gap('MATERIAL_MISSING', facts, where));
    return;
  }
  const nearest = nearestOf(judged.map(({ states }) => states));
  finding.gaps.push(...nearest.flat().flatMap((state) => state.defects));
  const missing = nearest.map((states) => states.filter((state) => state.absent)).filter((states) => states.length > 0);
  if (missing.length === nearest.length) {
    const have = nearest[0]!.filter((state) => !state.absent);
    const facts = {
      label: material.label,
      about: demand.about,
      have: have.map((state) => quoted(state.paper)).join('、'),
      missing: missing.map((states) => states.map((state) => quoted(state.paper)).join('和')).join(',或者'),
      missingPapers: missing.map((states) => states.map((state) => state.paper)),
      alternatives: names,
    };
    finding.gaps.push(gap('MATERIAL_INCOMPLETE', facts, where));
  }
}

/** The alternatives that were begun and lack least; several when it is the person's choice how to go on. */
function nearestOf(alternatives: PaperState[][]): PaperState[][] {
  const begun = alternatives.filter((states) => states.some((state) => !state.absent));
  const lack = (states: PaperState[]) => states.filter((state) => state.absent || state.defects.length > 0).length;
  const least = Math.min(...begun.map(lack));
  return begun.filter((states) => lack(states) === least);
}

/** The best of the papers of this kind: one without fault settles it. */
function stateOf(paper: Paper, material: MaterialDefinition, demand: Demand, claim: FiledClaim): PaperState {
  const filed = claim.papers.filter((one) => one.paper === paper && demand.counts(one));
  const judged = filed.map((one) => defectsOf(one, material, claim)).sort((a, b) => a.length - b.length);
  return { paper, absent: filed.length === 0, defects: judged[0] ?? [] };
}

const needsSeal: readonly Paper[] = ['invoiceStubCopy'];
const needsSignature: readonly Paper[] = ['lostInvoiceCommitment', 'kinshipCommitment', 'careElsewhereStatement'];
const needsCourse: readonly Paper[] = ['diagnosisCertificate', 'dischargeRecord'];

function defectsOf({ paper, facts }: FiledPaper, material: MaterialDefinition, claim: FiledClaim): Gap[] {
  const defects: Gap[] = [];
  const label = paperLabels[paper];
  const where = { material: material.id, clause: material.source };
  if (!facts.legible) defects.push(gap('PAPER_ILLEGIBLE', { paper: label }, where));
  const owner = ownerOf(paper, claim);
  if (owner && !agrees(facts.ownName, owner.name)) {
    defects.push(gap('PAPER_NAME_DIFFERS', { paper: label, owner: owner.label }, where));
  }
  if (needsSeal.includes(paper) && !facts.sealed) defects.push(gap('PAPER_NOT_SEALED', { paper: label }, where));
  if (facts.signed === false || (needsSignature.includes(paper) && !facts.signed)) {
    defects.push(gap('PAPER_NOT_SIGNED', { paper: label }, { ...where, rule: material.id }));
  }
  const { hospitalSeal } = material;
  if (hospitalSeal && !needsSignature.includes(paper) && !needsSeal.includes(paper) && !facts.sealed) {
    defects.push(gap('HOSPITAL_SEAL_MISSING', { paper: label }, { ...where, rule: material.id }));
  }
  if (needsCourse.includes(paper) || hospitalSeal) {
    if (!hospitalSeal && !facts.describesTreatment) {
      defects.push(gap('PAPER_WITHOUT_COURSE', { paper: label }, where));
    }
    const hospital = hospitalOfStay(claim);
    const given = facts.issuedBy;
    if (hospital && !agrees(given, hospital.code) && !agrees(given, hospital.name)) {
      defects.push(gap('PAPER_OF_OTHER_HOSPITAL', { paper: label }, where));
    }
  }
  if (paper === 'injuryCommitmentLetter') defects.push(...injuryDefects(claim, where));
  return defects;
}

/** Whose name must stand on the paper; papers about a relation name two persons and are left to the eye. */
function ownerOf(paper: Paper, { body }: FiledClaim): { name: string | null | undefined; label: string } | null {
  switch (paper) {
    case 'proxyIdCard':
      return { name: body.proxy?.name, label: '代办人' };
    case 'kinBankAccount':
      return { name: body.payee?.accountName, label: '收款账户户名' };
    case 'kinshipProof':
    case 'kinshipCommitment':
      return null;
    default:
      return { name: body.applicant?.name, label: '参保人' };
  }
}

const injuryItems = {
  happenedAt: '发生时间',
  place: '发生地点',
  course: '发生经过',
  visitedAt: '就诊时间',
  hospital: '就诊医院',
} as const;

/** R-MT-7: five items and the signature. */
function injuryDefects({ body }: FiledClaim, where: { material: string; clause: string }): Gap[] {
  const injury = body.injury ?? {};
  const missing: string[] = Object.entries(injuryItems)
    .filter(([name]) => isBlank(injury[name as keyof typeof injuryItems]))
    .map(([, label]) => label);
  if (!injury.signed) missing.push('本人签名');
  if (missing.length === 0) return [];
  return [gap('INJURY_LETTER_INCOMPLETE', { missing: missing.join('、') }, { ...where, field: 'injury' })];
}

function quoted(paper: Paper): string {
  return `“${paperLabels[paper]}”`;
}

function isSame(left: Gap, right: Gap): boolean {
  return left.code === right.code && left.message === right.message && left.field === right.field;
}

function unique(gaps: Gap[]): Gap[] {
  return gaps.filter((one, place) => gaps.findIndex((other) => isSame(one, other)) === place);
}
