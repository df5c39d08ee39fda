import type { Caller } from '../access/development-identity.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { askedNow, DEFAULT_LIMIT, freshnessOf, isProvisional, type FreshOrPast } from '../http/freshness.ts';
import { invalidRequest, notFound, Problem } from '../http/problem.ts';
import type { Keyring } from '../privacy/keyring.ts';
import { positionOf, ViewUnavailable, type Views } from '../read-store/views.ts';
import type * as answers from './case-answers.api.ts';
import type * as dossiers from './dossier.api.ts';
import { countOverdue, listCases, type CaseSortKey } from './case-list.projection.ts';
import { readReference } from '../reference/reference-reading.ts';
import { readCase, type CaseReading } from './case-reading.ts';
import { dossierOf, stepsOf, timelineOf } from './dossier.ts';
import { subjectsOf } from './opening.ts';
import { sharedAlienNumbers, sharedWith } from './search.projection.ts';
import { termFigures, termsBehind, type TermQuestion } from './norm-terms.projection.ts';

type SharedNumbers = Pick<dossiers.DossierBody, 'sharedAlienNumbers' | 'sharedAlienNumbersKnown'>;
const NOTHING_SHARED: SharedNumbers = { sharedAlienNumbers: [], sharedAlienNumbersKnown: null };
const MOST_SHARED = 50;

/** Answers to questions about cases: of one case from its own stream, of many from the views. */
export class CaseQuestions {
  private readonly log: EventLog;
  private readonly views: Views;
  private readonly keyring: Keyring;
  private readonly clock: Clock;
  constructor(parts: {
    readonly log: EventLog;
    readonly views: Views;
    readonly keyring: Keyring;
    readonly clock: Clock;
  }) {
    this.log = parts.log;
    this.views = parts.views;
    this.keyring = parts.keyring;
    this.clock = parts.clock;
  }

  list(query: answers.CaseListQuery, caller: Caller): Promise<answers.CaseListBody> {
    const { list = 'all', sort = 'dueOn', cursor, limit = DEFAULT_LIMIT, minPosition, ...filter } = query;
    const descending = sort.startsWith('-');
    const by = (descending ? sort.slice(1) : sort) as CaseSortKey;
    const today = this.today();
    return this.views.read(
      'case-list',
      (db, freshness) => ({
        ...listCases(db, { list, me: caller, today, filter, sort: { by, descending }, cursor, limit }),
        freshness: freshnessOf(freshness, this.log.id),
      }),
      { minPosition },
    );
  }

  /** How many open cases have a norm term that is overdue today. */
  countOverdue(): Promise<number> {
    const today = this.today();
    return this.views.read('case-list', (db) => countOverdue(db, today));
  }

  async dossier(caseId: string, query: FreshOrPast): Promise<dossiers.DossierBody> {
    const [reading, { reference, parked: referenceParked }] = await Promise.all([
      this.reading(caseId, query),
      readReference(this.log, { asKnownOn: query.asKnownOn }),
    ]);
    const open = await this.keyring.load(subjectsOf(reading.history));
    const shared = query.asKnownOn === undefined ? await this.sharedNumbers(caseId) : NOTHING_SHARED;
    return {
      ...dossierOf(reading, { reference, open, on: query.asKnownOn ?? this.today() }),
      referenceParked,
      ...shared,
    };
  }

  /** Of now only; a dossier does not wait for the view, and is answered without it. */
  private async sharedNumbers(caseId: string): Promise<SharedNumbers> {
    try {
      return await this.views.read('search', (db, freshness) => ({
        sharedAlienNumbers: sharedWith(caseId, sharedAlienNumbers(db, { caseId, limit: MOST_SHARED })),
        sharedAlienNumbersKnown: freshnessOf(freshness, this.log.id),
      }));
    } catch (error) {
      if (error instanceof ViewUnavailable) return NOTHING_SHARED;
      throw error;
    }
  }

  async timeline(caseId: string, query: FreshOrPast): Promise<dossiers.TimelineBody> {
    const reading = await this.reading(caseId, query);
    return timelineOf(reading, await this.keyring.load(subjectsOf(reading.history)));
  }

  async nextSteps(caseId: string, query: FreshOrPast): Promise<dossiers.NextStepsBody> {
    const reading = await this.reading(caseId, query);
    const nextSteps = [...stepsOf(reading, query.asKnownOn ?? this.today())] as dossiers.NextStepsBody['nextSteps'];
    return { caseId, revision: reading.history.revision, nextSteps };
  }

  async standings(query: answers.StandingsQuery): Promise<answers.StandingsBody> {
    const question = this.termQuestion(query);
    const asked = await askedNow(this.log, this.clock);
    return this.views.read(
      'norm-terms',
      (db, freshness) => ({
        asKnownOn: question.knownOn,
        provisional: isProvisional(question.knownOn, asked, freshness),
        figures: [...termFigures(db, question)],
        freshness: freshnessOf(freshness, this.log.id),
      }),
      { minPosition: query.minPosition },
    );
  }

  standingTerms(query: answers.StandingTermsQuery): Promise<answers.StandingTermsBody> {
    const { outcome, cursor, limit = DEFAULT_LIMIT, minPosition } = query;
    const question = { ...this.termQuestion(query), ...(outcome ? { outcomes: [outcome] } : {}), cursor };
    return this.views.read(
      'norm-terms',
      (db, freshness) => {
        const { items, next } = termsBehind(db, { ...question, limit });
        return { items: [...items], next, freshness: freshnessOf(freshness, this.log.id) };
      },
      { minPosition },
    );
  }

  /** The case's own stream knows every position of this log; what cannot be read of it is said, or refused. */
  private async reading(caseId: string, { minPosition, asKnownOn }: FreshOrPast): Promise<CaseReading> {
    if (minPosition !== undefined) positionOf(minPosition, this.log.id);
    const reading = await readCase(this.log, caseId, asKnownOn);
    if (!reading) throw notFound('case');
    const nothingReadable = reading.history.state.kind === 'unknown';
    if (reading.parked && (minPosition !== undefined || nothingReadable)) {
      throw new Problem(
        'STREAM_PARKED',
        `The case is known up to revision ${reading.parked.revision - 1}: ${reading.parked.reason}`,
      );
    }
    return reading;
  }

  private termQuestion(query: answers.StandingsQuery): TermQuestion {
    const { asKnownOn: knownOn = this.today(), dueFrom, dueUntil, municipality, term } = query;
    if ((dueFrom === undefined) !== (dueUntil === undefined)) {
      const name = dueFrom === undefined ? 'dueFrom' : 'dueUntil';
      const detail = 'must be given too: a period has both ends';
      throw invalidRequest([{ in: 'query', location: { name }, code: 'required', detail }]);
    }
    const due = dueFrom !== undefined && dueUntil !== undefined ? { due: { from: dueFrom, until: dueUntil } } : {};
    return { knownOn, ...due, municipality, term };
  }

  private today(): string {
    return amsterdamDay(this.clock.now().toISOString());
  }
}
