import { checkDefinition, inpatientReimbursement, type MatterDefinition } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { asOwner } from './test-database';

/** P-01 with what no shipped matter switches on: both pauses beyond 补正 and the extension (04-clocks § 2, customary). */
export const timeActsMatter: MatterDefinition = {
  ...inpatientReimbursement,
  version: 90,
  pauses: (['inquiry', 'specialProcedure'] as const).map((kind) => ({
    ...{ kind, stages: ['initialReview', 'secondReview'], openedBy: ['initialReviewer'] },
    ...{ closedBy: ['initialReviewer', 'supervisor'], maximumWorkingDays: 15, source: '行政许可法 第四十五条' },
  })),
  extension: {
    ...{ clocks: ['K-02', 'K-04'], maximumWorkingDays: 10, stages: ['initialReview', 'secondReview'] },
    ...{ requestedBy: ['initialReviewer'], decidedBy: ['supervisor'], source: '行政许可法 第四十二条' },
  },
  reasons: [
    ...inpatientReimbursement.reasons,
    {
      ...{ code: 'RS-90', label: '情况复杂', clause: '行政许可法 第四十二条' },
      uses: ['openPause', 'requestExtension', 'refuseExtension'],
    },
  ],
  notices: [
    ...inpatientReimbursement.notices,
    { notice: 'pauseNotice', label: '中止计时告知', on: 'openPause' },
    { notice: 'extensionNotice', label: '延长办理期限告知', on: 'grantExtension' },
  ],
};

/** Stores a definition beside the shipped ones, in force from the day its matter's first version is. */
export async function addTestMatter(dataSource: DataSource, definition: MatterDefinition): Promise<void> {
  const faults = checkDefinition(definition);
  if (faults.length > 0) throw new Error(faults.join(';'));
  await asOwner(dataSource, (owner) =>
    owner.query(
      `INSERT INTO matter_definition (matter, version, effective_from, body)
       SELECT matter, $2::int, effective_from, $3::jsonb FROM matter_definition WHERE matter = $1 AND version = 1`,
      [definition.matter, definition.version, definition],
    ),
  );
}
