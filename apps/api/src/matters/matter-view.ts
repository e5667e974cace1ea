import type { MatterView } from '@banjie/contracts';
import {
  actLabels,
  insuranceSchemeLabels,
  kinRelationLabels,
  paperLabels,
  postLabels,
  stageLabels,
  type FormDefinition,
  type MatterDefinition,
  type FormRule,
  type Paper,
  type Validity,
} from '@banjie/domain';

const codes = <Code extends string>(labels: Record<Code, string>) =>
  (Object.entries(labels) as [Code, string][]).map(([code, label]) => ({ code, label }));
const coded = <Code extends string>(labels: Record<Code, string>, code: Code) => ({ code, label: labels[code] });

/** A definition as a screen needs it: nothing but codes that it may send, each with its Chinese. */
export function matterView(definition: MatterDefinition): MatterView {
  const { matter, label, procedure, version, effectiveFrom, sourceDocument } = definition;
  return {
    ...{ matter, label, procedure, version, effectiveFrom, sourceDocument },
    follows: definition.follows,
    form: definition.form ? formView(definition.form) : null,
    validity: definition.result?.result === 'crossRegionFiling' ? validityText(definition.result.validity) : null,
    stages: definition.stages.map(({ stage, posts, acts, returnsTo, party }) => ({
      stage,
      label: stageLabels[stage],
      isOutside: party === 'outside',
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
    clocks: definition.clocks.map(({ clock, label: name, limitWorkingDays, party, source }) => ({
      clock,
      label: name,
      limitWorkingDays,
      isOutside: party === 'outside',
      source,
    })),
    withoutLimit: (definition.withoutLimit ?? []).map(({ clock, label: name, words, source }) => ({
      ...{ clock, label: name, words, source },
    })),
  };
}

function formView({ number, label, fields, rules }: FormDefinition): MatterView['form'] {
  return {
    number,
    label,
    fields: fields.map(({ field, label: name, kind, requiredWhen, options, atMost, clause }) => ({
      ...{ field, label: name, kind, requiredWhen, clause },
      options: (options ?? []).map(({ code, label: text, filedAs }) => ({
        code,
        label: text,
        filedAs: filedAs ?? null,
      })),
      atMost: atMost ?? null,
    })),
    limits: rules.map((rule) => ({ id: rule.id, text: limitText(fields, rule), clause: rule.clause })),
  };
}

function limitText(fields: FormDefinition['fields'], rule: FormRule): string {
  const named = (name: string) => `“${fields.find(({ field }) => field === name)?.label ?? name}”`;
  if (rule.rule === 'filedWithin') return `${named(rule.from)}之后 ${rule.workingDays} 个工作日内办理;${rule.then}`;
  const months = rule.atLeast === undefined ? `不超过 ${rule.atMost} 个月` : `不少于 ${rule.atLeast} 个月`;
  return `从${named(rule.from)}到${named(rule.to)}${months};${rule.then}`;
}

function validityText(validity: Validity): string {
  if ('months' in validity) return `自备案之日起 ${validity.months} 个月`;
  return 'calendarDays' in validity ? `自备案之日起 ${validity.calendarDays} 天` : '变更或取消备案为止';
}
