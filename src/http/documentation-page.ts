import type { OpenAPIObject } from '@nestjs/swagger';
import { html, prose, type Html } from './page.ts';

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly examples?: Examples }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
type Examples = Readonly<Record<string, { readonly value: unknown }>>;
interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The OpenAPI document for people: everything on one page, by subject. */
export function documentationPage(document: OpenAPIObject): Html {
  const subjects = bySubject(document);
  return html`<p>${prose(document.info.description)}</p>
    <p>
      Version ${document.info.version} · <a href="/v1/openapi.json">OpenAPI document</a> ·
      <a href="/v1/glossary">glossary</a> · <a href="/v1/problems">problems</a>
    </p>
    <p>
      Each request says who sends it:
      <code>Development-Identity: actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR</code>. Each command has an
      <code>Idempotency-Key</code> of its own.
    </p>
    <nav>
      <ul>
        ${[...subjects.keys()].map((subject) => html`<li><a href="#${slug(subject)}">${subject}</a></li>`)}
      </ul>
    </nav>
    ${[...subjects].map(
      ([subject, entries]) =>
        html`<h2 id="${slug(subject)}">${subject}</h2>
          ${entries.map((entry) => operationPart(document, entry))}`,
    )}`;
}

function bySubject(document: OpenAPIObject): Map<string, Entry[]> {
  const subjects = new Map<string, Entry[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post'] as const) {
      const operation = item[method] as unknown as Operation | undefined;
      if (!operation) continue;
      const subject = operation.tags?.[0] ?? 'Other';
      subjects.set(subject, [...(subjects.get(subject) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  return subjects;
}

function operationPart(document: OpenAPIObject, { method, path, operation }: Entry): Html {
  const body = operation.requestBody?.content['application/json'];
  const example = Object.values(body?.examples ?? {})[0]?.value;
  const parameters = (operation.parameters ?? []).filter((one) => one.in !== 'header');
  return html`<section>
    <h3 id="${operation.operationId}"><span class="method">${method}</span> <code>/v1${path}</code></h3>
    <p>${operation.summary}</p>
    ${operation.description && html`<p>${prose(operation.description)}</p>`}
    ${
      parameters.length > 0 &&
      fields(
        parameters.map((one) => [
          `${one.name} (${one.in})`,
          resolve(document, one.schema ?? {}),
          one.required === true,
          one.description,
        ]),
      )
    }
    ${body && fields(fieldsOf(document, body.schema))}
    ${example !== undefined && html`<pre>${JSON.stringify(example, null, 2)}</pre>`}
    <p>
      Answers:
      ${Object.entries(operation.responses).map(
        ([status, response]) => html`<br /><code>${status}</code> ${prose(response.description)}`,
      )}
    </p>
  </section>`;
}

type Field = readonly [name: string, schema: Schema, required: boolean, description: string | undefined];

function fields(rows: readonly Field[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">Form</th>
        <th scope="col">Meaning</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, schema, required, description]) =>
          html`<tr>
            <td><code>${name}</code>${required && ', required'}</td>
            <td>${formOf(schema)}</td>
            <td>${prose(description ?? schema.description)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Nested objects as `member.personal.name`. */
function fieldsOf(document: OpenAPIObject, schema: Schema, prefix = ''): readonly Field[] {
  const { properties = {}, required = [] } = resolve(document, schema);
  return Object.entries(properties).flatMap(([name, property]): Field[] => {
    const inner = resolve(document, property.items ?? property);
    const path = `${prefix}${name}${property.items ? '[]' : ''}`;
    const own: Field = [
      path,
      inner.properties ? property : { ...inner, ...property },
      required.includes(name),
      property.description,
    ];
    return inner.properties ? [own, ...fieldsOf(document, inner, `${path}.`)] : [own];
  });
}

function resolve(document: OpenAPIObject, schema: Schema): Schema {
  const either = schema.anyOf?.[0];
  if (either) return resolve(document, either);
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref === undefined) return schema;
  return (document.components?.schemas?.[ref.split('/').at(-1)!] ?? {}) as Schema;
}

function formOf(schema: Schema): string {
  if (schema.enum) return schema.enum.join(' · ');
  if (schema.type === 'array') return 'list';
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  return [type, rangeOf(schema), schema.format, schema.pattern].filter((part) => part !== undefined).join(' ');
}

function rangeOf({ minimum, maximum, maxLength }: Schema): string | undefined {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return maxLength === undefined ? undefined : `of at most ${maxLength} characters`;
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
