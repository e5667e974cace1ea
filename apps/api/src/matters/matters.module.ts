import { Module } from '@nestjs/common';
import { MattersController } from './matters.controller';
import { MigrationsController } from './migrations.controller';
import { MigrationsService } from './migrations.service';
import { VersionsController } from './versions.controller';
import { VersionsService } from './versions.service';

@Module({
  controllers: [MattersController, VersionsController, MigrationsController],
  providers: [VersionsService, MigrationsService],
})
export class MattersModule {}
