import { Module } from '@nestjs/common';
import { CaseEngine } from '../engine/case-engine';
import { ActsController } from './acts.controller';
import { ActsService } from './acts.service';
import { BenefitController } from './benefit.controller';

@Module({
  controllers: [ActsController, BenefitController],
  providers: [ActsService, CaseEngine],
  exports: [CaseEngine],
})
export class ActsModule {}
