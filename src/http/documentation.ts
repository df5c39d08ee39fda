import { applyDecorators, SetMetadata } from '@nestjs/common';
import {
  ApiBody,
  ApiExtension,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { Takes } from './command.ts';
import type { RequestClass } from './validation.ts';

/** How routes are documented; what all of them share is added to the document as a whole (see openapi.ts). */

interface Documented extends RequestClass {
  readonly example: object;
}

/** Marks operations that record something; the document gives them their headers and answers. */
export const COMMAND = 'x-command';

/** A command: its body, an example of it, and what it does. */
export function Records(type: Documented, summary: string, description?: string): MethodDecorator {
  return applyDecorators(
    Takes(type),
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiBody({ type, examples: { example: { value: type.example } } }),
    ApiExtension(COMMAND, true),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'New for each command, the same when you repeat it: the repeat gets the same answer.',
      schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[!-~]+$' },
      example: '7c1b0f5e-5d0e-4f2a-9a53-5d6f0f6b7a01',
    }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'ETag of the case as you read it; it moved on since: 412.',
      schema: { type: 'string' },
      example: '"12"',
    }),
  );
}

/** A question that is answered with JSON of this class. */
export function Answers(type: RequestClass, summary: string, description?: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({ status: 200, description: 'What was asked for.', type }),
  );
}

/** Schemas that an operation brings along for the document, by name. */
export const SCHEMAS = 'x-schemas';

/** A question of which the class of the answer does not say all: the answer also keeps to `besides`, which can name `schemas`. */
export function AnswersBesides(
  type: RequestClass,
  { besides, schemas }: { readonly besides: object; readonly schemas: Readonly<Record<string, object>> },
  summary: string,
  description?: string,
): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiExtraModels(type),
    ApiExtension(SCHEMAS, schemas),
    ApiResponse({
      status: 200,
      description: 'What was asked for.',
      schema: { allOf: [{ $ref: getSchemaPath(type) }, besides] },
    }),
  );
}

type Shape = (() => RequestClass) | 'text' | 'date' | 'instant' | 'id' | 'whole' | 'number' | 'flag' | 'json';

/** A field of an answer. */
export function Shown(
  shape: Shape | readonly string[],
  description: string,
  more: { readonly nullable?: true; readonly optional?: true; readonly list?: true; readonly enumName?: string } = {},
): PropertyDecorator {
  const { nullable, optional, list, enumName } = more;
  return ApiProperty({
    description,
    ...(shape === 'json' ? { selfRequired: !optional } : { required: !optional }),
    ...(nullable ? { nullable } : {}),
    ...(list ? { isArray: true } : {}),
    ...schemaOf(shape, enumName),
  } as Parameters<typeof ApiProperty>[0]);
}

function schemaOf(shape: Shape | readonly string[], enumName: string | undefined): object {
  if (Array.isArray(shape)) return { enum: [...shape], enumName };
  // Swagger knows a function that names a class by its being called `type`.
  if (typeof shape === 'function') return { type: () => shape() };
  switch (shape as Exclude<Shape, () => RequestClass>) {
    case 'text':
      return { type: String };
    case 'date':
      return { type: String, format: 'date' };
    case 'instant':
      return { type: String, format: 'date-time' };
    case 'id':
      return { type: String, format: 'uuid' };
    case 'whole':
      return { type: 'integer' };
    case 'number':
      return { type: Number };
    case 'flag':
      return { type: Boolean };
    case 'json':
      return { type: 'object', additionalProperties: true };
  }
}

export const Undocumented = (): MethodDecorator => SetMetadata('swagger/apiExcludeEndpoint', { disable: true });

export class FaultBody {
  @Shown(['body', 'query', 'header', 'path'], 'Where the fault is.', { enumName: 'FaultPlace' })
  in!: string;

  @ApiProperty({
    description: 'JSON pointer into the body, or the name of the parameter.',
    type: 'object',
    properties: { pointer: { type: 'string' }, name: { type: 'string' } },
  })
  location!: object;

  @Shown('text', 'What kind of fault it is.')
  code!: string;

  @Shown('text', 'What is wrong, in words.')
  detail!: string;
}

/** RFC 9457. */
export class ProblemBody {
  @ApiProperty({ description: 'A page that explains this kind of problem.', type: String, format: 'uri-reference' })
  type!: string;

  @Shown('text', 'The kind of problem, as `/v1/problems` lists it; where the rules refuse, by which of them.')
  code!: string;

  @Shown('whole', 'Status of the answer.')
  status!: number;

  @Shown('text', 'What kind of problem it is.')
  title!: string;

  @Shown('text', 'What happened this time.')
  detail!: string;

  @ApiProperty({
    description: 'Where the rules refuse: kinds of fact that would have to be recorded first.',
    type: [String],
    required: false,
  })
  missing?: string[];

  @ApiProperty({
    description:
      'Where the rules refuse: what stands in the way, by ids (of events, persons, offers, cases), days, codes or numbers; ' +
      'which of them, `code` decides.',
    type: [String],
    required: false,
  })
  inTheWay?: string[];

  @Shown(() => FaultBody, 'Every fault of a request that is not valid.', { optional: true, list: true })
  errors?: FaultBody[];

  @Shown('whole', 'Revision that If-Match asked for.', { optional: true })
  expected?: number;

  @Shown('whole', 'Revision at which the case is.', { optional: true })
  actual?: number;

  @Shown('text', 'Under which the server has logged what happened.', { optional: true })
  correlationId?: string;
}

export class RecordedEventBody {
  @Shown('id', 'Id of the event; a correction or retraction names it.')
  eventId!: string;

  @Shown('text', 'Type of the event.')
  type!: string;

  @Shown('whole', 'Its revision in the case.')
  revision!: number;
}

/** What was recorded. */
export class CommandAnswerBody {
  @Shown('id', 'The case.', { optional: true })
  caseId?: string;

  @Shown('whole', 'Revision after this command; also in ETag.')
  revision!: number;

  @Shown('text', 'Position in the log, for `minPosition`; null: there was nothing to do.', { nullable: true })
  position!: string | null;

  @Shown(() => RecordedEventBody, 'What was recorded; empty: there was nothing to do.', { list: true })
  events!: RecordedEventBody[];

  @ApiProperty({
    description: 'Persons of the fact, in the order given.',
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    required: false,
  })
  personIds?: string[];

  @Shown('id', 'The offer.', { optional: true })
  offerId?: string;

  @Shown('id', 'The impediment.', { optional: true })
  impedimentId?: string;

  @Shown('id', 'The note.', { optional: true })
  noteId?: string;

  @Shown('id', 'The document.', { optional: true })
  documentId?: string;

  @Shown('id', 'The case that persons went to.', { optional: true })
  targetCaseId?: string;
}
