import { Module } from '@nestjs/common';
import { BatchEngine } from './batch-engine';
import { PayoutBatchesController } from './payout-batches.controller';
import { PayoutBatchesService } from './payout-batches.service';

@Module({ controllers: [PayoutBatchesController], providers: [PayoutBatchesService, BatchEngine] })
export class PayoutBatchesModule {}
