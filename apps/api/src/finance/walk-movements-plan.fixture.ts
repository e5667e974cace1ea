import { randomUUID } from 'node:crypto';
import { crewSize, holdersOfAll, holdersOfAlone, pick, type Draw, type Step } from './walk-crew.fixture';
import {
  doorOf,
  isBound,
  isOnRoad,
  payActs,
  road,
  roomOf,
  touched,
  undrawn,
  type Call,
  type Movements,
  type Said,
} from './walk-movements.fixture';

/** What a draw stands for where the model stands now. */
export function planMovement(model: Movements, draw: Draw, taken: readonly Call[]): Call | [Call, Call] | null {
  const { die, other, which, size, kind } = draw;
  // Else most would have none of the posts that are asked for.
  const who = kind < 40 ? draw.who % holdersOfAll : draw.who;
  // And after a 补付 was raised and paid few are without a duty in the case.
  const ableTo = (said: Said) => (kind < 30 ? (pick(freeFor(model, said), draw.who) ?? who) : who);
  const step = (id: string, does: Step, by?: number): Call => {
    const { said } = model.proposals.find((one) => one.id === id)!;
    return { name: `${said.kind} ${does}`, who: by ?? ableTo(said), does, id, door: doorOf(said.kind) };
  };
  const waits = model.proposals.filter(({ state }) => state === 'proposed');
  // Rarer than others are a 抵扣 whose decision stands, and one of which somebody has taken up a duty since.
  const offsets = waits.filter(({ said, decision }) => said.kind === 'offset' && decision === undrawn(model.waiting));
  const late = waits.filter(({ said, by, checkedBy }) =>
    [by, checkedBy ?? by].some((one) => isBound(model, said, one)),
  );
  const open = pick(size < 3 ? late : size < 6 ? offsets : [], which) ?? pick(waits, which);
  const next = open && (open.checkedBy === null && open.said.kind !== 'recovered' ? 'check' : 'confirm');
  const last = pick(model.proposals, which);
  if (die < (model.paid.stage === 'closed' ? 9 : 30)) return planPay(model, draw);
  if (die < 54 && next) return step(open.id, next);
  if (die < 59 && next === 'check') return step(open!.id, 'confirm');
  if (die < 63 && last) return step(last.id, last.said.kind === 'recovered' || size < 5 ? 'confirm' : 'check');
  // Now and then another agency's.
  if (die < 67 && last) return step(last.id, 'refuse', size === 0 ? crewSize - 1 : undefined);
  if (die < 69 && last) {
    const name = `${last.said.kind} at another door`;
    const door = doorOf(last.said.kind) === 'movement' ? 'clearing' : 'movement';
    return { name, who, does: 'confirm', id: last.id, door };
  }
  if (die < 74 && next) return [step(open.id, next), step(open.id, size < 9 ? next : 'refuse', other)];
  const again = pick(taken, which);
  if (die < 78 && again) return { ...again, who: size < 6 ? again.who : who };
  const said = sayOf(model, draw);
  const reused = die < 82 && last;
  return {
    name: `${said.kind} propose`,
    who: ableTo(said),
    does: 'propose',
    id: reused ? last.id : randomUUID(),
    said,
  };
}

const freeFor = (model: Movements, said: Said) =>
  [...Array(holdersOfAll).keys()].filter((who) => !isBound(model, said, who));

function planPay(model: Movements, { who: anybody, which, size, kind }: Draw): Call | null {
  const of = model.paid.stage !== 'closed' && which % 3 > 0 ? model.paid : model.waiting;
  const { stage, caseNo } = of;
  // Often one who has a hand in a proposal that is open, or the post alone that is asked for.
  const waits = model.proposals.filter(({ state, said }) => state === 'proposed' && touched(model, said).includes(of));
  const hands = waits
    .flatMap(({ by, checkedBy }) => [by, checkedBy ?? by])
    .filter((one) => one < holdersOfAll && !of.duties.has(one));
  const alone = isOnRoad(stage) ? holdersOfAlone[road[stage].post] : anybody;
  const likely = kind < 70 ? anybody % holdersOfAll : kind < 85 ? alone : anybody;
  const who = kind < 50 ? (pick(hands, which) ?? anybody) : likely;
  const common = { who, caseNo, actionId: randomUUID() };
  const next = isOnRoad(stage) && road[stage].act;
  const of3 = pick(payActs.slice(0, 3), kind)!;
  if (size === 9) return { ...common, name: `${of3} too late`, does: of3, isStale: true };
  if (size === 8 || !next) return { ...common, name: of3, does: of3, isStale: false };
  // Finance sends back what waits; a case that was paid goes only on.
  const isBack = of === model.waiting && (size > 5 || next === 'releasePayout') && which % 10 > 0;
  const does = isBack ? 'sendBack' : next;
  return { ...common, name: does, does, isStale: false };
}

function sayOf(model: Movements, { which, size, kind }: Draw): Said {
  const { paid, waiting, claims, entries } = model;
  const recoveryNo = size === 6 ? `${paid.caseNo}R99` : pick(claims, which)!.recoveryNo;
  const order = pick([...paid.orders, ...waiting.orders], which)!;
  const kinds: Said[] = [
    { kind: 'recovery', orderNo: order.orderNo, fen: 0 },
    { kind: 'supplement', caseNo: paid.caseNo, fen: 0 },
    { kind: 'offset', caseNo: waiting.caseNo, recoveryNo, fen: 0 },
    { kind: 'offset', caseNo: waiting.caseNo, recoveryNo, fen: 0 },
    { kind: 'recovery', orderNo: order.orderNo, fen: 0 },
    { kind: 'recovered', entryNo: pick(entries, which)!.entryNo, recoveryNo },
  ];
  const said = pick(kinds, kind)!;
  if (said.kind === 'recovered') return said;
  const room = Math.max(0, roomOf(model, said));
  const fen = size < 7 ? 500 + (which % 300) : size === 7 ? Math.max(1, room) : room + 1;
  return { ...said, fen };
}
