import type { ActBody } from '@banjie/contracts';
import {
  decisionStands,
  demandFittingReasons,
  DomainError,
  shanghaiDate,
  supplementPauses,
  type StaffAct,
} from '@banjie/domain';
import { approveCase, rejectCase, voidDecision } from './decisions';
import type { Effect, EffectContext } from './effect';
import { latePapers } from './late-papers';
import { closePause, decideExtension, openPause, requestExtension } from './time-acts';
import { drawOrder, recallOrder, releaseOrder, stepOrder, voidOrder } from './orders';
import { propose } from './proposals';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';
import { approveResult, proposeResult, recordAnswer, rejectResult } from './results';

/** One entry per act of the staff; the compiler keeps the table whole. */
type Effects = { [Act in StaffAct]: (body: Extract<ActBody, { act: Act }>, context: EffectContext) => Promise<Effect> };

const pays = ({ definition }: EffectContext) => definition.follows === 'payout';

export const effects: Effects = {
  async accept(_body, { findGaps }) {
    const count = (await findGaps()).length;
    demandFact(count === 0, 'FILING_HAS_GAPS', { count });
    return { facts: {} };
  },

  async refuseAcceptance(body, { definition, findGaps }) {
    const reasons = codedReasons(definition, body.act, 'refuseAcceptance', body.reasons);
    const gaps = await findGaps();
    demandFittingReasons(definition, gaps, body.reasons);
    return { facts: { reasons, gaps: gaps.length }, gaps };
  },

  propose: (body, context) => (pays(context) ? propose : proposeResult)(body, context),
  async approve(body, context) {
    if (!pays(context)) return approveResult(body, context);
    const { payableFen } = body;
    demandFact(payableFen !== undefined, 'BAD_SHAPE', { reason: '应支付金额(payableFen)须填写' });
    return approveCase({ ...body, payableFen }, context);
  },
  reject: (body, context) => (pays(context) ? rejectCase : rejectResult)(body, context),
  recordAnswer,

  async sendBack(body, context) {
    const reasons = codedReasons(context.definition, body.act, 'sendBack', body.reasons);
    const { outcome } = context.record.position;
    const facts = { reasons, toStage: body.toStage };
    const road = { toStage: body.toStage };
    if (outcome !== 'approved') return { facts, road };
    if (decisionStands(context.record.position)) return { facts: { ...facts, ...(await voidOrder(context)) }, road };
    return { facts: { ...facts, ...(await voidDecision(context)) }, road, sets: { payableFen: null } };
  },

  async askSupplement(body, { definition, record }) {
    const reasons = codedReasons(definition, body.act, 'askSupplement', body.reasons);
    const known = new Set(definition.materials.map((m) => m.id));
    const unknown = body.items.find((item) => !known.has(item.material));
    if (unknown) throw new DomainError('BAD_SHAPE', { reason: `没有材料编号 ${unknown.material}` }, 'items');
    const pausesClock = supplementPauses(definition, record.clocks);
    return { facts: { reasons, items: body.items.map((item) => item.material) }, road: { pausesClock } };
  },

  async supplement(body, context) {
    // 补正 ends the pause of the clock: something must have come, a paper, or a word on what came.
    demandFact(body.attachmentIds.length > 0 || Boolean(body.note), 'SUPPLEMENT_EMPTY');
    const papers = await latePapers(context, body.attachmentIds);
    demandFact(papers !== null, 'BAD_SHAPE', { reason: '补正材料中有本办件没有的附件' });
    return { facts: papers };
  },

  async withdraw() {
    return { facts: {} };
  },

  openPause,
  closePause,
  requestExtension,
  grantExtension: decideExtension,
  refuseExtension: decideExtension,

  preparePayout: drawOrder,
  confirmPayout: (_body, context) => stepOrder(context, 'drawn', 'reviewed', 'reviewed_by'),
  releasePayout: releaseOrder,
  recallPayout: recallOrder,

  async deliver(body, { record, definition, at }) {
    const missing = [
      body.way === 'window' && !body.receiver ? '签收人' : null,
      body.way === 'courier' && !body.trackingNumber ? '快递单号' : null,
    ].filter((item) => item !== null);
    demandFact(missing.length === 0, 'DELIVERY_INCOMPLETE', { missing: missing.join('、') });
    demandFact(body.deliveredOn <= shanghaiDate(at.getTime()), 'DELIVERY_INCOMPLETE', {
      missing: '有效的送达日期(不能晚于今天)',
    });
    const resultAt = definition.payoutInsideReviewLimit ? (record.paidAt ?? record.decidedAt) : record.decidedAt;
    const resultOn = resultAt ? shanghaiDate(Date.parse(resultAt)) : null;
    // Nothing can be delivered before it was there: the instant that starts K-03, the decision or the payment (T-10, C-02).
    demandFact(resultOn === null || body.deliveredOn >= resultOn, 'DELIVERY_INCOMPLETE', {
      missing: `有效的送达日期(不能早于决定或支付之日 ${resultOn})`,
    });
    return { facts: { way: body.way, deliveredOn: body.deliveredOn } };
  },
};
