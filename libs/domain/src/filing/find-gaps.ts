import type { MatterDefinition } from '../case/definition';
import { findCostGaps } from './cost-gaps';
import type { FiledClaim, Finding } from './claim';
import type { GapList } from './filing';
import { findMaterialGaps } from './material-gaps';
import { findPeopleGaps } from './people-gaps';
import { findStayGaps } from './stay-gaps';

/**
 * The completeness check of 收件与受理: every gap at once, never the first alone (D1 办理流程, 一次性告知; no 容缺受理).
 * R-MT-1…8 by the pinned definition, R-EL-01…08 against the registers. Sentences and facts hold no names and no numbers
 * of persons. An empty `gaps` means that 予以受理 is open; `warnings` bind nobody.
 */
export function findGaps(
  definition: Pick<MatterDefinition, 'materials' | 'careElsewhere'>,
  claim: FiledClaim,
): GapList {
  const finding: Finding = { gaps: [], warnings: [] };
  findPeopleGaps(claim, finding);
  findStayGaps(claim, definition.careElsewhere === true, finding);
  findCostGaps(claim, finding);
  findMaterialGaps(definition.materials, claim, finding);
  return finding;
}
