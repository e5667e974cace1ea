import type { ActResult, ActUpdate, BatchActResult, BatchActUpdate } from '@banjie/contracts';
import type { MoveAct, SystemAct } from '@banjie/domain';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** A person acts and must hear the answer; the update id is the `actionId`. */
export const actUpdate = defineUpdate<ActResult, [ActUpdate]>('act');

/** A person acts on a batch of payouts; the update id is the `actionId`. */
export const batchActUpdate = defineUpdate<BatchActResult, [BatchActUpdate]>('batchAct');

/** A fact that needs no reply: the bank's word was written to PostgreSQL, the case has something to record. */
export const systemActSignal = defineSignal<[{ act: SystemAct | MoveAct; actionId: string }]>('systemAct');

/** The rows may know more than the run (an update whose task was lost after its commit): read the case again. */
export const lookAgainSignal = defineSignal('lookAgain');

/** For looking in, free of effects; screens never use it. */
export const positionQuery = defineQuery<{ seq: number; stage: string } | null>('position');
