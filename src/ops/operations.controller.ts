import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PassThrough } from 'node:stream';
import { BottleneckQuestions } from '../analysis/bottleneck-questions.ts';
import { ComparisonBody, ComparisonQuery, MeasureBody, MeasureQuery } from '../analysis/bottlenecks.api.ts';
import { askingOf } from '../analysis/bottlenecks.controller.ts';
import { THE_TEAM } from '../analysis/small-groups.ts';
import { Open } from '../access/development-identity.ts';
import { Text } from '../http/fields.ts';
import { notFound } from '../http/problem.ts';
import { Nothing } from '../http/validation.ts';
import { Views, type Parked, type ViewStatus } from '../read-store/views.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { OperationsToken } from './operations.ts';
import { inOptions } from './options.ts';
import { Reactions, type ParkedReactionOf } from './reactions.ts';

/** To everyone else there is nothing here. */
export class OperatorsOnly implements CanActivate {
  private readonly token: OperationsToken;
  constructor(@Inject(OperationsToken) token: OperationsToken) {
    this.token = token;
  }
  canActivate(context: ExecutionContext): boolean {
    const { headers, socket } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!this.token.admits(headers.authorization, socket.remoteAddress)) throw notFound('path');
    return true;
  }
}

class RebuildRequest {
  @Text({ description: 'One view; absent: all.', max: 60, optional: true })
  view?: string;
}

class ReplayRequest {
  @Text({ description: 'The parked stream.', max: 200 })
  stream!: string;
}

/** For the command line on the same machine: what needs the views of the running server. */
@ApiExcludeController()
@Open()
@UseGuards(OperatorsOnly)
@Controller('operations')
export class OperationsController {
  private readonly views: Views;
  private readonly reactions: Reactions;
  private readonly bottlenecks: BottleneckQuestions;
  constructor(
    @Inject(Views) views: Views,
    @Inject(Reactions) reactions: Reactions,
    @Inject(BottleneckQuestions) bottlenecks: BottleneckQuestions,
  ) {
    this.views = views;
    this.reactions = reactions;
    this.bottlenecks = bottlenecks;
  }

  /** Only this process can open the event table of the cases while it runs. */
  @Get('bottlenecks/:measure')
  readMeasure(
    @Param('measure') measure: string,
    @Query() query: MeasureQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MeasureBody> {
    return this.bottlenecks.measure(measure, askingOf(query, THE_TEAM, reply)).catch(sayInOptions);
  }

  @Get('bottlenecks/:measure/comparison')
  compareSelections(
    @Param('measure') measure: string,
    @Query() query: ComparisonQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ComparisonBody> {
    const { first = [], second = [] } = query;
    const asking = askingOf(query, THE_TEAM, reply);
    return this.bottlenecks.compare(measure, asking, { first, second }).catch(sayInOptions);
  }

  @Get('views')
  listViews(@Query() _query: Nothing): Promise<readonly ViewStatus[]> {
    return this.views.status();
  }

  /** A line of JSON for each step, the last one `{"done":true}` or `{"failed":"…"}`. Hanging up stops it; it can be resumed. */
  @Post('rebuilds')
  rebuild(@Body() { view }: RebuildRequest, @Res() reply: FastifyReply): void {
    const lines = new PassThrough();
    const hungUp = new AbortController();
    reply.raw.on('close', () => hungUp.abort());
    const tell = (line: object): void => void lines.write(`${JSON.stringify(line)}\n`);
    this.views
      .rebuild(view, tell, hungUp.signal)
      .then(
        () => tell({ done: true }),
        (error: unknown) => tell({ failed: error instanceof Error ? error.message : 'unknown error' }),
      )
      .finally(() => lines.end());
    void reply.header('Content-Type', 'application/x-ndjson').send(lines);
  }

  @Get('parked-streams')
  listParked(@Query() _query: Nothing): Promise<readonly Parked[]> {
    return this.views.parked();
  }

  /** Events that a process could not react to; they are tried again ever more seldom, and at every start. */
  @Get('parked-reactions')
  listParkedReactions(@Query() _query: Nothing): readonly ParkedReactionOf[] {
    return this.reactions.parked();
  }

  /** Answers where the stream is still parked: nowhere, if it could be worked in. */
  @Post('parked-streams/replays')
  @HttpCode(200)
  replay(@Body() { stream }: ReplayRequest): Promise<readonly Parked[]> {
    return this.views.replay(stream);
  }
}

/** The command line asks here: it is told why in its own words. */
function sayInOptions(error: unknown): never {
  throw error instanceof QuestionRefused ? new QuestionRefused(error.in(inOptions)) : error;
}
