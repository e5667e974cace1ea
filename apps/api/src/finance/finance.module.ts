import { Module } from '@nestjs/common';
import { FinanceController } from './finance.controller';
import { FinanceService } from './finance.service';
import { PayoutRulesController } from './payout-rules.controller';
import { PayoutRulesService } from './payout-rules.service';
import { SuspenseController } from './suspense.controller';
import { SuspenseService } from './suspense.service';
import { UsePlansController } from './use-plans.controller';
import { UsePlansService } from './use-plans.service';

@Module({
  controllers: [FinanceController, SuspenseController, PayoutRulesController, UsePlansController],
  providers: [FinanceService, SuspenseService, PayoutRulesService, UsePlansService],
})
export class FinanceModule {}
