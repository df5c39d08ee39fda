import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Question } from '../../src/selections/question.ts';
import type { Measured, MeasureName } from '../../src/bottlenecks/measures.ts';
import { filterOf } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import { person, story, type Story } from '../views/story.ts';
import { OwnCases } from './own-cases.ts';

jest.setTimeout(60_000);

const DAY = 86_400;
let cases: OwnCases | undefined;
afterEach(() => cases?.[Symbol.asyncDispose]());

async function asked<M extends MeasureName>(
  name: M,
  stories: readonly Story[],
  question: Question = { now: '2017-06-30' },
): Promise<Measured<M>> {
  cases = await OwnCases.of(...stories);
  return cases.asked(name, question);
}

/** Permit on 1 January, link after `link` days; offer, tenancy and move, if any, so many days after the permit. */
function journey(
  caseId: string,
  link: number,
  rest: readonly [offer: number, tenancy: number, move?: number] | [] = [],
): Story {
  const on = (days: number): string => new Date(Date.UTC(2017, 0, 1 + days)).toISOString().slice(0, 10);
  const of = story(caseId)
    .permit(on(0), [person(`anna of ${caseId}`)])
    .linked(on(link), 'GM0344');
  const [offer, tenancy, move] = rest;
  if (offer === undefined || tenancy === undefined) return of;
  of.housed(on(offer), on(offer), on(offer), on(tenancy), `home of ${caseId}`);
  return move === undefined ? of : of.moved(on(move), [`anna of ${caseId}`]);
}

/** Link after 9, 14 and 20 days; housed after 130, 90 days; the last still searches. */
function three(): readonly Story[] {
  return [journey('a', 9, [60, 120, 130]), journey('b', 14, [80, 84, 90]), journey('c', 20)];
}

describe('Phases', () => {
  it('are told with their percentiles, and how many met their norm of all that fell due', async () => {
    const { on, phases } = await asked('phases', three());
    expect(on).toBe('2017-06-30');
    expect(phases.map(({ phase }) => phase)).toEqual(['LINK', 'HOME', 'TENANCY', 'MOVE', 'WHOLE']);
    const [link, home, tenancy, , whole] = phases;
    // 9, 14 and 20 days: numpy.percentile gives 14, 17, 18.8 and 19.4.
    expect(link!.seconds).toMatchObject({ min: 9 * DAY, median: 14 * DAY, p75: 17 * DAY, max: 20 * DAY });
    expect(link!.seconds!.p90 / DAY).toBeCloseTo(18.8, 9);
    expect(link!.seconds!.p95 / DAY).toBeCloseTo(19.4, 9);
    expect(link).toMatchObject({ runs: 3, reached: 3, due: 3, inTime: 2, late: 1, share: 2 / 3 });
    // Due after 70 days: 51 and 66 days are in time, and the open one is overdue.
    expect(home).toMatchObject({ runs: 3, reached: 2, open: 1, due: 3, inTime: 2, openOverdue: 1, share: 2 / 3 });
    expect(tenancy).toMatchObject({ due: 0, withoutDue: 2, share: null });
    // Every phase of the first was in time, and the whole was late: 98 days.
    expect(whole).toMatchObject({ due: 3, inTime: 1, late: 1, openOverdue: 1, share: 1 / 3 });
  });

  it('have fallen due from the day after their due day, met or not', async () => {
    const due = async (now: string) => (await cases!.asked('phases', { now })).phases[0];
    await asked('phases', [journey('a', 9)]);
    expect(await due('2017-01-15')).toMatchObject({ due: 0, notYetDue: 1, share: null });
    expect(await due('2017-01-16')).toMatchObject({ due: 1, inTime: 1, notYetDue: 0 });
  });

  it('that stopped in time never fell due; those that stopped late did', async () => {
    const left = (caseId: string, on: string): Story =>
      story(caseId)
        .permit('2017-01-01', [person(caseId)])
        .on(on, 'HouseholdDeparted', { personIds: [caseId] });
    const { phases } = await asked('phases', [left('a', '2017-01-10'), left('b', '2017-02-01')]);
    expect(phases[0]).toMatchObject({ stopped: 2, due: 1, stoppedLate: 1, stoppedInTime: 1, share: 0 });
  });

  it('show suspended time apart, and leave it out if asked', async () => {
    const suspended = journey('a', 10)
      .on('2017-01-21', 'TermSuspended', { reason: 'MEDICAL', note: null })
      .on('2017-01-31', 'TermResumed', {})
      .housed('2017-03-02', '2017-03-02', '2017-03-02', '2017-03-05');
    const home = async (question: Question) =>
      (await cases!.asked('phases', { now: '2017-06-30', ...question })).phases[1];
    await asked('phases', [suspended]);
    expect(await home({})).toMatchObject({ suspendedSeconds: 10 * DAY, seconds: { median: 50 * DAY } });
    expect(await home({ withoutSuspended: true })).toMatchObject({
      suspendedSeconds: 10 * DAY,
      seconds: { median: 40 * DAY },
    });
  });

  it('that stand still have no due date meanwhile', async () => {
    const still = journey('a', 10).on('2017-01-21', 'TermSuspended', { reason: 'MEDICAL', note: null });
    const { phases } = await asked('phases', [still], { now: '2017-01-31' });
    expect(phases[1]).toMatchObject({ open: 1, suspended: 1, withoutDue: 1, suspendedSeconds: 10 * DAY });
  });

  it('can be asked for some of the cases', async () => {
    const { phases } = await asked('phases', three(), { now: '2017-06-30', filters: [filterOf('case=a|b')] });
    expect(phases[0]).toMatchObject({ phase: 'LINK', cases: 2 });
  });
});

describe('Own cases', () => {
  it('live from the permit to the first move that counts', async () => {
    const { cases: count, open, seconds } = await asked('lifetime', three());
    expect({ count, open, median: seconds!.median }).toEqual({ count: 2, open: 1, median: 110 * DAY });
  });

  it('are followed until they have left, or until today', async () => {
    const left = journey('d', 10).on('2017-01-21', 'HouseholdDeparted', { personIds: ['anna of d'] });
    const { cases: count, events, censored, curve } = await asked('survival', [...three(), left]);
    expect({ count, events, censored }).toEqual({ count: 4, events: 2, censored: 2 });
    // Who left after 20 days was at risk until then only.
    expect(curve).toEqual([
      { seconds: 90 * DAY, atRisk: 3, events: 1, survival: 1 - 1 / 3 },
      { seconds: 130 * DAY, atRisk: 2, events: 1, survival: (1 - 1 / 3) * 0.5 },
    ]);
    expect(await cases!.asked('lifetime', { now: '2017-06-30' })).toMatchObject({ cases: 2, open: 1, censored: 1 });
  });

  it('age in the phase they are in, whatever is recorded meanwhile', async () => {
    const moved = journey('c', 20)
      .on('2017-02-01', 'SearchStarted', {})
      .on('2017-02-11', 'TermSuspended', { reason: 'MEDICAL', note: null })
      .on('2017-02-21', 'TermResumed', {});
    const { phases, cases: count } = await asked('aging', [journey('a', 9, [60, 120, 130]), moved], {
      now: '2017-06-30',
    });
    expect(count).toBe(1);
    expect(phases).toEqual([
      {
        activity: 'HOME',
        cases: 1,
        seconds: { min: 160 * DAY, median: 160 * DAY, p85: 160 * DAY, p95: 160 * DAY, max: 160 * DAY },
        bands: { p50: 51 * DAY, p85: 51 * DAY, p95: 51 * DAY },
      },
    ]);
  });

  it('wait for a new link after the old one was revoked', async () => {
    const revoked = journey('c', 20).on('2017-02-01', 'LinkRevoked', { reason: 'MEDICAL', note: null });
    const { phases } = await asked('aging', [revoked], { now: '2017-02-11' });
    expect(phases.map(({ activity, seconds }) => [activity, seconds.max / DAY])).toEqual([['RELINK', 10]]);
  });

  it('are on time by the term for the whole, as everywhere else', async () => {
    expect(await asked('on-time', three())).toEqual({
      cases: 3,
      due: 3,
      onTime: 1,
      late: 1,
      openOverdue: 1,
      stoppedLate: 0,
      stoppedInTime: 0,
      notYetDue: 0,
      withoutDue: 0,
      share: 1 / 3,
    });
  });

  it.each(['startAttribute', 'endAttribute', 'dueAttribute'])('take no other date than their own: %s', async (term) => {
    await expect(asked('lifetime', three(), { now: '2017-06-30', [term]: 'dueOn' })).rejects.toThrow(
      /dates of their own/,
    );
  });

  it('stand in the phases of their journey, opening + in − out = closing', async () => {
    const { phases } = await asked('flow', three());
    expect(phases.map(({ activity, days }) => [activity, days.at(-1)!.closing])).toEqual([
      ['HOME', 1],
      ['LINK', 0],
      ['MOVE', 0],
      ['TENANCY', 0],
    ]);
    for (const { days } of phases) {
      let closing = 0;
      for (const day of days) {
        expect(day.opening).toBe(closing);
        expect(day.opening + day.arrivals - day.departures).toBe(day.closing);
        closing = day.closing;
      }
    }
  });

  it('are open on a day that has been told, not on that of the last event', async () => {
    await asked('arrivals', three());
    await expect(cases!.asked('survival', {})).rejects.toThrow(/on a day: say which/);
    const age = async (question: Question) => (await cases!.asked('aging', question)).seconds!.max / DAY;
    expect(await age({ now: '2017-06-30' })).toBe(180);
    // As known on a day, that day is the last that can be asked for.
    expect(await age({ now: '2017-06-30', asKnownOn: epochDay('2017-05-31') })).toBe(150);
  });

  it.each([
    ['permit=2017-01-01', 3],
    ['link=2017-01-10..2017-01-15', 2],
    ['move-in=2017-05-01..', 1],
    ['impediment=NO_BSN', 1],
    ['impediment!=NO_BSN', 2],
    ['municipality=GM0344', 3],
    ['householdSize=1', 3],
    ['housedOn=2017-05-11', 1],
    ['completed=2017-01-01..2017-06-30', 2],
    ['within=2017-01-01..2017-05-01', 1],
    // Of one that is open nothing may have been recorded for a long time.
    ['active=2017-06-01..2017-06-30', 1],
    ['active=2017-05-01..2017-05-31', 2],
  ])('are chosen by %s: %d', async (filter, count) => {
    const [first, ...others] = three();
    const held = first!.on('2017-05-12', 'ImpedimentReported', {
      impedimentId: 'i',
      code: 'NO_BSN',
      owner: 'MUNICIPALITY',
      term: 'LINK',
      note: null,
    });
    const question = { now: '2017-06-30', filters: [filterOf(filter)] };
    expect((await asked('throughput', [held, ...others], question)).cases).toBe(count);
    expect((await cases!.asked('phases', question)).phases.at(-1)!.cases).toBe(count);
  });

  it('have the rework of today after a date between others was corrected, and that of a past day', async () => {
    const twice = journey('a', 4)
      .on('2017-01-06', 'SearchStarted', {})
      .offered('2017-01-10', 'first')
      .on('2017-01-12', 'OfferWithdrawn', { offerId: 'first', reason: 'OTHER' })
      .offered('2017-01-20', 'second')
      .on('2017-02-20', 'OfferAccepted', { offerId: 'second' });
    const second = twice.events.findLastIndex(({ type }) => type === 'HomeOffered');
    twice.corrected('2017-03-01', second, { occurredOn: '2017-01-30' });
    const offered = async (question: Question) => (await cases!.asked('rework', question)).HomeOffered;
    const now = '2017-04-01';
    expect((await asked('rework', [twice], { now })).HomeOffered).toMatchObject({ cases: 1, seconds: 18 * DAY });
    expect(await offered({ now, asKnownOn: epochDay('2017-02-28') })).toMatchObject({ cases: 1, seconds: 8 * DAY });
  });

  it('that a condition leaves out are counted among the closed ones, where only these are asked for', async () => {
    const left = (caseId: string, municipality: string): Story =>
      story(caseId)
        .permit('2017-01-01', [person(caseId)])
        .linked('2017-01-10', municipality)
        .on('2017-02-01', 'HouseholdDeparted', { personIds: [caseId] });
    const open = ['d', 'e', 'f'].map((caseId) =>
      story(caseId)
        .permit('2017-01-01', [person(caseId)])
        .linked('2017-01-10', 'GM0363'),
    );
    cases = await OwnCases.of(left('a', 'GM0344'), left('b', 'GM0344'), left('c', 'GM0363'), ...open);
    const question = { now: '2017-06-30', filters: [filterOf('municipality=GM0344')] };
    const leftOut = async (more: Question) => (await Selection.of(cases!.store, { ...question, ...more })).leftOut();
    expect(await leftOut({})).toEqual([4]);
    // By both together, by having ended, and by the municipality: of those that have ended, one.
    expect(await leftOut({ closed: true })).toEqual([4, 0, 1]);
    // And in how many each of several values makes the difference, whichever way round it is said.
    const either = ['municipality=GM0344|GM0363|GM0344', 'municipality!=GM0344|GM0363'].map(filterOf);
    expect(await leftOut({ filters: [either[0]!] })).toEqual([0, 2, 4]);
    expect(await leftOut({ filters: [either[1]!] })).toEqual([6, 2, 4]);
  });

  it('are not counted in working days where terms are', async () => {
    await expect(asked('phases', three(), { now: '2017-06-30', workingDays: true })).rejects.toThrow(/calendar days/);
  });
});

describe('Impediments', () => {
  const held = (of: Story, id: string, code: 'NO_BSN' | 'LINK_LATE', from: string, until?: string): Story => {
    const owner = code === 'NO_BSN' ? 'MUNICIPALITY' : 'COA';
    of.on(from, 'ImpedimentReported', { impedimentId: `${id} of ${of.stream}`, code, owner, term: 'LINK', note: null });
    if (until === undefined) return of;
    return of.on(until, 'ImpedimentResolved', { impedimentId: `${id} of ${of.stream}`, note: null });
  };

  it('count a day of a case once, however many hold it up', async () => {
    const of = held(
      held(story('a').permit('2017-01-01', [person('anna')]), 'i', 'NO_BSN', '2017-01-05'),
      'j',
      'LINK_LATE',
      '2017-01-09',
      '2017-01-13',
    );
    of.on('2017-01-15', 'ImpedimentResolved', { impedimentId: 'i of case-a', note: null });
    held(of, 'k', 'NO_BSN', '2017-01-16', '2017-01-20');
    const { total, codes, owners, phases } = await asked('impediments', [of]);
    expect(total).toMatchObject({ caseDays: 14, waitingCaseDays: 14, cases: 1, open: 0 });
    expect(codes.map(({ code, caseDays }) => [code, caseDays])).toEqual([
      ['NO_BSN', 14],
      ['LINK_LATE', 4],
    ]);
    expect(owners.map(({ owner, caseDays }) => [owner, caseDays])).toEqual([
      ['MUNICIPALITY', 14],
      ['COA', 4],
    ]);
    expect(phases.map(({ phase, caseDays }) => [phase, caseDays])).toEqual([['LINK', 14]]);
  });

  it('are spread over the months in which they were open', async () => {
    const one = held(story('a').permit('2017-01-01', [person('anna')]), 'i', 'NO_BSN', '2017-01-25', '2017-03-03');
    const two = held(story('b').permit('2017-01-01', [person('bert')]), 'i', 'NO_BSN', '2017-02-27');
    const { total } = await asked('impediments', [one, two], { now: '2017-03-05' });
    expect(total).toMatchObject({ caseDays: 7 + 28 + 2 + 2 + 4, cases: 2, open: 1 });
    expect(total.months).toEqual([
      { month: '2017-01', caseDays: 7, cases: 1 },
      { month: '2017-02', caseDays: 28 + 2, cases: 2 },
      { month: '2017-03', caseDays: 2 + 4, cases: 2 },
    ]);
  });

  it('of no day, reported and resolved on one, take nothing from others of their month', async () => {
    const one = held(story('a').permit('2017-01-01', [person('anna')]), 'i', 'NO_BSN', '2017-01-05', '2017-01-05');
    held(one, 'j', 'NO_BSN', '2017-01-10', '2017-01-20');
    held(one, 'k', 'NO_BSN', '2017-01-15', '2017-02-03');
    const { total } = await asked('impediments', [one], { now: '2017-03-05' });
    expect(total.months).toEqual([
      { month: '2017-01', caseDays: 22, cases: 1 },
      { month: '2017-02', caseDays: 2, cases: 1 },
    ]);
  });

  it('that were never resolved end with the waiting of their case; after it, with the case', async () => {
    const housed = held(story('a').permit('2017-01-01', [person('anna of a')]), 'i', 'NO_BSN', '2017-01-02')
      .linked('2017-01-10', 'GM0344')
      .housed('2017-02-01', '2017-02-01', '2017-02-01', '2017-02-05')
      .moved('2017-02-11', ['anna of a']);
    held(housed, 'j', 'LINK_LATE', '2017-02-21');
    const { total } = await asked('impediments', [housed], { now: '2017-03-03' });
    expect(total).toMatchObject({ caseDays: 40 + 10, waitingCaseDays: 40, laterCases: 1, open: 1 });
    const closed = housed.on('2017-02-26', 'CaseClosed', { reason: 'HOUSED' });
    const after = await asked('impediments', [closed], { now: '2017-03-03' });
    expect(after.total).toMatchObject({ caseDays: 40 + 5, waitingCaseDays: 40, open: 0 });
  });

  it('are none where none was reported', async () => {
    expect((await asked('impediments', three())).total).toEqual({
      caseDays: 0,
      waitingCaseDays: 0,
      cases: 0,
      laterCases: 0,
      open: 0,
      months: [],
    });
  });
});
