import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { createCaseTables } from '../../src/case-table/case-store.ts';
import type { Delay } from '../../src/bottlenecks/delay.ts';
import { measure } from '../../src/bottlenecks/measures.ts';
import type { Question } from '../../src/selections/question.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import { person, referenceEvents, story, type Story } from '../views/story.ts';
import { logOf, takeAllRows } from './own-cases.ts';

jest.setTimeout(60_000);

let folder: string;
let store: AnalyticStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-delay-'));
  store = await AnalyticStore.create(join(folder, 'store.duckdb'), { threads: 1 });
  await createCaseTables(store);
});
afterEach(async () => {
  await store.closeFile();
  rmSync(folder, { recursive: true });
});

async function statementOf(on: string, ...cases: readonly Story[]): Promise<Delay> {
  const log = await logOf([...referenceEvents(), ...cases.flatMap(({ events }) => events)]);
  await takeAllRows(store, log);
  await log.close();
  return asked(on);
}

function asked(on: string, question: Question = {}): Promise<Delay> {
  return measure(store, 'delay', { asKnownOn: epochDay(on), ...question });
}

/** `from → to: days`, and `code: days`. */
function told({ edges, impediments, owners }: Delay) {
  return {
    edges: edges.map(({ from, to, caseDays }) => `${from} → ${to ?? 'still open'}: ${caseDays}`).sort(),
    impediments: impediments.map(({ code, caseDays }) => `${code ?? 'none'}: ${caseDays}`).sort(),
    owners: owners.map(({ owner, caseDays }) => `${owner ?? 'none'}: ${caseDays}`).sort(),
  };
}

function linked(caseId: string): Story {
  return story(caseId)
    .permit('2017-01-01', [person(`anna of ${caseId}`)])
    .linked('2017-01-11', 'GM0344');
}

function held(of: Story, id: string, code: 'NO_BSN' | 'LINK_LATE', from: string, until?: string): Story {
  const owner = code === 'NO_BSN' ? 'MUNICIPALITY' : 'COA';
  of.on(from, 'ImpedimentReported', { impedimentId: id, code, owner, term: 'LINK', note: null });
  return until === undefined ? of : of.on(until, 'ImpedimentResolved', { impedimentId: id, note: null });
}

describe('The delay statement', () => {
  it('counts an open case until the day asked for, on the edge from its last step', async () => {
    const statement = await statementOf('2017-01-31', linked('a'));
    expect(statement.total).toEqual({ caseDays: 30, cases: 1 });
    expect(told(statement)).toEqual({
      edges: ['MunicipalityLinked → still open: 20', 'PermitGranted → MunicipalityLinked: 10'],
      impediments: ['none: 30'],
      owners: ['none: 30'],
    });
  });

  it('splits each day equally over the impediments open on it', async () => {
    const of = held(story('a').permit('2017-01-01', [person('anna')]), 'i', 'NO_BSN', '2017-01-05');
    held(of, 'j', 'LINK_LATE', '2017-01-09', '2017-01-13');
    of.on('2017-01-15', 'ImpedimentResolved', { impedimentId: 'i', note: null });
    // Four days NO_BSN alone, four days both, two days NO_BSN alone; the other ten days neither.
    expect(told(await statementOf('2017-01-21', of))).toMatchObject({
      impediments: ['LINK_LATE: 2', 'NO_BSN: 8', 'none: 10'],
      owners: ['COA: 2', 'MUNICIPALITY: 8', 'none: 10'],
    });
  });

  it('ends with the first move that counts, whatever is recorded after it', async () => {
    const housed = linked('a')
      .housed('2017-02-01', '2017-02-02', '2017-02-03', '2017-02-10')
      .moved('2017-02-11', ['anna of a']);
    held(housed, 'i', 'NO_BSN', '2017-02-12');
    const statement = await statementOf('2017-06-30', housed);
    expect(statement.total.caseDays).toBe(41);
    expect(told(statement).impediments).toEqual(['none: 41']);
  });

  it('ends with the case where that ended without a home', async () => {
    const left = linked('a').on('2017-01-21', 'HouseholdDeparted', { personIds: ['anna of a'] });
    expect(told(await statementOf('2017-06-30', left)).edges).toEqual([
      'MunicipalityLinked → CaseEnded: 10',
      'PermitGranted → MunicipalityLinked: 10',
    ]);
  });

  it('has one row of those who still waited after a step, whatever came next', async () => {
    const next = [
      linked('a').on('2017-02-01', 'SearchStarted', {}),
      linked('b').on('2017-02-05', 'LinkRevoked', { reason: 'MEDICAL', note: null }),
      linked('c'),
    ];
    await statementOf('2017-03-01', ...next);
    const { edges } = await asked('2017-03-01', { now: '2017-01-21' });
    expect(edges.map(({ from, to, caseDays, cases }) => ({ from, to, caseDays, cases }))).toEqual([
      { from: 'MunicipalityLinked', to: null, caseDays: 30, cases: 3 },
      { from: 'PermitGranted', to: 'MunicipalityLinked', caseDays: 30, cases: 3 },
    ]);
  });

  it('knows on a past day only what was known by the end of it', async () => {
    const late = linked('a').recorded('2017-03-01').on('2017-01-15', 'SearchStarted', {});
    expect(told(await statementOf('2017-02-10', late)).edges).toContain('MunicipalityLinked → still open: 30');
    expect(told(await asked('2017-03-01')).edges).toContain('MunicipalityLinked → SearchStarted: 4');
  });

  it('adds up to the total, by edge, by impediment and by owner', async () => {
    const cases = ['a', 'b', 'c'].map((caseId, index) => {
      const of = held(linked(caseId), 'i', 'NO_BSN', '2017-01-12', index === 0 ? '2017-01-20' : undefined);
      return held(of, 'j', 'LINK_LATE', `2017-01-2${index}`);
    });
    const { total, edges, impediments, owners } = await statementOf('2017-03-17', ...cases);
    for (const parts of [edges, impediments, owners]) {
      expect(parts.reduce((sum, { caseDays }) => sum + caseDays, 0)).toBeCloseTo(total.caseDays, 9);
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    }
    expect(total.caseDays).toBe(3 * 75);
  });

  it('tells apart how many of the days the terms were suspended', async () => {
    const suspended = linked('a')
      .on('2017-01-15', 'TermSuspended', { reason: 'MEDICAL', note: null })
      .on('2017-01-20', 'TermResumed', {});
    expect(await statementOf('2017-01-31', suspended)).toMatchObject({ suspendedCaseDays: 5, total: { caseDays: 30 } });
  });

  it('leaves them out of every part, if asked', async () => {
    const suspended = held(linked('a'), 'i', 'NO_BSN', '2017-01-12', '2017-01-18')
      .on('2017-01-15', 'TermSuspended', { reason: 'MEDICAL', note: null })
      .on('2017-01-17', 'ProfileAccepted', { contact: null })
      .on('2017-01-20', 'TermResumed', {});
    await statementOf('2017-01-31', suspended);
    const without = await asked('2017-01-31', { withoutSuspended: true });
    expect(without).toMatchObject({ suspendedCaseDays: 5, withoutSuspended: true, total: { caseDays: 25, cases: 1 } });
    expect(told(without)).toEqual({
      edges: [
        'MunicipalityLinked → ProfileAccepted: 4',
        'PermitGranted → MunicipalityLinked: 10',
        'ProfileAccepted → still open: 11',
      ],
      impediments: ['NO_BSN: 3', 'none: 22'],
      owners: ['MUNICIPALITY: 3', 'none: 22'],
    });
  });
});
