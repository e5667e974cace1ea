import type { ActBody } from '@banjie/contracts';
import {
  leadingClock,
  pauseEndsAt,
  postLabels,
  remediesOf,
  shanghaiDate,
  stageOf,
  systemActorLabels,
  triggersOf,
  turnClocks,
  type ActCode,
  type Advance,
  type NoticeContent,
  type NoticeItem,
  type NoticeReason,
  type SystemActor,
} from '@banjie/domain';
import { calendarOf, noticeAddressee, sealNotice, type SealedNotice } from '@banjie/persistence';
import type { Effect, EffectContext } from './effect';

interface NoticeSource extends Omit<EffectContext, 'findGaps'> {
  act: ActCode;
  step: Advance;
  effect: Effect & { body?: ActBody };
}

/**
 * The content of every notice an act brings about, sealed for the act's own transaction: what the person was told is what
 * was known then, whatever the registries say later (01-procedures, common notices).
 */
export async function freezeNotices(source: NoticeSource): Promise<SealedNotice[]> {
  const { cipher, record, definition, act, at, effect } = source;
  const due = definition.notices.filter((notice) => notice.on === act);
  if (due.length === 0) return [];
  const { caseNo } = record.position;
  const { facts, entries } = effect;
  const shared = {
    caseNo,
    matter: record.matter,
    matterLabel: definition.label,
    ...noticeAddressee(cipher, record),
    date: shanghaiDate(at.getTime()),
    decidingPost: decidingPost(source),
    reasons: reasonsOf(source),
    items: itemsOf(source),
    amountFen: numberOf(facts['payableFen']) ?? numberOf(facts['amountFen']),
    deductions: act === 'approve' ? deductionsOf(source) : [],
    ratioCut: ratioCutOf(source),
    paymentState: act === 'settlePayout' ? (facts['state'] === 'failed' ? 'failed' : 'paid') : null,
    deadline: await deadlineOf(source),
    remedies: remediesOf(record.regionCode),
  } satisfies Omit<NoticeContent, 'notice' | 'label'>;
  return due.map(({ notice, label, said }) =>
    sealNotice(cipher, { notice, label, ...(said ? { said } : {}), ...shared, ...(entries ? { entries } : {}) }),
  );
}

/** For the facts of the act: which content was sent, by its keyed digest. */
export function noticeDigests(notices: readonly SealedNotice[]): Record<string, string> {
  return Object.fromEntries(notices.map(({ notice, digest }) => [notice, digest.toString('hex')]));
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function decidingPost({ definition, record, act, actorId }: NoticeSource): string {
  const system = systemActorLabels[actorId as SystemActor] as string | undefined;
  if (system) return system;
  const allowed =
    definition.applicantActs.find((entry) => entry.act === act)?.posts ??
    stageOf(definition, record.position.stage)?.posts ??
    [];
  const post = record.actor?.posts.find((held) => allowed.includes(held)) ?? allowed[0];
  return post ? postLabels[post] : '';
}

function reasonsOf({ definition, effect: { body } }: NoticeSource): NoticeReason[] {
  const given = body && 'reasons' in body ? (body.reasons ?? []) : [];
  return given.flatMap(({ code, text }) => {
    const reason = definition.reasons.find((entry) => entry.code === code);
    return reason ? [{ code, label: reason.label, clause: reason.clause, text: text || null }] : [];
  });
}

function itemsOf({ definition, effect: { body, gaps } }: NoticeSource): NoticeItem[] {
  const material = (id: string | undefined) => definition.materials.find((entry) => entry.id === id);
  if (gaps) {
    return gaps.map((gap) => ({
      code: gap.code,
      label: material(gap.material)?.label ?? null,
      text: gap.message,
      clause: gap.clause,
    }));
  }
  if (body?.act !== 'askSupplement') return [];
  return body.items.map((item) => ({
    code: item.material,
    label: material(item.material)?.label ?? null,
    text: item.text,
    clause: material(item.material)?.source ?? null,
  }));
}

function deductionsOf({ definition, effect: { benefit } }: NoticeSource): NoticeContent['deductions'] {
  return (benefit?.deductions ?? []).map(({ lineNo, amountFen, reasonCode, clause }) => ({
    lineNo,
    amountFen,
    label: definition.reasons.find((reason) => reason.code === reasonCode)?.label ?? reasonCode,
    clause,
  }));
}

/** The approval says by which rule and filing the ratio was cut; a stay inside the area has nothing to say. */
function ratioCutOf({ effect }: NoticeSource): NoticeContent['ratioCut'] {
  const cut = effect.benefit?.trace.find(({ step }) => step === 'crossRegionCut');
  return cut ? { text: cut.note, clause: cut.clause } : null;
}

const datedActs: readonly ActCode[] = ['accept', 'askSupplement', 'openPause', 'grantExtension'];

/**
 * 受理 tells the limit that begins with it, 补正 and any other pause the day on which it runs out, an extension the new due
 * date; other notices set no date.
 */
async function deadlineOf(source: NoticeSource): Promise<NoticeContent['deadline']> {
  const { manager, definition, record, act, step, at, effect } = source;
  if (!datedActs.includes(act)) return null;
  const calendar = await calendarOf(manager, record, record.calendarNumber);
  const events = triggersOf(record.position, step);
  const changes = turnClocks(definition, record.clocks, { act, events, at: at.getTime(), ...effect.time }, calendar);
  if (act === 'askSupplement' || act === 'openPause') {
    const ledgers = changes.map((change) => change.ledger);
    const end = pauseEndsAt(ledgers, calendar);
    const label = act === 'askSupplement' ? '补正期限(期满恢复计时)至' : '中止计时最迟至';
    return end ? { label, date: shanghaiDate(Date.parse(end)) } : null;
  }
  if (act === 'grantExtension') {
    const extended = leadingClock(changes.flatMap(({ event, ledger }) => (event === 'extended' ? [ledger] : [])));
    return extended ? { label: '延长后的办理期限至', date: extended.dueDate } : null;
  }
  const started = changes.find((change) => change.event === 'started')?.ledger;
  if (!started) return null;
  const label = definition.clocks.find(({ clock }) => clock === started.clock)?.label ?? started.clock;
  const limit = started.limitWorkingDays === 0 ? '当天办结' : `${started.limitWorkingDays} 个工作日`;
  return { label: `${label}(${limit})至`, date: started.dueDate };
}
