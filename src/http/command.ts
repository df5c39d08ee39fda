import { createParamDecorator, SetMetadata } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { map, type Observable } from 'rxjs';
import type { Caller } from '../access/development-identity.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import type { Envelope } from '../event-sourcing/transact.ts';
import { isUuid } from './fields.ts';
import { invalidRequest, notFound, type InputFault } from './problem.ts';
import { Nothing, readBody, readQuery, type RequestClass } from './validation.ts';

/** A command as it was sent: validated, with who sent it and what makes a repeat of it recognisable. */
export interface Sent<Body extends object = object> {
  readonly body: Body;
  /** Ids in the path. */
  readonly ids: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly envelope: Envelope;
  /** The body in canonical JSON: what the fingerprint of a repeat is taken of. */
  readonly text: string;
}

const BODY = 'woonspoor:body';

/** The class of the body of this route. */
export const Takes = (type: RequestClass): MethodDecorator => SetMetadata(BODY, type);

const KEY = /^[\x21-\x7e]{1,128}$/;
const IF_MATCH = /^"?(\d{1,9})"?$/;

/** The whole of a command, from path, headers and body. @throws Problem with all faults at once */
export const TheCommand = createParamDecorator((_: unknown, context: ExecutionContext): Sent => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const handler = context.getHandler();
  const type = Reflect.getMetadata(BODY, handler) as RequestClass;
  const ids = request.params as Record<string, string>;
  for (const [name, id] of Object.entries(ids))
    if (name.endsWith('Id') && !isUuid(id)) throw notFound(name.replace(/Id$/, ''));

  const read = readBody(type, request.body);
  const query = readQuery(Nothing, request.query);
  const faults: InputFault[] = [query, read].flatMap((one) => ('faults' in one ? one.faults : []));
  const key = idempotencyKey(request, faults);
  const expectedRevision = ifMatch(request, faults);
  if ('faults' in read || key === undefined || faults.length > 0) throw invalidRequest(faults);

  const caller = request.caller!;
  const commandId = commandIdOf(caller, request, key);
  return {
    body: read.value,
    ids,
    caller,
    text: canonicalJson(request.body ?? {}),
    envelope: {
      commandId,
      name: handler.name,
      ...caller,
      correlationId: request.trace.traceId,
      causationId: commandId,
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    },
  };
});

/** What a command answers; the edge makes status and headers of it. */
export class CommandAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly revision: number;
  /** Position token of the last event; null: nothing was recorded. */
  readonly position: string | null;
  readonly location: string | undefined;
  constructor(revision: number, position: string | null, body: Readonly<Record<string, unknown>>, location?: string) {
    this.revision = revision;
    this.position = position;
    this.body = body;
    this.location = location;
  }
}

/** 201 with what was recorded, 200 when there was nothing to do; the same again at every repeat. */
export class CommandAnswers implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (!(answer instanceof CommandAnswer)) return answer;
        reply.code(answer.position === null ? 200 : 201).header('ETag', etagOf(answer.revision));
        if (answer.position !== null) reply.header('Woonspoor-Position', answer.position);
        if (answer.location !== undefined && answer.position !== null) reply.header('Location', answer.location);
        return answer.body;
      }),
    );
  }
}

export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** Hash of who, what and under which key: the same request has the same id, on whichever node it arrives. */
function commandIdOf(caller: Caller, request: FastifyRequest, key: string): string {
  const path = request.url.split('?', 1)[0];
  const text = JSON.stringify([caller.organisation, caller.actor, request.method, path, key]);
  return createHash('sha256').update(text).digest('hex');
}

function idempotencyKey(request: FastifyRequest, faults: InputFault[]): string | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string' && KEY.test(key)) return key;
  faults.push({
    in: 'header',
    location: { name: 'Idempotency-Key' },
    code: key === undefined ? 'required' : 'form',
    detail:
      'must be given: 1 to 128 visible ASCII characters of your choice, such as a UUID, new for each command and the same when you repeat it',
  });
  return undefined;
}

function ifMatch(request: FastifyRequest, faults: InputFault[]): number | undefined {
  const text = request.headers['if-match'];
  if (text === undefined || text === '*') return undefined;
  const match = IF_MATCH.exec(text);
  if (match) return Number(match[1]);
  faults.push({
    in: 'header',
    location: { name: 'If-Match' },
    code: 'form',
    detail: 'must be the ETag of the case as you read it, such as "12"',
  });
  return undefined;
}
