import type { ClockDefinition, MatterDefinition } from './definition';
import { rungRecipients } from './escalation';
import { pauseKindLabels, rungLabels, rungs, stageLabels, type Rung, type Stage } from './words';

/** Stages behind the decision: nothing is waited for any more. */
const decided: readonly Stage[] = [
  'preparePayout',
  'financeReview',
  'financeApproval',
  'pay',
  'deliver',
  'archive',
  'closed',
];

type Checked = Pick<
  MatterDefinition,
  'stages' | 'clocks' | 'reasons' | 'pauses' | 'extension' | 'ladder' | 'lights' | 'notices'
>;

/** Contradictions in what a definition says of steps, ladders, pauses and the extension. Sentences; empty = sound. */
export function checkClocks(definition: Checked): string[] {
  const { clocks, pauses = [], ladder = [], lights } = definition;
  return [
    ...clocks.flatMap((clock) => [
      ...checkStep(definition, clock),
      ...checkRungs(`${clock.clock} 的提醒级别`, clock.rungs),
    ]),
    ...checkRungs('提醒阶梯', definition.ladder && ladder.map(({ rung }) => rung)),
    ...ladder.flatMap(({ rung, tells }) =>
      tells.some((who) => !rungRecipients.includes(who)) ? [`提醒级别 ${rung} 的接收人不存在`] : [],
    ),
    ...checkPauses(definition, pauses),
    ...checkExtension(definition),
    ...(lights && !(isWhole(lights.yellowWorkingDays) && lights.yellowOfficeHours >= 0)
      ? ['预警界限须为不小于 0 的数']
      : []),
  ];
}

/**
 * Is there a calendar for everywhere the matter is handled? Without one its clocks could not be counted (T-13).
 * @param regions codes of the agencies that handle it
 */
export function checkCalendars(
  { clocks }: Pick<MatterDefinition, 'clocks'>,
  regions: readonly string[],
  hasCalendar: (region: string) => boolean,
): string[] {
  if (clocks.length === 0) return [];
  const listed = clocks.map(({ clock }) => clock).join('、');
  return regions
    .filter((region) => !hasCalendar(region))
    .map((region) => `${listed} 没有日历: 地区 ${region} 的工作日历没有载入`);
}

const isWhole = (n: number) => Number.isInteger(n) && n >= 0;

function checkStep({ stages }: Checked, { clock, level, step, reentry, startsOn, stopsOn }: ClockDefinition): string[] {
  if (!step) return level === 'internal' ? [`${clock} 是内部目标,但没有指明环节`] : [];
  const faults: string[] = [];
  const { stage } = step;
  if (!stages.some((s) => s.stage === stage)) faults.push(`${clock} 所计的环节 ${stage} 不在办理流程中`);
  if (startsOn.length > 0 || stopsOn.length > 0) faults.push(`${clock} 按环节计时,不能再有起止事件`);
  if (level === 'case') faults.push(`${clock} 按环节计时,不能是全程时限`);
  if (reentry) faults.push(`${clock} 按环节计时,再次进入的规则须写在环节下`);
  return faults;
}

function checkRungs(what: string, given: readonly Rung[] | undefined): string[] {
  if (!given) return [];
  const faults: string[] = [];
  const unknown = given.filter((rung) => !rungs.includes(rung));
  if (unknown.length > 0) faults.push(`${what}没有 ${unknown.join('、')} 这一级,可用的是 ${rungs.join('、')}`);
  if (new Set(given).size !== given.length) faults.push(`${what}重复`);
  // A limit whose end nobody records is no limit: a breach would never be one.
  if (!given.includes('due')) faults.push(`${what}缺少 due(${rungLabels.due})`);
  return faults;
}

function checkPauses({ clocks, stages, reasons, notices }: Checked, pauses: NonNullable<Checked['pauses']>): string[] {
  const faults: string[] = [];
  if (new Set(pauses.map(({ kind }) => kind)).size !== pauses.length) faults.push('暂停种类重复');
  // Time that is not counted is told to the applicant in writing (行政许可法 第四十五条).
  if (pauses.length > 0 && !notices.some(({ on }) => on === 'openPause')) faults.push('有暂停但没有告知申请人的通知');
  for (const { kind, stages: at, openedBy, closedBy, maximumWorkingDays } of pauses) {
    const what = `暂停“${pauseKindLabels[kind] ?? kind}”`;
    const elsewhere = at.filter((stage) => decided.includes(stage) || !stages.some((s) => s.stage === stage));
    if (elsewhere.length > 0)
      faults.push(`${what}不能在${elsewhere.map((s) => stageLabels[s] ?? s).join('、')}环节提出`);
    if (at.length === 0) faults.push(`${what}没有可以提出的环节,永远不会用到`);
    if (openedBy.length === 0 || closedBy.length === 0) faults.push(`${what}没有可以提出或结束的岗位`);
    if (!clocks.some((clock) => clock.pausedBySupplement)) faults.push(`${what}没有可以暂停的时限,永远不会用到`);
    if (!reasons.some((reason) => reason.uses.includes('openPause'))) faults.push(`${what}没有可选的理由,永远不会用到`);
    if (!(Number.isInteger(maximumWorkingDays) && maximumWorkingDays >= 1))
      faults.push(`${what}的上限须为正整数个工作日`);
  }
  return faults;
}

function checkExtension({ clocks, stages, reasons, extension, notices }: Checked): string[] {
  if (!extension) return [];
  const faults: string[] = [];
  const unknown = extension.clocks.filter((code) => !clocks.some(({ clock, step }) => clock === code && !step));
  if (unknown.length > 0) faults.push(`延长所指的时限 ${unknown.join('、')} 不存在`);
  // The reasons of an extension are told to the applicant (行政许可法 第四十二条).
  if (!notices.some(({ on }) => on === 'grantExtension')) faults.push('有延长但没有告知申请人的通知');
  if (extension.clocks.length === 0) faults.push('延长没有指明时限,永远不会用到');
  if (!(Number.isInteger(extension.maximumWorkingDays) && extension.maximumWorkingDays >= 1))
    faults.push('延长的上限须为正整数个工作日');
  if (extension.stages.length === 0 || extension.stages.some((stage) => !stages.some((s) => s.stage === stage)))
    faults.push('延长没有可以申请的环节');
  if (extension.requestedBy.length === 0 || extension.decidedBy.length === 0)
    faults.push('延长没有可以申请或批准的岗位');
  for (const use of ['requestExtension', 'refuseExtension'] as const)
    if (!reasons.some((reason) => reason.uses.includes(use)))
      faults.push(`延长没有“${use === 'requestExtension' ? '申请' : '不同意'}”的理由`);
  return faults;
}
