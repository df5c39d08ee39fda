import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import {
  normTermsProjection,
  termFigures,
  termsBehind,
  type TermFigures,
  type TermQuestion,
} from '../../src/cases/norm-terms.projection.ts';
import { outcomeOf, termStandings, TERM_OUTCOMES, type TermOutcome } from '../../src/journey/norm-terms.ts';
import { DEFAULT_NORM_TERMS } from '../../src/reference/reference.ts';
import { built, person, REFERENCE, referenceEvents, rowsOf, story, type Story } from './story.ts';

describe('Rows of norm terms', () => {
  it('are the standing of every term, each on its own', () => {
    const household = story('a')
      .permit('2017-01-01', [person('anna')])
      .linked('2017-01-10', 'GM0344')
      .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01')
      .moved('2017-05-11', ['anna']);
    const rows = rowsOf(normTermsProjection, household).terms!;
    expect(rows.map(({ term, startedOn, dueOn, metOn }) => [term, startedOn, dueOn, metOn])).toEqual([
      ['LINK', '2017-01-01', '2017-01-15', '2017-01-10'],
      ['HOME', '2017-01-10', '2017-03-21', '2017-03-02'],
      ['MOVE', '2017-05-01', '2017-05-15', '2017-05-11'],
      ['WHOLE', '2017-01-01', '2017-04-09', '2017-05-11'],
    ]);
  });

  it('have no due day while a term stands still, unless it had passed before', () => {
    const household = story('a')
      .permit('2017-01-01', [person('anna')])
      .on('2017-01-20', 'TermSuspended', { reason: 'MEDICAL', note: null });
    const rows = rowsOf(normTermsProjection, household).terms!;
    expect(rows.map(({ term, dueOn, suspendedSince }) => [term, dueOn, suspendedSince])).toEqual([
      ['LINK', '2017-01-15', '2017-01-20'],
      ['WHOLE', null, '2017-01-20'],
    ]);
  });
});

describe('A term', () => {
  const outcomes = async (of: Story): Promise<string[]> => {
    const terms = termsBehind(await built(normTermsProjection, [of]), { knownOn: '2018-01-01', limit: 10 }).items;
    return terms.map(({ term, outcome }) => `${term} ${outcome}`);
  };
  const household = () => story('a').permit('2017-01-01', [person('anna')]);

  it('that stops on its due day was not late', async () => {
    expect(await outcomes(household().on('2017-01-15', 'CaseClosed', { reason: 'OTHER' }))).toEqual([
      'LINK STOPPED',
      'WHOLE STOPPED',
    ]);
  });

  it('that stops on the day after was', async () => {
    expect(await outcomes(household().on('2017-01-16', 'CaseClosed', { reason: 'OTHER' }))).toContain(
      'LINK STOPPED_LATE',
    );
  });

  it('has come to the same in the query as in the dossier, on every day', async () => {
    const suspended = (on: string) => household().on(on, 'TermSuspended', { reason: 'MEDICAL', note: null });
    const cases = [
      household(),
      household().linked('2017-01-15', 'GM0344'),
      household().linked('2017-01-16', 'GM0344'),
      household().on('2017-01-15', 'CaseClosed', { reason: 'OTHER' }),
      household().on('2017-01-16', 'CaseClosed', { reason: 'OTHER' }),
      suspended('2017-01-15'),
      suspended('2017-01-16'),
      suspended('2017-01-10').on('2017-01-12', 'TermResumed', {}),
    ];
    const seen = new Set<TermOutcome>();
    for (const of of cases) {
      const db = await built(normTermsProjection, [of]);
      const last = of.events.at(-1)!.metadata.recordedAt.slice(0, 10);
      for (const knownOn of [last, '2017-01-16', '2017-01-17', '2017-01-18', '2018-01-01'].filter((on) => on >= last)) {
        const expected = termStandings(of.history(), REFERENCE).map((one) => `${one.term} ${outcomeOf(one, knownOn)}`);
        const terms = termsBehind(db, { knownOn, limit: 10 }).items;
        for (const { outcome } of terms) seen.add(outcome);
        expect(terms.map(({ term, outcome }) => `${term} ${outcome}`).sort()).toEqual(expected.sort());
      }
    }
    expect([...seen].sort()).toEqual(TERM_OUTCOMES.toSorted());
  });

  it('that is suspended on its due day is not overdue', async () => {
    const suspended = household().on('2017-01-15', 'TermSuspended', { reason: 'MEDICAL', note: null });
    expect(await outcomes(suspended)).toEqual(['LINK SUSPENDED', 'WHOLE SUSPENDED']);
  });

  it('that was overdue when it was suspended stays so', async () => {
    const suspended = household().on('2017-01-16', 'TermSuspended', { reason: 'MEDICAL', note: null });
    expect(await outcomes(suspended)).toEqual(['LINK OVERDUE', 'WHOLE SUSPENDED']);
  });
});

describe('Standing of norm terms', () => {
  let db: Database;
  beforeAll(async () => {
    db = await built(
      normTermsProjection,
      [
        story('in-time')
          .permit('2017-01-01', [person('a')])
          .linked('2017-01-15', 'GM0344'),
        story('late')
          .permit('2017-01-02', [person('b')])
          .linked('2017-01-20', 'GM0344'),
        story('open').permit('2017-01-03', [person('c')]),
        story('stopped')
          .permit('2017-01-04', [person('d')])
          .on('2017-01-10', 'CaseClosed', { reason: 'OTHER' }),
        story('stopped-late')
          .permit('2017-01-05', [person('e')])
          .on('2017-02-01', 'CaseClosed', { reason: 'OTHER' }),
        story('suspended')
          .permit('2017-01-06', [person('f')])
          .on('2017-01-08', 'TermSuspended', { reason: 'MEDICAL', note: null }),
        story('registered-late')
          .permit('2017-01-07', [person('g')])
          .recorded('2017-02-10')
          .linked('2017-01-19', 'GM0363'),
      ],
      {
        reference: referenceEvents({
          recordedOn: '2017-03-01',
          event: { type: 'NormTermsSet', data: { ...DEFAULT_NORM_TERMS, linkDays: 28 } },
        }),
      },
    );
  });

  const PERIOD = { from: '2017-01-01', until: '2017-01-31' };

  function link(question: TermQuestion) {
    const sum = { inTime: 0, late: 0, overdue: 0, running: 0, suspended: 0, stopped: 0, stoppedLate: 0, fellDue: 0 };
    for (const it of termFigures(db, { term: 'LINK', ...question })) {
      sum.inTime += it.metInTime;
      sum.late += it.metLate;
      sum.overdue += it.overdue;
      sum.running += it.running;
      sum.suspended += it.suspended;
      sum.stopped += it.stopped;
      sum.stoppedLate += it.stoppedLate;
      sum.fellDue += it.fellDue;
    }
    return sum;
  }

  it('counts what fell due in a period, in time or late, and what is overdue', () => {
    expect(link({ knownOn: '2017-02-28', due: PERIOD })).toEqual({
      inTime: 2,
      late: 1,
      overdue: 1,
      running: 0,
      suspended: 0,
      stopped: 1,
      stoppedLate: 1,
      fellDue: 5,
    });
  });

  it('stands as it was known on a past day', () => {
    expect(link({ knownOn: '2017-01-18', due: PERIOD })).toEqual({
      inTime: 1,
      late: 0,
      overdue: 2,
      running: 2,
      suspended: 0,
      stopped: 1,
      stoppedLate: 0,
      fellDue: 3,
    });
  });

  it('includes the due day', () => {
    expect(link({ knownOn: '2017-01-17', due: { from: '2017-01-17', until: '2017-01-17' } })).toMatchObject({
      running: 1,
      overdue: 0,
    });
    expect(link({ knownOn: '2017-01-18', due: { from: '2017-01-17', until: '2017-01-17' } })).toMatchObject({
      running: 0,
      overdue: 1,
    });
  });

  it('follows the rules known on the day asked for', () => {
    expect(link({ knownOn: '2017-02-28' })).toMatchObject({ inTime: 2, late: 1 });
    expect(link({ knownOn: '2017-03-01' })).toMatchObject({ inTime: 3, late: 0 });
  });

  it('counts what stands still where no period is asked for', () => {
    expect(link({ knownOn: '2017-02-28' })).toMatchObject({ suspended: 1, fellDue: 5 });
  });

  it('is told by municipality', () => {
    const figures = termFigures(db, { knownOn: '2017-02-28', due: PERIOD });
    expect(figures.map(({ municipality, term, fellDue }) => [municipality, term, fellDue])).toEqual([
      [null, 'LINK', 2],
      ['GM0344', 'LINK', 2],
      ['GM0363', 'LINK', 1],
    ]);
    expect(termFigures(db, { knownOn: '2017-02-28', due: PERIOD, municipality: 'GM0363' })).toHaveLength(1);
  });

  it('has exactly the cases behind every figure', () => {
    const outcomes: Record<TermOutcome, keyof TermFigures> = {
      MET_IN_TIME: 'metInTime',
      MET_LATE: 'metLate',
      OVERDUE: 'overdue',
      RUNNING: 'running',
      SUSPENDED: 'suspended',
      STOPPED: 'stopped',
      STOPPED_LATE: 'stoppedLate',
    };
    for (const knownOn of ['2016-12-31', '2017-01-18', '2017-02-28', '2017-03-01', '2017-09-01']) {
      for (const due of [undefined, PERIOD, { from: '2017-01-16', until: '2017-01-19' }]) {
        const question: TermQuestion = { knownOn, ...(due ? { due } : {}) };
        const figures = termFigures(db, question);
        for (const [outcome, figure] of Object.entries(outcomes) as [TermOutcome, keyof TermFigures][]) {
          const expected = figures.reduce((sum, it) => sum + Number(it[figure]), 0);
          const listed = termsBehind(db, { ...question, outcomes: [outcome], limit: 100 }).items;
          expect([knownOn, outcome, listed.length]).toEqual([knownOn, outcome, expected]);
        }
      }
    }
  });

  it('lists cases soonest due first, over pages', () => {
    const whole = termsBehind(db, { knownOn: '2017-02-28', limit: 100 }).items;
    expect(whole.at(0)).toMatchObject({ caseId: 'in-time', term: 'LINK', outcome: 'MET_IN_TIME' });
    expect(whole.at(-1)).toMatchObject({ caseId: 'suspended', outcome: 'SUSPENDED', dueOn: null });
    const paged = [];
    let cursor: string | undefined;
    do {
      const page = termsBehind(db, { knownOn: '2017-02-28', limit: 2, ...(cursor ? { cursor } : {}) });
      paged.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(paged).toEqual(whole);
  });
});
