import type { Account as AccountAnswer } from '@banjie/contracts';

/** Who asks: the account as the database knew it at most a second ago. */
export interface Account extends AccountAnswer {
  /** Pooling area of the agency; it decides calendar and policy. */
  regionCode: string;
}
