import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerLog } from './log.ts';
import { EDGE_PROBLEMS, problemType } from './problem.ts';
import { sendProblem, type ProblemAnswers } from './problem.filter.ts';
import { traceOf, traceparentOf, type Trace } from './trace.ts';

export const API_VERSION = '1.0.0';

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace;
  }
}

/** Largest body that is taken: a household of thirty with notes is a tenth of it. */
const BODY_LIMIT_BYTES = 262_144;

const HEADERS: Readonly<Record<string, string>> = {
  'API-Version': API_VERSION,
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Who sends a request more slowly than this is let go. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Whether the server still takes work; readiness, and the last answers of open connections, follow it. */
export class Draining {
  private begun = false;
  get isDraining(): boolean {
    return this.begun;
  }
  begin(): void {
    this.begun = true;
  }
}

/** What counts the requests; its labels are ours. */
interface RequestMetrics {
  answered(method: string, route: string, status: number, seconds: number): void;
}

/** Fastify as the edge wants it: JSON only, no trailing slashes, every answer with version, trace and security headers. */
export function newAdapter(answers: ProblemAnswers): FastifyAdapter {
  const options = {
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      greet(request, reply);
      sendProblem(answers.problemOf(error, request.trace.traceId), reply);
    },
    clientErrorHandler: refuseUnreadable,
  };
  return new FastifyAdapter(options);
}

/** The hooks; before any route is registered. */
export function furnish(
  fastify: FastifyInstance,
  {
    log,
    metrics,
    draining,
  }: { readonly log: ServerLog; readonly metrics: RequestMetrics; readonly draining: Draining },
): void {
  fastify.removeContentTypeParser('text/plain');
  fastify.decorateRequest('trace');
  fastify.decorateRequest('caller');
  fastify.addHook('onRequest', (request, reply, done) => {
    greet(request, reply);
    done();
  });
  // Decided with the answer, not with the request: what was under way when stopping began must not keep its connection.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining.isDraining) reply.raw.setHeader('Connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    log.info('request', {
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      correlationId: request.trace.traceId,
    });
    done();
  });
}

/** On the raw response, so that streams, and answers that never reach a handler, carry the headers too. */
function greet(request: FastifyRequest, reply: FastifyReply): void {
  request.trace = traceOf(request.headers.traceparent);
  const raw: ServerResponse = reply.raw;
  for (const name in HEADERS) raw.setHeader(name, HEADERS[name]!);
  raw.setHeader('traceparent', traceparentOf(request.trace));
}

/** What is not HTTP at all gets an answer as well, by hand. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'UNREADABLE_REQUEST';
  const { status, title } = EDGE_PROBLEMS[code];
  const detail = status === 431 ? 'The headers are too large.' : 'This is not an HTTP request that can be read.';
  const body = JSON.stringify({ type: problemType(code), code, status, title, detail });
  const headers = { ...HEADERS, 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(body) };
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
