import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { exactly } from '../analysis/exactly.ts';
import type { Answer, StoryServer } from './server.ts';

export const PIET = 'actor=piet; organisation=COA; role=PROCESS_ANALYST';
export const AT = '/v1/bottlenecks';

/** Answers of measures, each of which must be what the server's own document says of it. */
export class ToldAnswers {
  readonly document: Answer['body'];
  readonly #server: StoryServer;
  readonly #validators = new Map<string, ValidateFunction>();

  private constructor(server: StoryServer, document: Answer['body']) {
    this.#server = server;
    this.document = document;
  }

  static async of(server: StoryServer): Promise<ToldAnswers> {
    return new ToldAnswers(server, (await server.send('/v1/openapi.json', {})).body);
  }

  /** @param path after `AT` */
  async get(path: string, as?: string): Promise<Answer> {
    const answer = await this.#server.get(`${AT}/${path}`, as === undefined ? {} : { as });
    if (answer.status !== 200) return answer;
    const [, kind = ''] = /^[^/?]*(\/[a-z]+)?/.exec(path)!;
    const validate = this.validatorOf(`/bottlenecks/{measure}${kind}`);
    expect([path, validate(answer.body), validate.errors]).toEqual([path, true, null]);
    return answer;
  }

  validatorOf(path: string, method = 'get'): ValidateFunction {
    const known = this.#validators.get(`${method} ${path}`);
    if (known !== undefined) return known;
    const { paths, components } = this.document;
    const { schema } = paths[path][method].responses['200'].content['application/json'];
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schemas = Object.entries(components.schemas).map(([name, one]) => [
      name,
      /(Result|Differences)$/.test(name) ? exactly(one) : one,
    ]);
    const validate = ajv.compile({ ...schema, components: { schemas: Object.fromEntries(schemas) as object } });
    this.#validators.set(`${method} ${path}`, validate);
    return validate;
  }
}
