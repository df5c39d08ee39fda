import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CommandRefused, KeyReused, StaleRevision } from '../event-sourcing/transact.ts';
import type { ServerLog } from './log.ts';
import { Problem, problemType, type EdgeProblemCode, type ProblemCatalogue } from './problem.ts';

interface ProblemAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

const RETRY_AFTER_S = '1';

/** What an error means to the caller: RFC 9457, nothing of the inside. */
export class ProblemAnswers {
  private readonly catalogue: ProblemCatalogue;
  private readonly log: ServerLog;
  constructor(catalogue: ProblemCatalogue, log: ServerLog) {
    this.catalogue = catalogue;
    this.log = log;
  }

  problemOf(error: unknown, correlationId: string): ProblemAnswer {
    if (error instanceof Problem) return this.answer(error.code, error.message, error.members, error.headers);
    if (error instanceof CommandRefused) {
      const { refused, detail, missing = [], inTheWay = [] } = error.refusal;
      return this.answer(refused, detail, { missing, inTheWay });
    }
    if (error instanceof StaleRevision) {
      const { expected, actual } = error;
      const detail = `If-Match says revision ${expected}; the case is at revision ${actual}.`;
      return this.answer('STALE_REVISION', detail, { expected, actual }, { ETag: `"${actual}"` });
    }
    if (error instanceof KeyReused) {
      return this.answer('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used before with another body.');
    }
    const known = ofFastify(error) ?? ofCode(error);
    if (known) {
      // The caller can do nothing about it; whoever runs the server must hear of it.
      if (known[0] === 'LOG_UNAVAILABLE') this.log.error('log unavailable', error, { correlationId });
      return this.answer(known[0], known[1]);
    }
    this.log.error('unexpected', error, { correlationId });
    return this.answer('UNEXPECTED', `A fault of the server; it is logged under ${correlationId}.`, { correlationId });
  }

  private answer(
    code: string,
    detail: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): ProblemAnswer {
    const { status, title } = this.catalogue.kindOf(code);
    const retry: Record<string, string> = status === 503 ? { 'Retry-After': RETRY_AFTER_S } : {};
    return {
      status,
      body: { type: problemType(code), code, status, title, detail, ...members },
      headers: { ...retry, ...headers },
    };
  }
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly answers: ProblemAnswers;
  constructor(answers: ProblemAnswers) {
    this.answers = answers;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // What was stopped because its asker went away is no fault, and nobody is there to be told.
    if (reply.raw.destroyed && error instanceof Error && error.name === 'AbortError') {
      reply.hijack();
      return;
    }
    sendProblem(this.answers.problemOf(error, request.trace.traceId), reply);
  }
}

export function sendProblem(answer: ProblemAnswer, reply: FastifyReply): void {
  void reply
    .code(answer.status)
    .headers(answer.headers)
    .header('Content-Type', 'application/problem+json')
    .send(JSON.stringify(answer.body));
}

/** Errors of Fastify and Nest by their status; their messages quote addresses and bodies, so ours are sent. */
const BY_STATUS: Readonly<Record<number, readonly [EdgeProblemCode, string]>> = {
  400: ['MALFORMED_JSON', 'The body is not a JSON value, or is empty while Content-Type says JSON.'],
  404: ['NOT_FOUND', 'There is nothing at this address, or not with this method.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than is taken.'],
  414: ['ADDRESS_TOO_LONG', 'A part of the path is too long.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body with Content-Type: application/json.'],
  503: ['STOPPING', 'The server is stopping; repeat the request.'],
};

function ofFastify(error: unknown): readonly [EdgeProblemCode, string] | undefined {
  if (codeOf(error)?.startsWith('FST_ERR_BAD_URL')) {
    return ['MALFORMED_ADDRESS', 'The address holds an escape that cannot be decoded.'];
  }
  return BY_STATUS[statusOf(error) ?? 0];
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const code = codeOf(error);
  if (!code?.startsWith('FST_') && !(error instanceof SyntaxError)) return undefined;
  return (error as { statusCode?: number }).statusCode;
}

/** Errors of log and views: what may be told is in their code and message, which name ids and nothing else. */
function ofCode(error: unknown): readonly [string, string] | undefined {
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined) return undefined;
  switch (code) {
    case 'LOG_BUSY':
    case 'VIEW_BEHIND':
    case 'VIEW_UNAVAILABLE':
    case 'STREAM_PARKED':
      return [code, error.message];
    case 'UNKNOWN_EVENT':
      return ['STREAM_PARKED', error.message];
    case 'QUESTION_REFUSED':
    case 'WRONG_LOG':
    case 'INVALID_CURSOR':
      return [code, error.message];
    case 'SUBJECT_KEY_DESTROYED':
      return [
        'PERSONAL_DATA_ERASED',
        'What identifies this person, or the texts of this case, has been erased for good.',
      ];
    case 'APPEND_TOO_LARGE':
      return ['BODY_TOO_LARGE', 'What would be recorded is larger than is taken.'];
    case 'LOG_UNAVAILABLE':
      return [
        code,
        'The event log cannot be read or written at present. A command may have been recorded or not: repeat it with the same Idempotency-Key to know.',
      ];
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
