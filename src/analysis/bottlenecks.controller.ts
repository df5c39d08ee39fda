import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CallerOf, type Caller } from '../access/development-identity.ts';
import { Answers, AnswersBesides } from '../http/documentation.ts';
import { Nothing } from '../http/validation.ts';
import { BottleneckQuestions, type Asking } from './bottleneck-questions.ts';
import * as api from './bottlenecks.api.ts';
import { COMPARISON_SCHEMAS, ofItsMeasure, RESULT_SCHEMAS } from './measure-schemas.ts';
import { askerOf, type Asker } from './small-groups.ts';

const COMPARED = ofItsMeasure((result, differences) => ({
  ...{ first: { properties: { result } }, second: { properties: { result } } },
  differences,
}));

/** Its body is a reference model. */
function HoldsAgainst(): MethodDecorator {
  const { example } = api.ReferenceModelBody;
  return ApiBody({ type: api.ReferenceModelBody, examples: { example: { value: example } } });
}

/** Where the time goes. */
@ApiTags('Bottlenecks')
@Controller('v1/bottlenecks')
export class BottlenecksController {
  private readonly questions: BottleneckQuestions;
  constructor(@Inject(BottleneckQuestions) questions: BottleneckQuestions) {
    this.questions = questions;
  }

  @Get()
  @Answers(api.MeasuresBody, 'What can be asked about where the time goes, and of which imported logs')
  listMeasures(@Query() _query: Nothing): api.MeasuresBody {
    return this.questions.offered();
  }

  @Get(':measure')
  @AnswersBesides(
    api.MeasureBody,
    { besides: ofItsMeasure((result) => ({ result })), schemas: RESULT_SCHEMAS },
    'A measure of a selection of cases',
    'Of the cases of this system, or of an imported log. Small groups of own cases are withheld, with as much besides as it takes that they cannot be worked out.',
  )
  readMeasure(
    @Param('measure') measure: string,
    @Query() query: api.MeasureQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.MeasureBody> {
    return this.questions.measure(measure, askingOf(query, askerOf(role), reply));
  }

  @Post('conformance')
  @HttpCode(200)
  @HoldsAgainst()
  @AnswersBesides(
    api.MeasureBody,
    { besides: ofItsMeasure((result) => ({ result })), schemas: RESULT_SCHEMAS },
    'Conformance of an imported log with a reference model',
    'The cases of this system have a model of their own, against which a GET holds them.',
  )
  holdAgainstModel(
    @Body() model: api.ReferenceModelBody,
    @Query() query: api.MeasureQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.MeasureBody> {
    return this.questions.measure('conformance', askingOf(query, askerOf(role), reply, model));
  }

  @Post('conformance/comparison')
  @HttpCode(200)
  @HoldsAgainst()
  @AnswersBesides(
    api.ComparisonBody,
    { besides: COMPARED, schemas: COMPARISON_SCHEMAS },
    'Conformance of two selections of an imported log, with the differences',
  )
  compareAgainstModel(
    @Body() model: api.ReferenceModelBody,
    @Query() query: api.ComparisonQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.ComparisonBody> {
    const { first = [], second = [] } = query;
    return this.questions.compare('conformance', askingOf(query, askerOf(role), reply, model), { first, second });
  }

  @Post('conformance/cases')
  @HttpCode(200)
  @HoldsAgainst()
  @Answers(api.CasesBehindBody, 'The cases of an imported log behind a number of conformance with a reference model')
  listCasesAgainstModel(
    @Body() model: api.ReferenceModelBody,
    @Query() query: api.CasesBehindQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.CasesBehindBody> {
    const asking = askingOf(query, askerOf(role), reply, model);
    return this.questions.casesBehind('conformance', asking, api.partOf(query), query);
  }

  @Get(':measure/comparison')
  @AnswersBesides(
    api.ComparisonBody,
    { besides: COMPARED, schemas: COMPARISON_SCHEMAS },
    'A measure of two selections side by side, with the differences',
  )
  compareSelections(
    @Param('measure') measure: string,
    @Query() query: api.ComparisonQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.ComparisonBody> {
    const { first = [], second = [] } = query;
    return this.questions.compare(measure, askingOf(query, askerOf(role), reply), { first, second });
  }

  @Get(':measure/cases')
  @Answers(
    api.CasesBehindBody,
    'The cases behind a number of a measure',
    'Exactly as many as it counts, longest first. Without a part: behind the first number, of all cases.',
  )
  listCasesBehind(
    @Param('measure') measure: string,
    @Query() query: api.CasesBehindQuery,
    @CallerOf() { role }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.CasesBehindBody> {
    const asking = askingOf(query, askerOf(role), reply);
    return this.questions.casesBehind(measure, asking, api.partOf(query), query);
  }
}

/** A question whose asker goes away is not worked out any further. */
export function askingOf(
  query: api.MeasureQuery,
  asker: Asker,
  reply: FastifyReply,
  model?: api.ReferenceModelBody,
): Asking {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  const asked = model === undefined ? query : Object.assign(query, { model: api.modelIn(model) });
  return { asked, asker, signal: gone.signal };
}
