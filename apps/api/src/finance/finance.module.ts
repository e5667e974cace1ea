import { Module } from '@nestjs/common';
import { BankFilesController } from './bank-files.controller';
import { BankFilesService } from './bank-files.service';
import { ExportsController } from './exports.controller';
import { ExportsService } from './exports.service';
import { FinanceController } from './finance.controller';
import { FinanceService } from './finance.service';
import { PaymentReceiptsController } from './payment-receipts.controller';
import { PayoutRulesController } from './payout-rules.controller';
import { PayoutRulesService } from './payout-rules.service';
import { PersonsController } from './persons.controller';
import { PersonsService } from './persons.service';
import { RecoveriesController } from './recoveries.controller';
import { RecoveriesService } from './recoveries.service';
import { ReconciliationStatementsController } from './reconciliation-statements.controller';
import { ReconciliationStatementsService } from './reconciliation-statements.service';
import { SuspenseController } from './suspense.controller';
import { SuspenseService } from './suspense.service';
import { UsePlansController } from './use-plans.controller';
import { UsePlansService } from './use-plans.service';

@Module({
  controllers: [
    FinanceController,
    BankFilesController,
    ExportsController,
    PaymentReceiptsController,
    SuspenseController,
    PayoutRulesController,
    ReconciliationStatementsController,
    UsePlansController,
    RecoveriesController,
    PersonsController,
  ],
  providers: [
    FinanceService,
    BankFilesService,
    ExportsService,
    SuspenseService,
    PayoutRulesService,
    ReconciliationStatementsService,
    UsePlansService,
    RecoveriesService,
    PersonsService,
  ],
})
export class FinanceModule {}
