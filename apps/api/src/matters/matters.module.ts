import { Module } from '@nestjs/common';
import { MattersController } from './matters.controller';
import { VersionsController } from './versions.controller';
import { VersionsService } from './versions.service';

@Module({ controllers: [MattersController, VersionsController], providers: [VersionsService] })
export class MattersModule {}
