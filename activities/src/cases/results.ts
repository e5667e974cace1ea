import type { ActBodyOf } from '@banjie/contracts';
import {
  cityOf,
  DomainError,
  formEntries,
  hospitalsOf,
  lastDayOf,
  shanghaiDate,
  textOf,
  type FilingBody,
  type FormDefinition,
  type FormEntry,
  type ResultDefinition,
} from '@banjie/domain';
import { addCrossRegionFiling, filingBodyContext, findAttachments, findHospitals, rows } from '@banjie/persistence';
import { decide } from './decisions';
import type { Effect, EffectContext } from './effect';
import { latePapers } from './late-papers';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';

/** What a matter without payment enters when a person approves; the row and the decision are one transaction. */

/** 初审 proposes for 审批; there is no amount. */
export async function proposeResult(body: ActBodyOf<'propose'>, { definition }: EffectContext): Promise<Effect> {
  if (body.payableFen !== undefined || (body.deductions?.length ?? 0) > 0) throw nothingToPay('payableFen');
  if (body.payee) throw nothingToPay('payee');
  if (body.outcome === 'pass')
    return { facts: { outcome: 'pass' }, sets: { proposalOutcome: 'pass', proposedFen: null } };
  const reasons = codedReasons(definition, body.act, 'refuse', body.reasons ?? []);
  return { facts: { outcome: 'refuse', reasons }, sets: { proposalOutcome: 'refuse', proposedFen: 0 } };
}

export async function approveResult(body: ActBodyOf<'approve'>, context: EffectContext): Promise<Effect> {
  const { definition, record } = context;
  if (body.payableFen) throw nothingToPay('payableFen');
  if (asksProposal(context)) {
    demandFact(record.proposalOutcome !== null, 'PROPOSAL_MISSING');
    demandFact(record.proposalOutcome === 'pass', 'PROPOSAL_IS_REFUSAL');
  }
  const { result, form } = definition;
  if (!result || !form) throw new Error(`${definition.matter} says not what an approval enters`);
  const filing = context.cipher.decryptJson<FilingBody>(filingBodyContext, record.filingBody);
  const entered =
    result.result === 'crossRegionFiling'
      ? await enterCrossRegionFiling(result, form, filing, context)
      : await closeTransfer(result, form, filing, context);
  const { decisionId, write } = decide(context, 'approved');
  return {
    facts: { decisionId, result: entered.facts },
    writes: [write],
    // The road of R-FN-10: nothing to pay, the result is delivered.
    road: { payableFen: 0 },
    sets: { payableFen: 0 },
    entries: entered.entries,
  };
}

export async function rejectResult(body: ActBodyOf<'reject'>, context: EffectContext): Promise<Effect> {
  const reasons = codedReasons(context.definition, body.act, 'reject', body.reasons);
  if (asksProposal(context)) demandFact(context.record.proposalOutcome !== null, 'PROPOSAL_MISSING');
  const { decisionId, write } = decide(context, 'rejected');
  return { facts: { decisionId, reasons }, writes: [write], sets: { payableFen: 0 } };
}

/**
 * The other agency's answer, put on record by our officer with the paper it came on. It moves the case on whatever it says:
 * a person of ours decides (P-61).
 */
export async function recordAnswer(body: ActBodyOf<'recordAnswer'>, context: EffectContext): Promise<Effect> {
  const { manager, cipher, record, at } = context;
  demandFact(body.answeredOn <= shanghaiDate(at.getTime()), 'DATE_IN_FUTURE', {
    label: '答复日期',
    value: body.answeredOn,
  });
  const papers = await latePapers(context, body.attachmentIds);
  demandFact(papers !== null, 'BAD_SHAPE', { reason: '答复材料中有本办件没有的附件' });
  const filed = await findAttachments(manager, cipher, record.filingId);
  const hasReply = filed.some(({ id, paper }) => paper === 'counterpartReply' && papers.attachments.includes(id));
  demandFact(hasReply, 'ANSWER_WITHOUT_PAPER');
  return { facts: { outcome: body.outcome, answeredOn: body.answeredOn, party: 'outside', ...papers } };
}

async function enterCrossRegionFiling(
  result: Extract<ResultDefinition, { result: 'crossRegionFiling' }>,
  form: FormDefinition,
  filing: FilingBody,
  { manager, record, definition }: EffectContext,
): Promise<{ facts: Record<string, unknown>; entries: FormEntry[] }> {
  const region = textOf(form, filing, result.region);
  const option = typeof result.kind === 'string' ? null : textOf(form, filing, result.kind.field);
  const kind = typeof result.kind === 'string' ? result.kind : result.kind.as[option ?? ''];
  if (!region || !kind || record.personId === null) throw new DomainError('FILING_HAS_GAPS', { count: 1 });
  const hospitalCodes = hospitalsOf(form, filing, result.hospitals);
  const certificateIssuedOn = result.certificateIssuedOn && textOf(form, filing, result.certificateIssuedOn);
  const [received] = await rows<{ at: Date }>(manager, `SELECT received_at AS at FROM cases WHERE case_no = $1`, [
    record.position.caseNo,
  ]);
  // 办理备案之日 is the calendar day on which the person filed it (K-21), after office hours, too: the limits on the insured
  // are checked by it, and the office's delay costs him no day.
  const filedOn = shanghaiDate(received!.at.getTime());
  const since = (result.validFrom && textOf(form, filing, result.validFrom)) || filedOn;
  const entry = {
    kind,
    filedOn,
    validFrom: since < filedOn ? since : filedOn,
    validTo: lastDayOf(result.validity, filedOn),
    targetRegionCode: cityOf(region),
    hospitalCodes,
  };
  const filingId = await addCrossRegionFiling(manager, {
    ...entry,
    personId: record.personId,
    agencyId: record.agencyId,
    caseNo: record.position.caseNo,
    source: {
      matter: definition.matter,
      version: definition.version,
      ...(option ? { option } : {}),
      ...(certificateIssuedOn ? { certificateIssuedOn } : {}),
    },
  });
  const hospitals = await findHospitals(
    manager,
    form.fields.flatMap(({ kind: field, field: name }) =>
      field === 'hospital' || field === 'hospitals' ? hospitalsOf(form, filing, name) : [],
    ),
  );
  const nameOf = (code: string) => hospitals.find((hospital) => hospital.code === code)?.name ?? code;
  return {
    facts: { crossRegionFilingId: filingId, ...entry },
    entries: [
      { label: '表格', text: `${form.label}(${form.number})`, isPersonal: false },
      ...formEntries(form, filing, nameOf),
      { label: '备案日期', text: filedOn, isPersonal: false },
      { label: '有效期至', text: entry.validTo ?? '变更或取消备案为止', isPersonal: false },
    ],
  };
}

/** 跨省转移接续: the relation has moved when the other agency has done its part; what it wrote is on record. */
async function closeTransfer(
  { direction, counterpart }: Extract<ResultDefinition, { result: 'transfer' }>,
  form: FormDefinition,
  filing: FilingBody,
  { manager, record }: EffectContext,
): Promise<{ facts: Record<string, unknown>; entries: FormEntry[] }> {
  const [answer] = await rows<{ seq: number; outcome: string; answeredOn: string }>(
    manager,
    `SELECT seq, facts->>'outcome' AS outcome, facts->>'answeredOn' AS "answeredOn" FROM case_act
     WHERE case_no = $1 AND act = 'recordAnswer' ORDER BY seq DESC LIMIT 1`,
    [record.position.caseNo],
  );
  demandFact(answer !== undefined, 'ANSWER_MISSING');
  demandFact(answer.outcome === 'done', 'ANSWER_IS_REFUSAL');
  const region = textOf(form, filing, counterpart);
  return {
    facts: {
      transfer: direction,
      counterpartRegionCode: region && cityOf(region),
      answerSeq: answer.seq,
      answeredOn: answer.answeredOn,
    },
    entries: formEntries(form, filing, (code) => code),
  };
}

const asksProposal = ({ definition }: EffectContext) => definition.stages.some(({ acts }) => acts.includes('propose'));

const nothingToPay = (field: string) =>
  new DomainError('BAD_SHAPE', { reason: '本事项不支付费用,没有金额和核减' }, field);
