import { Module } from '@nestjs/common';
import { BatchEngine } from './batch-engine';
import { BatchFilesService } from './batch-files.service';
import { PayoutBatchesController } from './payout-batches.controller';
import { PayoutBatchesService } from './payout-batches.service';

@Module({
  controllers: [PayoutBatchesController],
  providers: [PayoutBatchesService, BatchFilesService, BatchEngine],
})
export class PayoutBatchesModule {}
