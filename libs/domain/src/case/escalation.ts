import type { Rung } from './words';

/** Who hears of a rung: whoever holds the task, everybody at the post of the stage, the supervisors of the agency. */
export const rungRecipients = ['holder', 'post', 'supervisor'] as const;
export type RungRecipient = (typeof rungRecipients)[number];

export const rungRecipientLabels = {
  holder: '办理人',
  post: '本环节岗位',
  supervisor: '督办岗',
} as const satisfies Record<RungRecipient, string>;

/** What follows from a rung, as data: notices, and at most a proposal. Time approves, refuses and moves nothing. */
export interface RungDefinition {
  rung: Rung;
  tells: RungRecipient[];
  /** Leaves a proposal to the supervisor to give the task to somebody else. */
  proposesReassignment?: boolean;
}

/** 04-clocks § 4 leaves the recipients open; customary: those who work on it before the end, the supervisor from then on. */
export const defaultLadder: readonly RungDefinition[] = [
  { rung: 'half', tells: ['holder', 'post'] },
  { rung: 'eighty', tells: ['holder', 'post'] },
  { rung: 'due', tells: ['holder', 'supervisor'] },
  { rung: 'plus1', tells: ['holder', 'supervisor'], proposesReassignment: true },
  { rung: 'plus3', tells: ['supervisor'] },
];

/** What a matter says of a rung; one that it leaves out is recorded and tells nobody. */
export function rungDefinition(definition: { ladder?: RungDefinition[] }, rung: Rung): RungDefinition {
  return (definition.ladder ?? defaultLadder).find((row) => row.rung === rung) ?? { rung, tells: [] };
}
