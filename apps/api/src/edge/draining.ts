import type { Server } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

const drainMs = 20_000;

/** Going down without cutting off what runs (F44): not ready first, then no new connections, then 20 s for the rest. */
@Injectable()
export class Draining {
  private draining = false;
  private readonly running = new Set<Response>();

  get isDraining(): boolean {
    return this.draining;
  }

  begin(): void {
    this.draining = true;
    for (const response of this.running) endConnection(response);
  }

  /** Kept-alive connections end with the answer they carry, otherwise `close` would wait for their owners. */
  readonly follow = (_request: Request, response: Response, next: NextFunction): void => {
    this.running.add(response);
    response.once('close', () => this.running.delete(response));
    if (this.draining) endConnection(response);
    next();
  };

  /** Resolves when the last request was answered, or cut off after 20 s. */
  async drain(server: Server): Promise<void> {
    this.begin();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const idle = setInterval(() => server.closeIdleConnections(), 200);
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }
}

function endConnection(response: Response): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
