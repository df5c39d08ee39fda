import { Controller, Get, Inject, Param, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiExcludeController, ApiTags, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../access/development-identity.ts';
import { Answers, Shown, Undocumented } from './documentation.ts';
import { documentationPage } from './documentation-page.ts';
import { html, prose, sendPage, wantsHtml } from './page.ts';
import { notFound, ProblemCatalogue, problemType } from './problem.ts';
import { Nothing } from './validation.ts';

/** The OpenAPI document: made once, when it is first asked for, by the application that stands by then. */
export class OpenApi {
  private made: OpenAPIObject | undefined;
  private make: () => OpenAPIObject = () => {
    throw new Error('the application does not stand yet');
  };

  comesFrom(make: () => OpenAPIObject): void {
    this.make = make;
  }

  get document(): OpenAPIObject {
    return (this.made ??= this.make());
  }
}

class ProblemKindBody {
  @Shown('text', 'The `type` of such problems: this page.')
  type!: string;

  @Shown('text', 'The code.')
  code!: string;

  @Shown('whole', 'Status of the answer.')
  status!: number;

  @Shown('text', 'In short.')
  title!: string;

  @Shown('text', 'What happened, and what to do.')
  meaning!: string;
}

class ProblemListBody {
  @Shown(() => ProblemKindBody, 'All problems this server answers with.', { list: true })
  problems!: ProblemKindBody[];
}

@ApiTags('About this API')
@Open()
@Controller('v1')
export class DocumentationController {
  private readonly openApi: OpenApi;
  private readonly problems: ProblemCatalogue;
  constructor(@Inject(OpenApi) openApi: OpenApi, @Inject(ProblemCatalogue) problems: ProblemCatalogue) {
    this.openApi = openApi;
    this.problems = problems;
  }

  @Get('openapi.json')
  @Undocumented()
  openApiDocument(@Query() _query: Nothing, @Res() reply: FastifyReply): void {
    const headers = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };
    void reply.headers(headers).type('application/json').send(JSON.stringify(this.openApi.document));
  }

  @Get('docs')
  @Undocumented()
  documentation(@Query() _query: Nothing, @Res() reply: FastifyReply): void {
    void sendPage(reply, 'The API', documentationPage(this.openApi.document));
  }

  @Get('problems')
  @Answers(ProblemListBody, 'All kinds of problems', 'As a page in a browser.')
  listProblems(@Query() _query: Nothing, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const problems = [...this.problems.kinds].map(([code, kind]) => ({ type: problemType(code), code, ...kind }));
    if (!wantsHtml(request)) {
      void reply.type('application/json').send(JSON.stringify({ problems }));
      return;
    }
    const items = problems.map(
      ({ type, status, code, title }) =>
        html`<li><a href="${type}">${title}</a> (${status}, <code>${code}</code>)</li>`,
    );
    void sendPage(
      reply,
      'Problems',
      html`<ul>
        ${items}
      </ul>`,
    );
  }

  @Get('problems/:slug')
  @Answers(ProblemKindBody, 'One kind of problem', 'As a page in a browser.')
  explainProblem(
    @Param('slug') slug: string,
    @Query() _query: Nothing,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const found = this.problems.bySlug(slug);
    if (!found) throw notFound('kind of problem');
    const { code, kind } = found;
    if (!wantsHtml(request)) {
      void reply.type('application/json').send(JSON.stringify({ type: problemType(code), code, ...kind }));
      return;
    }
    const body = html`<p>${prose(kind.meaning)}</p>
      <p>Status ${kind.status}, code <code>${code}</code>. <a href="/v1/problems">All problems</a></p>`;
    void sendPage(reply, kind.title, body);
  }
}

/** Whoever opens the bare address begins to read. */
@ApiExcludeController()
@Open()
@Controller()
export class EntranceController {
  @Get()
  @Redirect('/v1/docs', 302)
  enter(): void {}
}
