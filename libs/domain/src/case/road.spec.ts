import { inpatientReimbursement as road } from '../matters/inpatient-reimbursement';
import { abilities, judgeMove, judgeRight, openReturns, type CasePosition, type Verdict } from './judge';
import { road as stages } from './testing/observed-case';
import {
  posts,
  staffActs,
  systemActs,
  type ActCode,
  type Duty,
  type MoveAct,
  type Post,
  type ReopeningAct,
  type Stage,
} from './words';

/** Acts of the road; the move to another version is no step of it (`migration.spec.ts`). */
const acts = [...staffActs, ...systemActs] as const;
const personsActs: readonly ActCode[] = [...staffActs, 'receiveFiling'];

/** A case standing at a stage after a plain walk there: nothing sent back, no supplement asked, 100.00 approved. */
function caseAt(stage: Stage, changes: Partial<CasePosition> = {}): CasePosition {
  const index = stages.indexOf(stage);
  const decided = index >= stages.indexOf('preparePayout');
  const orderStates = { financeReview: 'drawn', financeApproval: 'reviewed', pay: 'released' } as const;
  const orderState = stage in orderStates ? orderStates[stage as keyof typeof orderStates] : 'paid';
  return {
    caseNo: 'LJ2025000001',
    seq: 7,
    stage,
    waiting: null,
    supplementUsed: false,
    outcome: decided ? 'approved' : null,
    round: 0,
    duties: [],
    order: decided && stage !== 'preparePayout' ? { orderNo: 'LJ2025000001P1', state: orderState } : null,
    paidOnce: index >= stages.indexOf('deliver'),
    delivered: index >= stages.indexOf('archive'),
    last: { act: 'receiveFiling', actorId: 'window1' },
    nextRungAt: null,
    ...changes,
  };
}

const actorFor = (act: ActCode) => (personsActs.includes(act) ? 'person1' : 'system:workflow');

/** As the transaction asks: may the case move so, and has this person the post? */
function ask(
  position: CasePosition,
  act: ActCode,
  { held, actorId = actorFor(act), toStage }: { held: readonly Post[]; actorId?: string; toStage?: Stage | undefined },
): string {
  const word = (verdict: Verdict) => (verdict.allowed ? 'allowed' : verdict.code);
  const move = word(judgeMove(road, position, { act, actorId, seenSeq: position.seq, toStage }));
  if (move !== 'allowed' || !personsActs.includes(act)) return move;
  return word(judgeRight(road, position, act, held));
}

/** A stage that the matter allows a return to, so that `sendBack` is asked with a lawful target. */
const lawfulTarget = (act: ActCode): Stage | undefined => (act === 'sendBack' ? 'initialReview' : undefined);

// The table of the trade, written down by hand from issue 3 § 3 and house-style § 4; not taken from the definition.
// +  allowed            .  ACT_NOT_ALLOWED      w  NOT_WAITING_SUPPLEMENT
// d  ALREADY_DECIDED    c  CASE_CLOSED          s  WAITING_SUPPLEMENT      u  SUPPLEMENT_USED
const codes: Record<string, string> = {
  '+': 'allowed',
  '.': 'ACT_NOT_ALLOWED',
  w: 'NOT_WAITING_SUPPLEMENT',
  d: 'ALREADY_DECIDED',
  c: 'CASE_CLOSED',
  s: 'WAITING_SUPPLEMENT',
  u: 'SUPPLEMENT_USED',
  // P-01 has no further pauses and no extension (D1 特别程序 无).
  p: 'PAUSE_NOT_ALLOWED',
  n: 'NOT_PAUSED',
  e: 'EXTENSION_NOT_ALLOWED',
  r: 'NO_EXTENSION_REQUEST',
};
//                   受初复审 拨财财支 送归办
const whatMayBeDone: Record<Exclude<ActCode, MoveAct | ReopeningAct>, string> = {
  accept: '          +... .... ..c',
  refuseAcceptance: '+... .... ..c',
  propose: '         .++. .... ..c',
  approve: '         ...+ .... ..c',
  reject: '          ...+ .... ..c',
  sendBack: '        ..++ +++. ..c',
  askSupplement: '   .+++ .... ..c',
  supplement: '      wwww wwww wwc',
  withdraw: '        ++++ dddd ddc',
  recordAnswer: '    .... .... ..c',
  openPause: '       pppp pppp ppc',
  closePause: '      nnnn nnnn nnc',
  requestExtension: 'eeee eeee eec',
  grantExtension: '  rrrr rrrr rrc',
  refuseExtension: ' rrrr rrrr rrc',
  preparePayout: '   .... +... ..c',
  confirmPayout: '   .... .+.. ..c',
  releasePayout: '   .... ..+. ..c',
  recallPayout: '    .... ...+ ..c',
  deliver: '         .... .... +.c',
  receiveFiling: '   .... .... ..c',
  settlePayout: '    .... ...+ ..c',
  returnPayout: '    .... .... +++',
  endPause: '        wwww wwww wwc',
  archive: '         .... .... .+c',
};
const whileWaiting: Record<Exclude<ActCode, MoveAct | ReopeningAct>, string> = {
  accept: '          sss',
  refuseAcceptance: 'sss',
  propose: '         sss',
  approve: '         sss',
  reject: '          sss',
  sendBack: '        sss',
  askSupplement: '   sss',
  supplement: '      +++',
  withdraw: '        +++',
  recordAnswer: '    sss',
  openPause: '       sss',
  closePause: '      nnn',
  requestExtension: 'sss',
  grantExtension: '  rrr',
  refuseExtension: ' rrr',
  preparePayout: '   sss',
  confirmPayout: '   sss',
  releasePayout: '   sss',
  recallPayout: '    sss',
  deliver: '         sss',
  receiveFiling: '   sss',
  settlePayout: '    sss',
  returnPayout: '    ...',
  endPause: '        +++',
  archive: '         sss',
};
/** After the pause has run out, or the papers came, until the decision: more papers are taken in, nothing else is new. */
const onceAsked = { supplement: '+++', askSupplement: 'uuu' } as const;
const reviewStages = ['initialReview', 'secondReview', 'approval'] as const;

const rightPosts: Partial<Record<Stage, Post[]>> = {
  acceptance: ['initialReviewer'],
  initialReview: ['initialReviewer'],
  secondReview: ['secondReviewer'],
  approval: ['approver'],
  preparePayout: ['settlementClerk'],
  financeReview: ['financeReviewer'],
  financeApproval: ['financeApprover'],
  deliver: ['window', 'initialReviewer'],
};
/** Recorded for the applicant, wherever the case lies. */
const counterPosts: Post[] = ['window', 'initialReviewer'];
const postsOf = (stage: Stage, act: ActCode): Post[] => {
  if (act === 'recallPayout') return ['financeApprover'];
  return act === 'supplement' || act === 'withdraw' ? counterPosts : (rightPosts[stage] ?? []);
};

/** The seven duties of SD-01 and where they are claimed; the other stages are free. */
const dutyAt: Partial<Record<Stage, Duty>> = {
  initialReview: 'initialReview',
  secondReview: 'secondReview',
  approval: 'approval',
  preparePayout: 'preparePayout',
  financeReview: 'financeReview',
  financeApproval: 'financeApproval',
};
const allDuties = [...Object.values(dutyAt), 'qualityCheck' as const, 'supplement' as const];

const cells = (row: string) => [...row.replaceAll(' ', '')].map((letter) => codes[letter]!);

describe('what may be done where', () => {
  it.each(acts)('answers %s at every stage, with every post, as the table says', (act) => {
    const expected = cells(whatMayBeDone[act]);
    expect(expected).toHaveLength(stages.length);
    for (const [index, stage] of stages.entries()) {
      for (const post of posts) {
        const wrongPost = expected[index] === 'allowed' && !postsOf(stage, act).includes(post);
        const wanted = wrongPost && personsActs.includes(act) ? 'NOT_YOUR_POST' : expected[index];
        const answer = ask(caseAt(stage), act, { held: [post], toStage: lawfulTarget(act) });
        expect([act, stage, post, answer]).toEqual([act, stage, post, wanted]);
      }
      // All ten posts together open nothing that is shut, and no post at all opens nothing.
      expect(ask(caseAt(stage), act, { held: posts, toStage: lawfulTarget(act) })).toBe(expected[index]);
      if (personsActs.includes(act)) {
        const none = expected[index] === 'allowed' ? 'NOT_YOUR_POST' : expected[index];
        expect(ask(caseAt(stage), act, { held: [], toStage: lawfulTarget(act) })).toBe(none);
      }
    }
  });

  it.each(acts)('answers %s while the case waits for 补正 as the table says', (act) => {
    const expected = cells(whileWaiting[act]);
    for (const [index, stage] of reviewStages.entries()) {
      const waiting = caseAt(stage, { waiting: 'supplement', supplementUsed: true });
      for (const post of posts) {
        const wrongPost = expected[index] === 'allowed' && !postsOf(stage, act).includes(post);
        const wanted = wrongPost && personsActs.includes(act) ? 'NOT_YOUR_POST' : expected[index];
        const answer = ask(waiting, act, { held: [post], toStage: lawfulTarget(act) });
        expect([act, stage, post, answer]).toEqual([act, stage, post, wanted]);
      }
    }
  });

  it.each(acts)('answers %s once 补正 was asked for and nothing is awaited as the table says', (act) => {
    for (const [index, stage] of reviewStages.entries()) {
      const here = stages.indexOf(stage);
      const wanted = act in onceAsked ? cells(onceAsked[act as 'supplement'])[index] : cells(whatMayBeDone[act])[here];
      const asked = caseAt(stage, { supplementUsed: true });
      expect([stage, ask(asked, act, { held: posts, toStage: lawfulTarget(act) })]).toEqual([stage, wanted]);
      if (act === 'supplement') {
        for (const post of posts) {
          const right = counterPosts.includes(post) ? 'allowed' : 'NOT_YOUR_POST';
          expect([post, ask(asked, act, { held: [post] })]).toEqual([post, right]);
        }
      }
    }
  });

  it('takes no papers after the decision, whatever was asked before', () => {
    for (const stage of stages.slice(stages.indexOf('preparePayout'))) {
      const wanted = stage === 'closed' ? 'CASE_CLOSED' : 'NOT_WAITING_SUPPLEMENT';
      expect([stage, ask(caseAt(stage, { supplementUsed: true }), 'supplement', { held: posts })]).toEqual([
        stage,
        wanted,
      ]);
    }
  });

  it('offers exactly what the tables allow', () => {
    for (const [index, stage] of stages.entries()) {
      for (const post of posts) {
        const offered = abilities(road, caseAt(stage), { personId: 'person1', posts: [post] });
        const wanted = staffActs.filter(
          (act) => cells(whatMayBeDone[act])[index] === 'allowed' && postsOf(stage, act).includes(post),
        );
        expect([stage, post, offered]).toEqual([stage, post, wanted]);
      }
    }
  });

  it('keeps the acts of the system from persons and those of persons from the system (bars 25, 51)', () => {
    for (const stage of stages) {
      for (const waiting of [null, 'supplement'] as const) {
        const position = caseAt(stage, { waiting });
        for (const act of ['settlePayout', 'returnPayout', 'endPause', 'archive'] as const) {
          expect(ask(position, act, { held: posts, actorId: 'person1' })).toBe('NOT_YOUR_POST');
          expect(judgeRight(road, position, act, posts)).toMatchObject({ code: 'NOT_YOUR_POST' });
        }
        for (const act of staffActs) {
          expect(ask(position, act, { held: posts, actorId: 'system:timer' })).toBe('NOT_YOUR_POST');
        }
      }
    }
  });

  it('takes a stale screen for nothing, except the word of the bank', () => {
    for (const stage of stages) {
      for (const act of acts) {
        for (const seenSeq of [6, 8]) {
          const verdict = judgeMove(road, caseAt(stage), { act, actorId: actorFor(act), seenSeq });
          const wanted = stage === 'closed' ? 'CASE_CLOSED' : 'CASE_MOVED';
          if (act !== 'returnPayout') expect(verdict).toMatchObject({ allowed: false, code: wanted });
          else expect(verdict.allowed).toBe(['deliver', 'archive', 'closed'].includes(stage));
        }
      }
    }
    const verdict = judgeMove(road, caseAt('secondReview', { last: { act: 'propose', actorId: 'person9' } }), {
      act: 'propose',
      actorId: 'person1',
      seenSeq: 6,
    });
    expect(verdict).toMatchObject({
      facts: { seq: 7, stage: '复核', lastAct: '提出审核意见', lastActorId: 'person9' },
    });
  });

  it('asks for 补正 once in the life of a case', () => {
    for (const stage of reviewStages) {
      const used = caseAt(stage, { supplementUsed: true });
      expect(ask(used, 'askSupplement', { held: posts })).toBe('SUPPLEMENT_USED');
      expect(abilities(road, used, { personId: 'person1', posts })).not.toContain('askSupplement');
    }
  });

  it('sends back to 初审 or 复核 and nowhere else; once money has left, from finance to 拨付制定 alone', () => {
    const targets: Partial<Record<Stage, Stage[]>> = {
      secondReview: ['initialReview'],
      approval: ['initialReview', 'secondReview'],
      preparePayout: ['initialReview', 'secondReview'],
      financeReview: ['initialReview', 'secondReview'],
      financeApproval: ['initialReview', 'secondReview'],
    };
    for (const [from, allowed] of Object.entries(targets) as [Stage, Stage[]][]) {
      for (const toStage of [...stages, undefined]) {
        const wanted = toStage && allowed.includes(toStage) ? 'allowed' : 'BAD_RETURN';
        expect([from, toStage, ask(caseAt(from), 'sendBack', { held: posts, toStage })]).toEqual([
          from,
          toStage,
          wanted,
        ]);
        const paid = caseAt(from, { paidOnce: true });
        const afterPayment =
          toStage === 'preparePayout' && (from === 'financeReview' || from === 'financeApproval')
            ? 'allowed'
            : 'ALREADY_PAID';
        expect([from, toStage, ask(paid, 'sendBack', { held: posts, toStage })]).toEqual([from, toStage, afterPayment]);
      }
    }
    const offered = (stage: Stage) =>
      abilities(road, caseAt(stage, { paidOnce: true }), { personId: 'person1', posts }).includes('sendBack');
    expect(stages.filter(offered)).toEqual(['financeReview', 'financeApproval']);
    expect(openReturns(road, caseAt('financeReview'))).toEqual(['initialReview', 'secondReview']);
    expect(openReturns(road, caseAt('financeReview', { paidOnce: true }))).toEqual(['preparePayout']);
    expect(openReturns(road, caseAt('closed'))).toEqual([]);
  });

  it('refuses a second duty of one person at every stage that has one, and binds no one at the free stages', () => {
    for (const [index, stage] of stages.entries()) {
      for (const duty of allDuties) {
        const position = caseAt(stage, { duties: [{ personId: 'person1', duty }] });
        for (const act of staffActs) {
          const plain = cells(whatMayBeDone[act])[index]!;
          const free = !dutyAt[stage] || act === 'withdraw';
          const wanted = plain !== 'allowed' || free || dutyAt[stage] === duty ? plain : 'DUTY_CONFLICT';
          const answer = ask(position, act, { held: posts, toStage: lawfulTarget(act) });
          expect([stage, duty, act, answer]).toEqual([stage, duty, act, wanted]);
          expect(abilities(road, position, { personId: 'person1', posts }).includes(act)).toBe(wanted === 'allowed');
          // Another person's duty is no one else's hindrance.
          const other = caseAt(stage, { duties: [{ personId: 'person2', duty }] });
          expect(ask(other, act, { held: posts, toStage: lawfulTarget(act) })).toBe(plain);
        }
      }
    }
  });
});
