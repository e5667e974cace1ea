import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ColumnCipher, createDataSource, loadKeys } from '@banjie/persistence';
import { BoardChecker } from './board/board-checker';
import { ActBodySweeper } from './cases/act-bodies';
import { Reprojector } from './calendars/reprojector';
import { CaseRelay } from './cases/case-relay';
import { RungSweeper } from './clocks/rung-sweeper';
import { JobLoops } from './job-loops';
import { Log } from './log';
import { MoveRunner } from './moves/move-runner';
import { ConsumerWatch, Ending } from './notices/consumer-watch';
import { NoticeDelivery } from './notices/notice-delivery';
import { NoticeHints } from './notices/notice-hints';
import { noticeQueueName, noticeQueueOptions } from './notices/notice-queue';
import { NoticeProcessor } from './notices/notice.processor';
import { BookChecker } from './payouts/book-checker';
import { StatementReader } from './payouts/statement-reader';
import { Settings } from './settings';
import { TemporalClient } from './temporal-client';

/** Where the side work is put together. */
@Module({})
export class JobsModule {
  static register(settings: Settings, log: Log, ending: Ending): DynamicModule {
    return {
      module: JobsModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres', retryAttempts: 3, retryDelay: 1_000 }),
          dataSourceFactory: () =>
            createDataSource(settings.databaseUrl, { poolSize: 10, applicationName: 'banjie-jobs' }).initialize(),
        }),
        BullModule.registerQueue({ name: noticeQueueName, ...noticeQueueOptions(settings.redisUrl) }),
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
        BookChecker,
        StatementReader,
        RungSweeper,
        MoveRunner,
        NoticeDelivery,
        NoticeHints,
        NoticeProcessor,
        ConsumerWatch,
        JobLoops,
      ],
    };
  }
}
