import { pino, type DestinationStream, type Logger } from 'pino';
import { EventLogError } from '../event-sourcing/event-log.ts';
import { PrivacyError } from '../privacy/privacy-error.ts';

export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Structured log with an allow-list: a line holds what the caller names, never a request's body, query or path, and of an
 * unknown error never its message, which may quote what somebody typed.
 */
export abstract class ServerLog {
  abstract info(event: string, fields?: Fields): void;
  abstract warn(event: string, fields?: Fields): void;
  abstract error(event: string, error: unknown, fields?: Fields): void;
}

export class PinoServerLog extends ServerLog {
  private readonly pino: Logger;
  constructor(destination?: DestinationStream) {
    super();
    const options = { base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, messageKey: 'event' };
    this.pino = destination ? pino(options, destination) : pino(options);
  }
  info(event: string, fields: Fields = {}): void {
    this.pino.info(fields, event);
  }
  warn(event: string, fields: Fields = {}): void {
    this.pino.warn(fields, event);
  }
  error(event: string, error: unknown, fields: Fields = {}): void {
    this.pino.error({ ...fields, ...describe(error) }, event);
  }
}

export class SilentServerLog extends ServerLog {
  info(): void {}
  warn(): void {}
  error(): void {}
}

/** Name, code and call stack of an error; the message only where it is ours and so known to quote nobody. */
function describe(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const fields: Record<string, string> = { error: error.name, stack: frames.slice(0, 12).join('\n') };
  if ('code' in error && typeof error.code === 'string') fields.code = error.code;
  if (error instanceof EventLogError || error instanceof PrivacyError) fields.message = error.message;
  return fields;
}
