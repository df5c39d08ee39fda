import type { LoggerService } from '@nestjs/common';
import type { ServerLog } from './log.ts';

/** What the framework has to say, as far as it is a warning or worse. */
export class NestLog implements LoggerService {
  private readonly log_: ServerLog;
  constructor(log: ServerLog) {
    this.log_ = log;
  }
  log(): void {}
  warn(message: unknown, context?: unknown): void {
    this.log_.warn('framework', { message: typeof message === 'string' ? message : '', context: contextOf(context) });
  }
  error(message: unknown, ...more: unknown[]): void {
    this.log_.error('framework', message, { context: contextOf(more.at(-1)) });
  }
}

function contextOf(context: unknown): string {
  return typeof context === 'string' && context.length < 60 ? context : '';
}
