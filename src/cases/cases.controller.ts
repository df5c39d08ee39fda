import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CallerOf, type Caller } from '../access/development-identity.ts';
import { etagOf } from '../http/command.ts';
import { Answers } from '../http/documentation.ts';
import { Fresh, FreshOrPast } from '../http/freshness.ts';
import * as answers from './case-answers.api.ts';
import * as dossiers from './dossier.api.ts';
import { CaseQuestions } from './case-questions.ts';
import { PersonSearches } from './person-searches.ts';

/** Looking: the work list, one household, and persons. */
@ApiTags('Cases')
@Controller('v1')
export class CasesController {
  private readonly questions: CaseQuestions;
  private readonly searches: PersonSearches;
  constructor(@Inject(CaseQuestions) questions: CaseQuestions, @Inject(PersonSearches) searches: PersonSearches) {
    this.questions = questions;
    this.searches = searches;
  }

  @Get('cases')
  @Answers(answers.CaseListBody, 'Work lists', 'Mine, my team’s, unassigned, overdue, or all; soonest term first.')
  listCases(@Query() query: answers.CaseListQuery, @CallerOf() caller: Caller): Promise<answers.CaseListBody> {
    return this.questions.list(query, caller);
  }

  @Get('cases/:caseId')
  @Answers(dossiers.DossierBody, 'One household', 'Worked out from the case itself: it knows what was just recorded.')
  async readDossier(
    @Param('caseId') caseId: string,
    @Query() query: FreshOrPast,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<dossiers.DossierBody> {
    const dossier = await this.questions.dossier(caseId, query);
    reply.header('ETag', etagOf(dossier.revision));
    return dossier;
  }

  @Get('cases/:caseId/timeline')
  @Answers(dossiers.TimelineBody, 'What happened, and what was put right', 'Every event once, in plain language.')
  readTimeline(@Param('caseId') caseId: string, @Query() query: FreshOrPast): Promise<dossiers.TimelineBody> {
    return this.questions.timeline(caseId, query);
  }

  @Get('cases/:caseId/next-steps')
  @Answers(dossiers.NextStepsBody, 'What can be done next, and why not the rest')
  listNextSteps(@Param('caseId') caseId: string, @Query() query: FreshOrPast): Promise<dossiers.NextStepsBody> {
    return this.questions.nextSteps(caseId, query);
  }

  @Post('person-searches')
  @HttpCode(200)
  @ApiBody({ type: answers.PersonSearch, examples: { example: { value: answers.PersonSearch.example } } })
  @Answers(
    answers.FoundPersonsBody,
    'Find persons by number, name or address',
    'A POST, so that nothing personal stands in an address. Exactly one of the three is given.',
  )
  searchPersons(
    @Body() search: answers.PersonSearch,
    @Query() { minPosition }: Fresh,
  ): Promise<answers.FoundPersonsBody> {
    return this.searches.find(search, minPosition);
  }

  @Get('norm-term-standings')
  @Answers(
    answers.StandingsBody,
    'How the norm terms are kept',
    'Figures by municipality and term, as known on any day.',
  )
  countStandings(@Query() query: answers.StandingsQuery): Promise<answers.StandingsBody> {
    return this.questions.standings(query);
  }

  @Get('norm-term-standings/terms')
  @Answers(answers.StandingTermsBody, 'The terms behind those figures', 'Exactly as many, soonest due first.')
  listStandings(@Query() query: answers.StandingTermsQuery): Promise<answers.StandingTermsBody> {
    return this.questions.standingTerms(query);
  }
}
