import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ColumnCipher, openDataSource, loadKeys } from '@banjie/persistence';
import { BoardChecker } from './board/board-checker';
import { ActBodySweeper } from './cases/act-bodies';
import { Reprojector } from './calendars/reprojector';
import { CaseRelay } from './cases/case-relay';
import { RungSweeper } from './clocks/rung-sweeper';
import { JobLoops } from './job-loops';
import { Log } from './log';
import { MoveRunner } from './moves/move-runner';
import { NoticeDelivery } from './notices/notice-delivery';
import { BatchKeeper } from './payouts/batch-keeper';
import { BookChecker } from './payouts/book-checker';
import { DispatchWaker } from './payouts/dispatch-waker';
import { ExportMaker } from './payouts/export-maker';
import { ReceiptMaker } from './payouts/receipt-maker';
import { StatementReader } from './payouts/statement-reader';
import { UploadedFiles } from './payouts/uploaded-files';
import { StatementTaker } from './payouts/statement-taker';
import { Settings } from './settings';
import { ConsumerWatch, Ending } from './side-work/consumer-watch';
import { SideHints } from './side-work/side-hints';
import { SideQueues } from './side-work/side-queues';
import { SideWorker } from './side-work/side-worker';
import { TemporalClient } from './temporal-client';

/** Where the side work is put together. */
@Module({})
export class JobsModule {
  static register(settings: Settings, log: Log, ending: Ending): DynamicModule {
    return {
      module: JobsModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres', retryAttempts: 0 }),
          dataSourceFactory: () =>
            openDataSource(settings.databaseUrl, { poolSize: 10, applicationName: 'banjie-jobs' }),
        }),
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Log, useValue: log },
        { provide: Ending, useValue: ending },
        { provide: ColumnCipher, useFactory: () => new ColumnCipher(loadKeys(settings.keysPath)) },
        TemporalClient,
        CaseRelay,
        Reprojector,
        ActBodySweeper,
        BoardChecker,
        BatchKeeper,
        BookChecker,
        StatementReader,
        UploadedFiles,
        StatementTaker,
        RungSweeper,
        MoveRunner,
        NoticeDelivery,
        ReceiptMaker,
        ExportMaker,
        DispatchWaker,
        SideHints,
        SideQueues,
        SideWorker,
        ConsumerWatch,
        JobLoops,
      ],
    };
  }
}
