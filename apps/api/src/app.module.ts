import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { ActsModule } from './acts/acts.module';
import { BoardModule } from './board/board.module';
import { CalendarsModule } from './calendars/calendars.module';
import { CasesModule } from './cases/cases.module';
import { DeadlinesModule } from './deadlines/deadlines.module';
import { ErrorsFilter } from './edge/errors.filter';
import { shapePipe } from './edge/shape';
import { FilingsModule } from './filings/filings.module';
import { FinanceModule } from './finance/finance.module';
import { GroundModule } from './ground.module';
import { HealthModule } from './health/health.module';
import { InboxModule } from './inbox/inbox.module';
import { MattersModule } from './matters/matters.module';
import { PayoutBatchesModule } from './payout-batches/payout-batches.module';
import { NoticesModule } from './notices/notices.module';
import { RegistryModule } from './registry/registry.module';
import type { Settings } from './settings';
import { SideWorkModule } from './side-work/side-work.module';
import { SignInModule } from './sign-in/sign-in.module';

/** The subjects of the API. Order matters for guards alone: SignInModule brings the one that stands before every handler. */
@Module({})
export class AppModule {
  static with(settings: Settings) {
    return {
      module: AppModule,
      imports: [
        GroundModule.with(settings),
        SignInModule,
        HealthModule,
        FilingsModule,
        CalendarsModule,
        CasesModule,
        MattersModule,
        NoticesModule,
        ActsModule,
        InboxModule,
        BoardModule,
        FinanceModule,
        SideWorkModule,
        PayoutBatchesModule,
        DeadlinesModule,
        RegistryModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ErrorsFilter },
        { provide: APP_PIPE, useValue: shapePipe },
        { provide: APP_INTERCEPTOR, useClass: StandardSchemaSerializerInterceptor },
      ],
    };
  }
}
