import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { isUuid } from './fields.ts';
import { invalidRequest, notFound, type InputFault } from './problem.ts';

export type RequestClass<T extends object = object> = new () => T;

const RULES = {
  whitelist: true,
  forbidNonWhitelisted: true,
  validationError: { target: false, value: true },
} as const;

/** What was sent as an instance of its class, or everything that is wrong with it. No value is converted. */
export type Read<T> = { readonly value: T } | { readonly faults: readonly InputFault[] };

export function readBody<T extends object>(type: RequestClass<T>, body: unknown): Read<T> {
  const sent = body === undefined ? {} : body;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return wholeBody('must be a JSON object');
  if (!isPlain(sent, DEEPEST)) {
    return wholeBody(`must hold well-formed texts and finite numbers, and be nested at most ${DEEPEST} deep`);
  }
  const value = plainToInstance(type, sent);
  const faults = flatten(validateSync(value, RULES), '#', (pointer) => ({ in: 'body', location: { pointer } }));
  return faults.length > 0 ? { faults } : { value };
}

const DEEPEST = 12;

/** What can be read, and written again as canonical JSON (RFC 8785): JSON itself allows half a character and 1e999. */
function isPlain(value: unknown, deeper: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (deeper === 0) return false;
  if (Array.isArray(value)) return value.every((one) => isPlain(one, deeper - 1));
  return Object.entries(value).every(([name, one]) => name.isWellFormed() && isPlain(one, deeper - 1));
}

function wholeBody(detail: string): { readonly faults: readonly InputFault[] } {
  return { faults: [{ in: 'body', location: { pointer: '#' }, code: 'object', detail }] };
}

/** Query values are texts; the class says how each is read (`@Transform`). */
export function readQuery<T extends object>(type: RequestClass<T>, query: unknown): Read<T> {
  if ((type as unknown) === Nothing) return unknownQueryKeys(query as object, type);
  const value = plainToInstance(type, query);
  const faults = flatten(validateSync(value, RULES), '', (path) => ({
    in: 'query',
    location: { name: path.slice(1) },
  }));
  return faults.length > 0 ? { faults } : { value };
}

/** For questions without parameters: whatever is asked besides is a fault. */
export class Nothing {}

function unknownQueryKeys<T extends object>(query: object, type: RequestClass<T>): Read<T> {
  const names = Object.keys(query);
  if (names.length === 0) return { value: new type() };
  return {
    faults: names.map((name) => ({ in: 'query', location: { name }, code: 'unknown', detail: 'is not known here' })),
  };
}

/** Queries and bodies of questions are validated by their class; ids in a path that are none name nothing. */
export class RequestPipe implements PipeTransform {
  private readonly alsoFaulty: (value: object) => readonly InputFault[];
  /** @param alsoFaulty what is wrong with a question that is well-formed, by what only the running application knows */
  constructor(alsoFaulty: (value: object) => readonly InputFault[] = () => []) {
    this.alsoFaulty = alsoFaulty;
  }

  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (type === 'param' && data?.endsWith('Id') && !isUuid(value)) throw notFound(data.slice(0, -2));
    if ((type !== 'query' && type !== 'body') || metatype === undefined) return value;
    const read = (type === 'query' ? readQuery : readBody)(metatype as RequestClass, value);
    const faults = 'faults' in read ? read.faults : this.alsoFaulty(read.value);
    if ('faults' in read || faults.length > 0) throw invalidRequest(faults);
    return read.value;
  }
}

function flatten(
  errors: readonly ValidationError[],
  path: string,
  place: (path: string) => Pick<InputFault, 'in' | 'location'>,
): InputFault[] {
  return errors.flatMap((error) => {
    const here = `${path}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = faultsOf(error).map((fault) => ({ ...place(here), ...fault }));
    return [...own, ...flatten(error.children ?? [], here, place)];
  });
}

type Fault = Pick<InputFault, 'code' | 'detail'>;

/** Of one field; what is missing or of the wrong kind is said once. */
function faultsOf({ constraints = {}, value }: ValidationError): readonly Fault[] {
  const broken = Object.entries(constraints);
  if (broken.length === 0) return [];
  if ('whitelistValidation' in constraints) return [{ code: 'unknown', detail: 'is not known here' }];
  if (value === undefined || value === null) return [{ code: 'required', detail: 'must be given' }];
  const kind = broken.find(([code]) => code === 'isArray' || code === 'object');
  const told = (kind ? [kind] : broken).map(([code, detail]) => ({ code, detail }));
  return told.filter((fault, index) => told.findIndex((one) => one.detail === fault.detail) === index);
}
