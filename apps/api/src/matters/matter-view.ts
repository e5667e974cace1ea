import type { MatterView } from '@banjie/contracts';
import {
  actLabels,
  insuranceSchemeLabels,
  kinRelationLabels,
  paperLabels,
  postLabels,
  stageLabels,
  type MatterDefinition,
  type Paper,
} from '@banjie/domain';

const codes = <Code extends string>(labels: Record<Code, string>) =>
  (Object.entries(labels) as [Code, string][]).map(([code, label]) => ({ code, label }));
const coded = <Code extends string>(labels: Record<Code, string>, code: Code) => ({ code, label: labels[code] });

/** A definition as a screen needs it: nothing but codes that it may send, each with its Chinese. */
export function matterView(definition: MatterDefinition): MatterView {
  const { matter, label, procedure, version, effectiveFrom, sourceDocument } = definition;
  return {
    ...{ matter, label, procedure, version, effectiveFrom, sourceDocument },
    stages: definition.stages.map(({ stage, posts, acts, returnsTo }) => ({
      stage,
      label: stageLabels[stage],
      posts: posts.map((post) => coded(postLabels, post)),
      acts: acts.map((act) => coded(actLabels, act)),
      returnsTo: returnsTo.map((target) => coded(stageLabels, target)),
    })),
    acts: codes(actLabels),
    reasons: definition.reasons.map((reason) => ({
      ...reason,
      needsText: reason.needsText ?? false,
      gaps: reason.gaps ?? [],
    })),
    materials: definition.materials.map((material) => ({
      ...material,
      alternatives: material.alternatives.map((alternative) => ({
        label: alternative.label,
        papers: alternative.papers.map((code) => coded(paperLabels, code as Paper)),
      })),
    })),
    papers: codes(paperLabels),
    kinRelations: codes(kinRelationLabels),
    schemes: codes(insuranceSchemeLabels),
    notices: definition.notices,
    clocks: definition.clocks.map(({ clock, label: name, limitWorkingDays, source }) => ({
      clock,
      label: name,
      limitWorkingDays,
      source,
    })),
  };
}
