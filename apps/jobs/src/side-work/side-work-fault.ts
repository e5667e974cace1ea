import type { SideFault } from '@banjie/domain';

/** A try of side work failed for a reason that staff can read. */
export class SideWorkFault extends Error {
  constructor(readonly fault: SideFault) {
    super(fault);
  }
}
