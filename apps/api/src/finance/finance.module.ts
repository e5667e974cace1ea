import { Module } from '@nestjs/common';
import { FinanceController } from './finance.controller';
import { FinanceService } from './finance.service';
import { SuspenseController } from './suspense.controller';
import { SuspenseService } from './suspense.service';

@Module({ controllers: [FinanceController, SuspenseController], providers: [FinanceService, SuspenseService] })
export class FinanceModule {}
