import type { Post } from '../case/words';
import type { FilingBody } from './filing';
import type { FormDefinition } from '../forms/form';
import { paperLabels, type Paper } from './papers';

/** Posts that work on cases or watch over them; technical maintenance has no business with a person's papers. */
const readers: readonly Post[] = [
  'window',
  'initialReviewer',
  'secondReviewer',
  'approver',
  'settlementClerk',
  'financeReviewer',
  'financeApprover',
  'supervisor',
  'deputyHead',
  'auditReader',
];

/** May these posts read cases of their own agency at all? */
export function mayReadCases(posts: readonly Post[]): boolean {
  return posts.some((post) => readers.includes(post));
}

// Each kind of personal value, and the posts that cannot do their work without it (architecture § 7).
const idNumberNeeded: readonly Post[] = ['window', 'initialReviewer', 'secondReviewer'];
const phoneNeeded: readonly Post[] = ['window', 'initialReviewer'];
const accountNeeded: readonly Post[] = [
  'window',
  'initialReviewer',
  'settlementClerk',
  'financeReviewer',
  'financeApprover',
];
const illnessNeeded: readonly Post[] = ['window', 'initialReviewer', 'secondReviewer', 'approver', 'auditReader'];

/** What a paper shows, by the same table: a masked value must not be had from the scan of it. */
const paperNeeded: Record<Paper, readonly Post[]> = {
  electronicCredential: idNumberNeeded,
  idCard: idNumberNeeded,
  socialSecurityCard: idNumberNeeded,
  proxyIdCard: idNumberNeeded,
  // Money papers: amounts, hospital and name, which nobody who reads cases is refused.
  invoice: readers,
  invoiceStubCopy: readers,
  lostInvoiceCommitment: readers,
  // Finance checks the account against its proof (R-MT-3).
  ownBankAccount: accountNeeded,
  kinBankAccount: accountNeeded,
  kinshipProof: accountNeeded,
  kinshipCommitment: accountNeeded,
  costStatement: illnessNeeded,
  emergencyDiagnosis: illnessNeeded,
  emergencyObservationRecord: illnessNeeded,
  // Everything at once: number, phone and illness.
  claimForm: idNumberNeeded,
  trafficAccidentReport: illnessNeeded,
  courtJudgment: illnessNeeded,
  mediationAgreement: illnessNeeded,
  otherAuthorityProof: illnessNeeded,
  injuryCommitmentLetter: illnessNeeded,
  diagnosisCertificate: illnessNeeded,
  dischargeRecord: illnessNeeded,
  dischargeSummary: illnessNeeded,
  // Where a person lives and works, or what another agency wrote of him.
  residenceProof: idNumberNeeded,
  villageWorkProof: idNumberNeeded,
  employerProof: idNumberNeeded,
  workResidencePermit: idNumberNeeded,
  schoolProof: idNumberNeeded,
  admissionRecord: illnessNeeded,
  diseaseCertificate: illnessNeeded,
  careElsewhereStatement: illnessNeeded,
  homeAreaApplication: idNumberNeeded,
  policeResidenceProof: idNumberNeeded,
  referralForm: illnessNeeded,
  referralCertificate: illnessNeeded,
  insuranceCertificate: idNumberNeeded,
  transferContactLetter: idNumberNeeded,
  counterpartReply: idNumberNeeded,
  // What was asked of another office, and what it found, tells the illness as a record does.
  inquiryLetter: illnessNeeded,
  specialProcedureNotice: illnessNeeded,
  pauseResult: illnessNeeded,
};

/** May a person with these posts open the scan of this paper? */
export function mayReadPaper(paper: Paper, posts: readonly Post[]): boolean {
  return posts.some((post) => paperNeeded[paper].includes(post));
}

/** The line of the list for a paper that may not be opened: a file name and what was noted may tell what is in it. */
export function maskPaper<Attachment extends { paper: Paper; fileName: string; facts: { legible: boolean } }>(
  attachment: Attachment,
  posts: readonly Post[],
): Attachment {
  if (mayReadPaper(attachment.paper, posts)) return attachment;
  return { ...attachment, fileName: paperLabels[attachment.paper], facts: { legible: attachment.facts.legible } };
}

/** Items of the statement tell the illness; amounts, classes and dates stay. */
export function maskLines<Line extends { itemCode: string; itemName: string }>(
  lines: readonly Line[],
  posts: readonly Post[],
): Line[] {
  if (posts.some((post) => illnessNeeded.includes(post))) return [...lines];
  return lines.map((line) => ({ ...line, itemCode: '****', itemName: '****' }));
}

type Text = string | null | undefined;

/** Keeps the first `head` and the last `tail` characters; what is too short to hide anything is hidden whole. */
export function maskText(text: string, head: number, tail: number): string {
  const characters = [...text];
  const hidden = characters.length - head - tail;
  if (hidden < 4) return '*'.repeat(characters.length);
  return `${characters.slice(0, head).join('')}${'*'.repeat(hidden)}${tail > 0 ? characters.slice(-tail).join('') : ''}`;
}

const masked = (text: Text, head: number, tail: number): Text => (text ? maskText(text, head, tail) : text);

/** The filing as a person with these posts may see it; `isMasked` when something was hidden. */
export function maskFiling(
  body: FilingBody,
  posts: readonly Post[],
  form?: FormDefinition,
): { body: FilingBody; isMasked: boolean } {
  const needs = (needed: readonly Post[]) => posts.some((post) => needed.includes(post));
  const idNumber = (text: Text) => (needs(idNumberNeeded) ? text : masked(text, 4, 4));
  const phone = (text: Text) => (needs(phoneNeeded) ? text : masked(text, 3, 4));
  const account = (text: Text) => (needs(accountNeeded) ? text : masked(text, 0, 4));
  const illness = (text: Text) => (needs(illnessNeeded) ? text : masked(text, 0, 0));

  const { applicant, proxy, stay, injury, payee } = body;
  const shown: FilingBody = { ...body };
  if (applicant) {
    shown.applicant = { ...applicant, idNumber: idNumber(applicant.idNumber), phone: phone(applicant.phone) };
  }
  if (proxy) shown.proxy = { ...proxy, idNumber: idNumber(proxy.idNumber), phone: phone(proxy.phone) };
  if (stay) shown.stay = { ...stay, diagnosis: illness(stay.diagnosis) };
  if (injury) shown.injury = { ...injury, place: illness(injury.place), course: illness(injury.course) };
  if (payee) {
    const { accountNumber, kinIdNumber } = payee;
    shown.payee = { ...payee, accountNumber: account(accountNumber), kinIdNumber: idNumber(kinIdNumber) };
  }
  if (body.form) {
    const needed = { contact: phoneNeeded, illness: illnessNeeded };
    const isKept = (name: string) => {
      const keptFrom = form?.fields.find(({ field }) => field === name)?.keptFrom;
      return keptFrom !== undefined && !needs(needed[keptFrom]);
    };
    const values = Object.entries(body.form);
    shown.form = Object.fromEntries(
      values.map(([name, value]) => [name, isKept(name) && typeof value === 'string' ? maskText(value, 0, 0) : value]),
    );
  }
  const isMasked = ![idNumberNeeded, phoneNeeded, accountNeeded, illnessNeeded].every(needs);
  return { body: shown, isMasked };
}
