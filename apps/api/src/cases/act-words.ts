import type { ActBody, CaseView } from '@banjie/contracts';
import { maskName, stageLabels, type MatterDefinition, type Stage } from '@banjie/domain';
import type { LatestBenefit } from '@banjie/persistence';

type Words = CaseView['acts'][number]['words'];
type Given = { code: string; text?: string | undefined };

const wayLabels = { window: '窗口领取', courier: '快递', online: '网上' } as const;

/**
 * What people wrote in an act, with the Chinese of its codes. The words live in the sealed body alone; where there is none
 * (acts of the system) the codes of the act row are told. Accounts and amounts have their own places and are not repeated.
 */
export function actWords(
  definition: MatterDefinition,
  facts: Record<string, unknown>,
  body: ActBody | null,
  isNamed: boolean,
): Words {
  const given = body && 'reasons' in body ? body.reasons : (facts['reasons'] as Given[] | undefined);
  const toStage = facts['toStage'] as Stage | undefined;
  return {
    reasons: (given ?? []).map(({ code, text }) => {
      const reason = definition.reasons.find((entry) => entry.code === code);
      return { code, label: reason?.label ?? code, clause: reason?.clause ?? '', text: text || null };
    }),
    note: (body && 'note' in body && body.note) || null,
    items:
      body?.act === 'askSupplement'
        ? body.items.map(({ material, text }) => ({
            material,
            label: definition.materials.find(({ id }) => id === material)?.label ?? material,
            text,
          }))
        : [],
    toStageLabel: toStage ? stageLabels[toStage] : null,
    delivery: body?.act === 'deliver' ? deliveryOf(body, isNamed) : null,
  };
}

function deliveryOf(body: Extract<ActBody, { act: 'deliver' }>, isNamed: boolean): Words['delivery'] {
  const receiver = body.receiver || null;
  return {
    way: body.way,
    wayLabel: wayLabels[body.way],
    receiver: receiver && !isNamed ? maskName(receiver) : receiver,
    trackingNumber: body.trackingNumber || null,
  };
}

/** The latest amount with its trace and 核减; the words on a line are those of the proposal that made it. */
export function benefitView(
  definition: MatterDefinition,
  latest: LatestBenefit,
  bodies: ReadonlyMap<number, ActBody>,
): CaseView['benefit'] {
  const written = [...bodies]
    .filter(([seq]) => seq <= latest.seq)
    .sort(([a], [b]) => b - a)
    .flatMap(([, body]) => (body.act === 'propose' && body.deductions ? [body.deductions] : []))[0];
  return {
    seq: latest.seq,
    payableFen: latest.payableFen,
    trace: latest.trace as NonNullable<CaseView['benefit']>['trace'],
    deductions: latest.deductions.map((cut) => ({
      ...cut,
      label: definition.reasons.find(({ code }) => code === cut.reasonCode)?.label ?? cut.reasonCode,
      text:
        written?.find(({ lineNo, reasonCode }) => lineNo === cut.lineNo && reasonCode === cut.reasonCode)?.text || null,
    })),
  };
}
