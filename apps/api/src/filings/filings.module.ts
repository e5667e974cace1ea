import { Module } from '@nestjs/common';
import { CaseAttachmentsController } from './case-attachments.controller';
import { CaseAttachmentsService } from './case-attachments.service';
import { FilingsController } from './filings.controller';
import { FilingsService } from './filings.service';
import { StoredFiles } from './stored-files';

@Module({
  controllers: [FilingsController, CaseAttachmentsController],
  providers: [FilingsService, CaseAttachmentsService, StoredFiles],
})
export class FilingsModule {}
