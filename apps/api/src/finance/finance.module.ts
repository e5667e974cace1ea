import { Module } from '@nestjs/common';
import { FinanceController } from './finance.controller';
import { FinanceService } from './finance.service';
import { PayoutRulesController } from './payout-rules.controller';
import { PayoutRulesService } from './payout-rules.service';
import { SuspenseController } from './suspense.controller';
import { SuspenseService } from './suspense.service';

@Module({
  controllers: [FinanceController, SuspenseController, PayoutRulesController],
  providers: [FinanceService, SuspenseService, PayoutRulesService],
})
export class FinanceModule {}
