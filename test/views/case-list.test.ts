import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import {
  CASE_LISTS,
  caseListProjection,
  countOverdue,
  listCases,
  type CaseListRequest,
} from '../../src/cases/case-list.projection.ts';
import { built, person, rowsOf, story, type Story } from './story.ts';

function rowOf(of: Story) {
  return rowsOf(caseListProjection, of).cases![0];
}

describe('Row of a case in the work list', () => {
  it('is not there before the permit', () => {
    const unknown = story('a')
      .permit('2017-01-02', [person('anna')])
      .retracted('2017-01-03', 0);
    expect(rowsOf(caseListProjection, unknown).cases).toEqual([]);
  });

  it('shows where a household stands', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna'), person('bert')])
      .on('2017-01-05', 'CaseAssigned', { assignee: 'jan', organisation: 'GM0344' })
      .linked('2017-01-12', 'GM0344')
      .on('2017-01-20', 'ImpedimentReported', {
        impedimentId: 'first',
        code: 'NO_BSN',
        owner: 'IND',
        term: null,
        note: null,
      })
      .on('2017-01-21', 'ImpedimentReported', {
        impedimentId: 'second',
        code: 'LOW_TURNOVER',
        owner: 'HOUSING_ASSOCIATION',
        term: 'HOME',
        note: null,
      });
    expect(rowOf(household)).toEqual({
      open: 1,
      status: 'OPEN',
      stage: 'AWAITING_OFFER',
      stageEnteredOn: '2017-01-12',
      municipality: 'GM0344',
      assignee: 'jan',
      organisation: 'GM0344',
      channel: 'ASYLUM',
      receptionCentre: 'Ter Apel',
      householdSize: 2,
      permitGrantedOn: '2017-01-02',
      nextTerm: 'HOME',
      dueOn: '2017-03-23',
      dueOrder: '2017-03-23',
      suspendedSince: null,
      openImpediments: 2,
      toActBy: 'IND',
      changedAt: '2017-01-21T10:00:00.000Z',
      revision: 4,
    });
  });

  it('names the owner of the impediment that is open longest', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .on('2017-01-20', 'ImpedimentReported', {
        impedimentId: 'first',
        code: 'NO_BSN',
        owner: 'IND',
        term: null,
        note: null,
      })
      .on('2017-01-21', 'ImpedimentReported', {
        impedimentId: 'second',
        code: 'LOW_TURNOVER',
        owner: 'HOUSING_ASSOCIATION',
        term: null,
        note: null,
      })
      .on('2017-01-25', 'ImpedimentResolved', { impedimentId: 'first', note: null });
    expect(rowOf(household)).toMatchObject({ openImpediments: 1, toActBy: 'HOUSING_ASSOCIATION' });
  });

  it('has no due date while the terms are suspended, and the moved one afterwards', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .on('2017-01-10', 'TermSuspended', { reason: 'MEDICAL', note: null });
    expect(rowOf(household)).toMatchObject({
      status: 'SUSPENDED',
      nextTerm: null,
      dueOn: null,
      dueOrder: '9999-12-31',
      suspendedSince: '2017-01-10',
    });
    household.on('2017-01-20', 'TermResumed', {});
    expect(rowOf(household)).toMatchObject({
      status: 'OPEN',
      nextTerm: 'LINK',
      dueOn: '2017-01-26',
      suspendedSince: null,
    });
  });

  it('has the term for the whole when it is the sooner one', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .linked('2017-03-01', 'GM0344');
    expect(rowOf(household)).toMatchObject({ nextTerm: 'WHOLE', dueOn: '2017-04-10' });
  });

  it('has the phase when it and the whole are due on one day', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .linked('2017-01-30', 'GM0344');
    expect(rowOf(household)).toMatchObject({ nextTerm: 'HOME', dueOn: '2017-04-10' });
  });

  it('keeps the day of a stage over facts that do not change it', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .linked('2017-01-12', 'GM0344')
      .on('2017-01-15', 'SearchStarted', {});
    expect(rowOf(household)).toMatchObject({ stage: 'AWAITING_OFFER', stageEnteredOn: '2017-01-12' });
  });

  it('follows a correction', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .linked('2017-01-12', 'GM0344')
      .corrected('2017-01-20', 1, { municipality: 'GM0363', occurredOn: '2017-01-11' });
    expect(rowOf(household)).toMatchObject({
      municipality: 'GM0363',
      stageEnteredOn: '2017-01-11',
      dueOn: '2017-03-22',
      revision: 2,
    });
  });

  it('keeps a term that was overdue before it was suspended', () => {
    const suspended = (on: string) =>
      story('a')
        .permit('2017-01-01', [person('anna')])
        .on(on, 'TermSuspended', { reason: 'MEDICAL', note: null });
    expect(rowOf(suspended('2017-01-16'))).toMatchObject({
      status: 'SUSPENDED',
      nextTerm: 'LINK',
      dueOn: '2017-01-15',
    });
    expect(rowOf(suspended('2017-01-15'))).toMatchObject({ status: 'SUSPENDED', nextTerm: null, dueOn: null });
  });

  it('of an ended case has no term', () => {
    const household = story('a')
      .permit('2017-01-02', [person('anna')])
      .on('2017-02-01', 'CaseClosed', { reason: 'OUT_OF_SCOPE' });
    expect(rowOf(household)).toMatchObject({ open: 0, status: 'ENDED', stage: 'ENDED', nextTerm: null, dueOn: null });
  });
});

const ME = { actor: 'jan', organisation: 'GM0344' };
const TODAY = '2017-02-01';

function assigned(caseId: string, permit: string, assignee: string, organisation: string): Story {
  return story(caseId)
    .permit(permit, [person(`${caseId}-person`)])
    .on(permit, 'CaseAssigned', { assignee, organisation });
}

describe('Work lists', () => {
  let db: Database;
  beforeAll(async () => {
    db = await built(caseListProjection, [
      assigned('mine-late', '2017-01-01', 'jan', 'GM0344'),
      assigned('mine', '2017-01-20', 'jan', 'GM0344'),
      assigned('mine-due-today', '2017-01-18', 'jan', 'GM0344'),
      assigned('colleague', '2017-01-21', 'kim', 'GM0344'),
      assigned('namesake', '2017-01-22', 'jan', 'GM0363'),
      story('nobody').permit('2017-01-23', [person('nobody-1'), person('nobody-2')]),
      story('nobody-late').permit('2017-01-10', [person('nobody-late-1')]),
      assigned('released', '2017-01-24', 'jan', 'GM0344').on('2017-01-25', 'CaseReleased', {}),
      assigned('mine-ended', '2017-01-02', 'jan', 'GM0344').on('2017-01-25', 'CaseClosed', { reason: 'OTHER' }),
      assigned('mine-suspended', '2017-01-03', 'jan', 'GM0344').on('2017-01-05', 'TermSuspended', {
        reason: 'MEDICAL',
        note: null,
      }),
      story('nobody-late-suspended')
        .permit('2017-01-08', [person('nobody-late-suspended-1')])
        .on('2017-01-23', 'TermSuspended', { reason: 'MEDICAL', note: null }),
      story('b-same-day').permit('2017-01-23', [person('b-same-day-1')]),
      story('linked')
        .permit('2017-01-05', [person('linked-1')], { channel: 'RESETTLEMENT' })
        .linked('2017-01-15', 'GM0363'),
    ]);
  });

  function ids(request: Partial<CaseListRequest>): string[] {
    return listCases(db, { list: 'all', me: ME, today: TODAY, limit: 100, ...request }).items.map((it) => it.caseId);
  }

  it('hold each case exactly where it belongs, soonest term first, none last, ties by id', () => {
    expect(ids({ list: 'mine' })).toEqual(['mine-late', 'mine-due-today', 'mine', 'mine-suspended']);
    expect(ids({ list: 'team' })).toEqual(['mine-late', 'mine-due-today', 'mine', 'colleague', 'mine-suspended']);
    expect(ids({ list: 'unassigned' })).toEqual([
      'nobody-late-suspended',
      'nobody-late',
      'b-same-day',
      'nobody',
      'released',
      'linked',
    ]);
    expect(ids({ list: 'overdue' })).toEqual(['mine-late', 'nobody-late-suspended', 'nobody-late']);
    expect(ids({ list: 'all' })).toEqual([
      'mine-late',
      'nobody-late-suspended',
      'nobody-late',
      'mine-due-today',
      'mine',
      'colleague',
      'namesake',
      'b-same-day',
      'nobody',
      'released',
      'linked',
      'mine-ended',
      'mine-suspended',
    ]);
  });

  it('work out what is overdue against the day of asking', () => {
    expect(ids({ list: 'overdue', today: '2017-01-15' })).toEqual([]);
    expect(ids({ list: 'overdue', today: '2017-02-02' })).toEqual([
      'mine-late',
      'nobody-late-suspended',
      'nobody-late',
      'mine-due-today',
    ]);
    expect([TODAY, '2017-02-02'].map((today) => countOverdue(db, today))).toEqual([3, 4]);
    const items = listCases(db, { list: 'mine', me: ME, today: TODAY, limit: 100 }).items;
    expect(items.map(({ daysLeft }) => daysLeft)).toEqual([-17, 0, 2, null]);
  });

  it.each<[string, Partial<CaseListRequest>['filter'] & object, string[]]>([
    ['municipality', { municipality: 'GM0363' }, ['linked']],
    ['stage', { stage: 'AWAITING_OFFER' }, ['linked']],
    ['channel', { channel: 'RESETTLEMENT' }, ['linked']],
    ['status', { status: 'SUSPENDED' }, ['nobody-late-suspended', 'mine-suspended']],
    ['status ended', { status: 'ENDED' }, ['mine-ended']],
    ['household size from', { householdSizeMin: 2 }, ['nobody']],
    ['household size up to', { householdSizeMax: 1, assignee: 'kim' }, ['colleague']],
    ['assignee', { assignee: 'jan', municipality: 'GM0363' }, []],
  ])('are narrowed by %s', (_, filter, expected) => {
    expect(ids({ filter })).toEqual(expected);
  });

  it.each(CASE_LISTS.flatMap((list) => [1, 2, 3, 100].map((limit) => ({ list, limit }))))(
    'give $list whole over pages of $limit',
    ({ list, limit }) => {
      for (const by of ['dueOn', 'permitGrantedOn', 'stageEnteredOn', 'householdSize', 'changedAt'] as const) {
        for (const descending of [false, true]) {
          const sort = { by, descending };
          const paged: string[] = [];
          let cursor: string | undefined;
          do {
            const page = listCases(db, {
              list,
              me: ME,
              today: TODAY,
              sort,
              limit,
              ...(cursor === undefined ? {} : { cursor }),
            });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            paged.push(...page.items.map((it) => it.caseId));
            cursor = page.next ?? undefined;
          } while (cursor !== undefined);
          const whole = ids({ list, sort });
          expect(paged).toEqual(whole);
          expect(whole).toEqual(ids({ list, sort: { by, descending: !descending } }).toReversed());
          expect(new Set(whole)).toEqual(new Set(ids({ list })));
        }
      }
    },
  );

  it.each([
    ['what is no cursor', 'nonsense'],
    ['the cursor of another order', Buffer.from('["changedAt asc","2017","x"]').toString('base64url')],
    ['a cursor with another number of values', Buffer.from('["dueOn asc","2017"]').toString('base64url')],
    ['a cursor with other things in it', Buffer.from('["dueOn asc",{},"x"]').toString('base64url')],
  ])('refuse %s', (_, cursor) => {
    expect(() => ids({ cursor })).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
  });
});
