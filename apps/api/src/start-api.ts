import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { AppModule } from './app.module';
import { jsonBodies } from './edge/body';
import { Draining } from './edge/draining';
import { refuseOutside } from './edge/errors.filter';
import { Log, logRequests } from './edge/log';
import { serveOpenApi } from './edge/openapi';
import { openRequestContext } from './edge/request-context';
import type { Settings } from './settings';

export interface RunningApi {
  url: string;
  /** Not ready, no new connections, 20 s for what runs; then everything that start opened is closed. */
  stop(): Promise<void>;
}

/** Starts the API on `settings.port` (0: any free one) and answers when it listens. */
export async function startApi(settings: Settings): Promise<RunningApi> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  const draining = app.get(Draining);
  app.setGlobalPrefix('api');
  app.set('trust proxy', false);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use(openRequestContext, logRequests(app.get(Log)), draining.follow);
  // HTTPS ends at the gateway, if there is one: the browser must not be told to ask this port for it.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.use(refuseOutside);
  for (const [path, handler] of jsonBodies) app.use(path, handler);
  serveOpenApi(app);
  const server = app.getHttpServer() as Server;
  // Slow senders are cut off; uploads of 20 MB over a thin line still pass.
  server.requestTimeout = 120_000;
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 65_000;
  await app.listen(settings.port, settings.host);
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await draining.drain(server);
    await app.close();
  };
  return { url: `http://${settings.host}:${port}`, stop: () => (stopped ??= stop()) };
}
