import { defineUpdate } from '@temporalio/workflow';

export const floorQueue = 'banjie-floor';
export const floorActs = 8;
export const floorSystemSteps = 2;
export const floorUpdate = defineUpdate<number, [{ actionId: string; seenSeq: number }]>('act');
