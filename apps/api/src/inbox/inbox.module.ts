import { Module } from '@nestjs/common';
import { InboxController } from './inbox.controller';
import { InboxService } from './inbox.service';
import { TasksService } from './tasks.service';

@Module({ controllers: [InboxController], providers: [InboxService, TasksService] })
export class InboxModule {}
