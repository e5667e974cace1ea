import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ColumnCipher, loadKeys, openDataSource } from '@banjie/persistence';
import { createLog, Log } from './edge/log';
import { Limits } from './edge/limits';
import { Draining } from './edge/draining';
import { TemporalClient } from './engine/temporal-client';
import { Settings } from './settings';

/** What every subject stands on: settings, log, the one data source, the cipher, the client of the process engine. */
@Global()
@Module({})
export class GroundModule {
  static with(settings: Settings) {
    return {
      module: GroundModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres' as const, retryAttempts: 0 }),
          // The options are our own: session limits, type parsers, no entities.
          dataSourceFactory: () =>
            openDataSource(settings.databaseUrl, {
              poolSize: settings.databasePoolSize,
              applicationName: 'banjie-api',
            }),
        }),
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Log, useFactory: () => createLog(settings.logLevel) },
        { provide: ColumnCipher, useFactory: () => new ColumnCipher(loadKeys(settings.keysPath)) },
        Draining,
        Limits,
        TemporalClient,
      ],
      exports: [Settings, Log, ColumnCipher, Draining, Limits, TemporalClient],
    };
  }
}
