import { pino, type Logger } from 'pino';

/** The process's own log, injected by class so that tests can read what is written. Codes and numbers, no personal data. */
export abstract class Log {
  abstract info(fields: Record<string, unknown>, message: string): void;
  abstract warn(fields: Record<string, unknown>, message: string): void;
  abstract error(fields: Record<string, unknown>, message: string): void;
}

export function createLog(level: string): Logger {
  return pino({ name: 'jobs', level, base: { name: 'jobs' }, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What calls a person: the same field in every line, for whoever watches the logs. */
export function alarm(log: Log, code: string, fields: Record<string, unknown>): void {
  log.error({ alarm: code, ...fields }, 'alarm');
}

/** An error without what it quotes: a driver's parameters and details hold rows. */
export function describeFault(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { code } = ((error as { driverError?: object }).driverError ?? error) as { code?: unknown };
  return {
    kind: error.name,
    message: error.message.replace(/\d{6,}[Xx]?/g, '#'),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
  };
}
