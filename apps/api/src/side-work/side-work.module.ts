import { Module } from '@nestjs/common';
import { SideWorkController } from './side-work.controller';
import { SideWorkService } from './side-work.service';

@Module({ controllers: [SideWorkController], providers: [SideWorkService] })
export class SideWorkModule {}
