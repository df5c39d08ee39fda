import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { COMMAND, CommandAnswerBody, FaultBody, ProblemBody, RecordedEventBody, SCHEMAS } from './documentation.ts';
import { API_VERSION } from './edge.ts';
import type { ProblemCatalogue } from './problem.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<Operation['responses'][string], { $ref: string } | undefined>;
type Headers = NonNullable<Response['headers']>;

const VERSION_HEADER: Headers = {
  'API-Version': { description: 'Version of this API.', schema: { type: 'string' }, example: API_VERSION },
};
const COMMAND_HEADERS: Headers = {
  ...VERSION_HEADER,
  ETag: { description: 'Revision of the case after the command.', schema: { type: 'string' }, example: '"12"' },
  'Woonspoor-Position': {
    description: 'Position of what was recorded: give it as `minPosition` to read what you have written.',
    schema: { type: 'string' },
  },
};

/** Which errors an operation can answer, besides those of its own. */
const COMMAND_ERRORS = [400, 401, 404, 409, 412, 413, 415, 500, 503];
const QUESTION_ERRORS = [400, 401, 404, 500, 503];
const OPEN_ERRORS = [400, 404, 500];

/** The OpenAPI document of this server: what the routes say of themselves, and what all of them share. */
export function openApiDocument(app: INestApplication, problems: ProblemCatalogue): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Woonspoor')
    .setDescription(
      'From permit to front door: following households with a residence permit until they are housed. ' +
        'Commands record facts and never edit; questions are answered from views that follow the event log. ' +
        'Terms are English, the glossary gives the Dutch ones. Problems are explained under `/v1/problems`.',
    )
    .setVersion(API_VERSION)
    .setContact('Woonspoor maintainers', 'https://example.org/woonspoor', 'woonspoor@example.org')
    .setLicense('EUPL-1.2', 'https://eupl.eu/1.2/en/')
    .addServer('/v1', 'This server')
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'Development-Identity',
        description: 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR. For development and trials only.',
      },
      'developmentIdentity',
    )
    .addSecurityRequirements('developmentIdentity')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    extraModels: [ProblemBody, FaultBody, CommandAnswerBody, RecordedEventBody],
  });
  document.openapi = '3.1.0';
  document.components = inJsonSchema(document.components) as OpenAPIObject['components'];
  document.paths = Object.fromEntries(
    Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .map(([path, item]) => [path.slice('/v1'.length), item]),
  );
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of [item.get, item.post]) {
      if (!operation) continue;
      Object.assign(document.components!.schemas!, take(operation, SCHEMAS));
      complete(path, operation, problems);
    }
  }
  return document;
}

function complete(path: string, operation: Operation, problems: ProblemCatalogue): void {
  operation.parameters = [...pathParameters(path, operation), ...given(operation)];
  const isCommand = take(operation, COMMAND) === true;
  if (isCommand) {
    const content = { 'application/json': { schema: { $ref: getSchemaPath(CommandAnswerBody) } } };
    operation.responses = {
      '200': { description: 'There was nothing to do: it is so already.', headers: COMMAND_HEADERS, content },
      '201': { description: 'Recorded; a repeat is answered the same.', headers: COMMAND_HEADERS, content },
    };
  }
  for (const response of Object.values(operation.responses)) {
    if (response && !('$ref' in response)) response.headers = { ...VERSION_HEADER, ...response.headers };
  }
  const isOpen = take(operation, 'x-open') === true;
  if (isOpen) operation.security = [];
  const errors = isCommand ? COMMAND_ERRORS : isOpen ? OPEN_ERRORS : QUESTION_ERRORS;
  for (const status of errors) operation.responses[status] ??= problemResponse(status, problems);
}

type Parameter = Exclude<NonNullable<Operation['parameters']>[number], { $ref: string }>;

/** Parameters as the routes name them; an absent one is absent, never null. */
function given({ parameters = [] }: Operation): readonly Parameter[] {
  return (parameters as readonly Parameter[]).map((one) => {
    const { nullable: _absentIsAbsent, ...schema } = (one.schema ?? {}) as { nullable?: boolean };
    return { ...(one.in === 'path' ? { description: meaningInPath(one.name) } : {}), ...one, schema };
  });
}

/** Ids in the path of a command are read with the command as a whole, so that no route names them. */
function pathParameters(path: string, { parameters = [] }: Operation): readonly Parameter[] {
  const named = (parameters as readonly Parameter[]).filter((one) => one.in === 'path').map((one) => one.name);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).filter((name) => !named.includes(name));
  return names.map((name) => {
    const description = meaningInPath(name);
    const format = name.endsWith('Id') ? { format: 'uuid' } : {};
    return { name, in: 'path', required: true, description, schema: { type: 'string', ...format } };
  });
}

const MEANINGS_IN_PATH: Readonly<Record<string, string>> = {
  period: 'The half-year, such as 2017H1.',
  municipality: 'Code of the municipality, such as GM0363.',
  measure: 'Name of a measure, as `/v1/bottlenecks` lists them.',
};

function meaningInPath(name: string): string {
  return MEANINGS_IN_PATH[name] ?? `The ${name.replace(/Id$/, '')}.`;
}

/** OpenAPI 3.0 says `nullable` where JSON Schema, and OpenAPI since 3.1, have a type `null`. */
function inJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, inJsonSchema(part)]);
  const { nullable, ...schema } = Object.fromEntries(entries) as Record<string, unknown>;
  if (nullable !== true) return schema;
  const { description, type, ...rest } = schema;
  if ('allOf' in rest || '$ref' in rest) return { description, anyOf: [rest, { type: 'null' }] };
  return { ...schema, type: [type, 'null'] };
}

/** Marks of ours, of which the published document says nothing. */
function take(operation: Operation, mark: string): unknown {
  const marks = operation as unknown as Record<string, unknown>;
  const marked = marks[mark];
  delete marks[mark];
  return marked;
}

function problemResponse(status: number, problems: ProblemCatalogue): Response {
  const titles = [...problems.kinds.values()].filter((kind) => kind.status === status).map((kind) => kind.title);
  const description = status === 409 ? 'The rules refuse; `code` says why.' : titles.map(asSentence).join(' ');
  return {
    description,
    headers: VERSION_HEADER,
    content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemBody) } } },
  };
}

function asSentence(title: string): string {
  return /[.?!]$/.test(title) ? title : `${title}.`;
}
