import { applyDecorators, createParamDecorator, Inject, Injectable, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';

export const ROLES = [
  'PLACEMENT_COORDINATOR',
  'MUNICIPAL_CASE_MANAGER',
  'HOUSING_ASSOCIATION_OFFICER',
  'SUPPORT_ORGANISATION',
  'PROVINCIAL_SUPERVISOR',
  'MINISTRY',
  'PROCESS_ANALYST',
  'DASHBOARD_READER',
  'PRIVACY_OFFICER',
  'ADMINISTRATOR',
] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request, on whose behalf, in which role. */
export interface Caller {
  readonly actor: string;
  readonly organisation: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

const HEADER = 'Development-Identity';
const EXAMPLE = `${HEADER}: actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR`;
const KEYS = ['actor', 'organisation', 'role'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

const OPEN = 'woonspoor:open';

/** Needs no identity: documentation, health. */
export const Open = (): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(OPEN, true), ApiExtension('x-open', true));

export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('the route is open to everyone and has no caller');
  return caller;
});

/**
 * Believes what the header says; for development, trials and tests, until identities are built in. It proves nothing, so it
 * refuses to exist in production.
 */
@Injectable()
export class DevelopmentIdentity implements CanActivate {
  private readonly reflector: Reflector;
  constructor(@Inject(Reflector) reflector: Reflector) {
    this.reflector = reflector;
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride(OPEN, [context.getHandler(), context.getClass()]) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.caller = parseIdentity(request.headers[HEADER.toLowerCase()]);
    return true;
  }
}

/** Says why a server cannot run with believed identities, or nothing. */
export function refusalInProduction(production: boolean): string | undefined {
  if (!production) return undefined;
  return (
    `NODE_ENV=production, but the only identities this version knows are those of the header ${HEADER}, which anyone can write. ` +
    'It does not start this way: run it without NODE_ENV=production for development and trials with invented persons.'
  );
}

/** @throws Problem IDENTITY_REQUIRED, saying exactly what to send */
function parseIdentity(header: string | string[] | undefined): Caller {
  if (header === undefined || header === '') throw unidentified(`The header ${HEADER} is missing.`);
  if (typeof header !== 'string') throw unidentified(`The header ${HEADER} is given more than once.`);
  const values = new Map<string, string>();
  for (const part of header.split(';')) {
    const [key = '', ...rest] = part.split('=');
    const name = key.trim().toLowerCase();
    if (!KEYS.includes(name) || values.has(name) || rest.length !== 1) {
      throw unidentified(`The header ${HEADER} must hold actor, organisation and possibly role, each once.`);
    }
    values.set(name, rest[0]!.trim());
  }
  const actor = nameOf('actor', values);
  const organisation = nameOf('organisation', values);
  return { actor, organisation, role: roleOf(values.get('role'), organisation) };
}

function nameOf(key: string, values: ReadonlyMap<string, string>): string {
  const name = values.get(key);
  if (name === undefined) throw unidentified(`The header ${HEADER} lacks ${key}.`);
  if (!NAME.test(name)) {
    throw unidentified(`${key} in ${HEADER} must be 1 to 64 letters, digits, dots, dashes, underscores or @.`);
  }
  return name;
}

function roleOf(text: string | undefined, organisation: string): Role {
  const role = text ?? usualRole(organisation);
  const known = ROLES.find((it) => it === role);
  if (known) return known;
  const why = text === undefined ? `There is no usual role for this organisation` : `There is no such role`;
  throw unidentified(`${why}; name one of ${ROLES.join(', ')}.`);
}

/** COA places, a municipality (its CBS code) manages cases, a province supervises. */
function usualRole(organisation: string): Role | undefined {
  if (organisation === 'COA') return 'PLACEMENT_COORDINATOR';
  if (/^GM\d{4}$/.test(organisation)) return 'MUNICIPAL_CASE_MANAGER';
  if (/^PV\d{2}$/.test(organisation)) return 'PROVINCIAL_SUPERVISOR';
  return undefined;
}

function unidentified(why: string): Problem {
  return new Problem('IDENTITY_REQUIRED', `${why} Send for instance "${EXAMPLE}".`, {
    headers: { 'WWW-Authenticate': HEADER },
  });
}
