import type { ActFacts, FormEntry, Gap, MatterDefinition } from '@banjie/domain';
import type { ActToWrite, CaseRecord, ColumnCipher, LatestBenefit, Statement } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';

export interface EffectContext {
  manager: EntityManager;
  cipher: ColumnCipher;
  record: CaseRecord;
  definition: MatterDefinition;
  actorId: string;
  at: Date;
  seq: number;
  /** Every gap of the filing (R-MT, R-EL), found inside the transaction; asked at 受理 alone. */
  findGaps: () => Promise<Gap[]>;
}

/** What an act does besides moving the case: rows of its own, and the facts its act row keeps. */
export interface Effect {
  facts: Record<string, unknown>;
  /** Rows of its own that nothing here waits for: they go out together with the act. */
  writes?: Statement[];
  /** The benefit that was decided on, for the notice. */
  benefit?: LatestBenefit;
  road?: ActFacts;
  /** What the one-time notice has to list. */
  gaps?: Gap[];
  /** What the notice of a result prints of the form. */
  entries?: FormEntry[];
  sets?: ActToWrite['sets'];
  /** What the clocks need to know of a pause or an extension. */
  time?: ActToWrite['time'];
}
