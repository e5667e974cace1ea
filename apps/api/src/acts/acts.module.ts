import { Module } from '@nestjs/common';
import { CaseEngine } from '../engine/case-engine';
import { ActsController } from './acts.controller';
import { ActsService } from './acts.service';

@Module({ controllers: [ActsController], providers: [ActsService, CaseEngine], exports: [CaseEngine] })
export class ActsModule {}
