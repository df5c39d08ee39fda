import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { etagOf } from '../http/command.ts';
import { Answers } from '../http/documentation.ts';
import { FreshOrPast } from '../http/freshness.ts';
import { notFound, Problem } from '../http/problem.ts';
import { allocationBody, historyOf, municipalPeriods, parkedOf, periodOfFacts, standingRows } from './quota-answers.ts';
import * as api from './quota.api.ts';
import type { QuotaKnown } from './quota-knowledge.ts';
import { isQuotaPeriod } from './quota-period.ts';
import { QuotaQuestions } from './quota-questions.ts';

/** What every municipality is to do in a half-year, and how far it is. */
@ApiTags('Quota')
@Controller('v1/quota/periods')
export class QuotaController {
  private readonly questions: QuotaQuestions;
  constructor(@Inject(QuotaQuestions) questions: QuotaQuestions) {
    this.questions = questions;
  }

  @Get()
  @Answers(api.QuotaPeriodsBody, 'Half-years, with all that was published and decided of them')
  async listQuotaPeriods(@Query() query: FreshOrPast): Promise<api.QuotaPeriodsBody> {
    const known = await this.questions.known(query);
    return { periods: [...known.book.values()].map((facts) => periodOfFacts(facts, known)), parked: known.parked };
  }

  @Get(':period')
  @Answers(api.QuotaPeriodBody, 'What was published and decided of one half-year')
  async readQuotaPeriod(
    @Param('period') period: string,
    @Query() query: FreshOrPast,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.QuotaPeriodBody> {
    const known = await this.questions.known(query);
    const facts = known.book.get(period);
    if (facts === undefined) throw nothingOf(period, known);
    reply.header('ETag', etagOf(facts.revision));
    return periodOfFacts(facts, known);
  }

  @Get(':period/history')
  @Answers(api.QuotaHistoryBody, 'All that was ever recorded of one half-year', 'Also what was taken back since.')
  async readQuotaHistory(
    @Param('period') period: string,
    @Query() query: FreshOrPast,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<api.QuotaHistoryBody> {
    const known = await this.questions.known(query);
    const history = historyOf(known, period);
    if (history === undefined) throw nothingOf(period, known);
    reply.header('ETag', etagOf(history.revision));
    return history;
  }

  @Get(':period/allocation')
  @Answers(
    api.AllocationBody,
    'How the total is divided over the municipalities',
    'total × inhabitants / inhabitants of the country, each rounded for itself (art. 29 of the Housing Act 2014).',
  )
  async readAllocation(@Param('period') period: string, @Query() query: FreshOrPast): Promise<api.AllocationBody> {
    const known = await this.questions.known(query);
    const facts = known.book.get(period);
    if (facts === undefined) throw nothingOf(period, known);
    const body = allocationBody(facts, known);
    return { ...this.questions.dayOf(query, body.parked !== null || body.referenceParked !== null), ...body };
  }

  @Get(':period/standings')
  @Answers(
    api.QuotaStandingsBody,
    'Quota, balance and realisation: of the country, provinces or municipalities',
    'Arrears carry over from half-year to half-year without an end. Nationally published figures reckon on the statutory total (`national`); sums of municipal quotas are higher by the rounding.',
  )
  async listQuotaStandings(
    @Param('period') period: string,
    @Query() query: api.QuotaStandingQuery,
  ): Promise<api.QuotaStandingsBody> {
    const answered = await this.questions.ledgers(periodIn(period), query);
    return standingRows(answered, query.level ?? 'municipality');
  }

  @Get(':period/municipalities/:municipality')
  @Answers(api.MunicipalLedgerBody, 'The ledger of one municipality, month by month')
  async readMunicipalLedger(
    @Param('period') period: string,
    @Param('municipality') municipality: string,
    @Query() query: FreshOrPast,
  ): Promise<api.MunicipalLedgerBody> {
    const answered = await this.questions.ledgers(periodIn(period), query);
    const ledger = municipalPeriods(answered, municipality);
    if (ledger.periods.length === 0) throw notFound('municipality in these half-years');
    return ledger;
  }
}

/** What cannot be read is not said to be nothing. */
function nothingOf(period: string, { parked }: QuotaKnown): Problem {
  const unreadable = parkedOf(period, parked);
  if (unreadable !== null) return new Problem('STREAM_PARKED', unreadable.reason);
  return notFound('half-year here; they are written as 2017H1');
}

function periodIn(text: string): string {
  if (!isQuotaPeriod(text)) throw notFound('half-year; they are written as 2017H1');
  return text;
}
