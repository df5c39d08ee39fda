import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import { daysBetween, epochDay } from '../../src/event-sourcing/days.ts';
import { categoryOf, type RecordedEvent } from '../../src/event-sourcing/event.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { outcomeOf, termStandings, type TermOutcome } from '../../src/journey/norm-terms.ts';
import { referenceOf } from '../../src/reference/reference.ts';
import { OwnCases, simulatedLog } from './own-cases.ts';

jest.setTimeout(300_000);

/** A case as the view has it: days are numbers since 1970-01-01. */
interface Seen {
  readonly activities: readonly { readonly activity: string; readonly day: number }[];
  readonly impediments: readonly { code: string; owner: string; fromDay: number; untilDay: number | null }[];
  readonly suspensions: readonly { fromDay: number; untilDay: number | null }[];
  readonly ended: number | null;
}

const ON = '2016-11-30';
const TODAY = epochDay(ON);
let cases: OwnCases;
const events: RecordedEvent[] = [];
const seen: Seen[] = [];

beforeAll(async () => {
  const log = await simulatedLog({ seed: 11, from: '2016-01-01', until: ON, scale: 0.005 });
  for await (const batch of log.readAll()) events.push(...batch);
  cases = await OwnCases.inLog(log, (db) => seen.push(...casesIn(db)));
  await log.close();
});
afterAll(() => cases[Symbol.asyncDispose]());

function casesIn(db: Database): readonly Seen[] {
  const of = <R>(table: string) =>
    Map.groupBy(
      db.prepare<[], R & { stream: string }>(`select * from "${table}" where knownUntil is null order by rowid`).all(),
      ({ stream }) => stream,
    );
  const activities = of<Seen['activities'][number] & { place: number }>('activities');
  const impediments = of<Seen['impediments'][number]>('impediments');
  const suspensions = of<Seen['suspensions'][number]>('suspensions');
  return [...of<{ housedDay: number | null; censoredDay: number | null }>('attributes')].map(([stream, [own]]) => ({
    activities: (activities.get(stream) ?? []).toSorted((one, other) => one.place - other.place),
    impediments: impediments.get(stream) ?? [],
    suspensions: suspensions.get(stream) ?? [],
    ended: own!.housedDay ?? own!.censoredDay,
  }));
}

/** Day by day, as the definition says it. */
function statement(withoutSuspended: boolean): Record<string, Map<string, number>> {
  const parts = {
    total: new Map<string, number>(),
    edges: new Map<string, number>(),
    codes: new Map<string, number>(),
    owners: new Map<string, number>(),
  };
  const add = (to: Map<string, number>, key: string, days: number) => to.set(key, (to.get(key) ?? 0) + days);
  for (const { activities, impediments, suspensions, ended } of seen) {
    const end = Math.min(ended ?? TODAY, TODAY);
    for (let day = activities[0]!.day; day < end; day++) {
      const isOn = (one: { fromDay: number; untilDay: number | null }): boolean =>
        one.fromDay <= day && (one.untilDay === null || day < one.untilDay);
      if (suspensions.some(isOn)) {
        add(parts.total, 'suspended', 1);
        if (withoutSuspended) continue;
      }
      const last = activities.findLastIndex((one) => one.day <= day);
      const next = activities[last + 1];
      const to = next === undefined || (ended === null && next.day > TODAY) ? null : next.activity;
      add(parts.edges, `${activities[last]!.activity} → ${to}`, 1);
      add(parts.total, 'days', 1);
      const open = impediments.filter(isOn);
      for (const { code, owner } of open) {
        add(parts.codes, code, 1 / open.length);
        add(parts.owners, owner, 1 / open.length);
      }
      if (open.length === 0) for (const to of [parts.codes, parts.owners]) add(to, 'null', 1);
    }
  }
  return parts;
}

function expectClose(found: Iterable<readonly [string, number]>, expected: ReadonlyMap<string, number>): void {
  const rounded = (all: Iterable<readonly [string, number]>) =>
    Object.fromEntries([...all].map(([key, days]) => [key, Number(days.toFixed(6))]));
  expect(rounded(found)).toEqual(rounded(expected));
}

describe('Over a simulated country', () => {
  it.each([false, true])(
    'the delay statement is that of counting day by day (without suspended: %s)',
    async (withoutSuspended) => {
      const expected = statement(withoutSuspended);
      const { total, edges, impediments, owners, suspendedCaseDays } = await cases.asked('delay', {
        now: ON,
        withoutSuspended,
      });
      expect(total.caseDays).toBe(expected.total!.get('days'));
      expect(suspendedCaseDays).toBe(expected.total!.get('suspended'));
      expectClose(
        edges.map(({ from, to, caseDays }) => [`${from} → ${to}`, caseDays] as const),
        expected.edges!,
      );
      expectClose(
        impediments.map(({ code, caseDays }) => [String(code), caseDays] as const),
        expected.codes!,
      );
      expectClose(
        owners.map(({ owner, caseDays }) => [String(owner), caseDays] as const),
        expected.owners!,
      );
      for (const parts of [edges, impediments, owners]) {
        expect(parts.reduce((sum, { caseDays }) => sum + caseDays, 0)).toBeCloseTo(total.caseDays, 4);
        expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      }
    },
  );

  it('what holds cases up while they wait is what the delay statement does not leave unexplained', async () => {
    const { total } = await cases.asked('impediments', { now: ON });
    const statement = await cases.asked('delay', { now: ON });
    const unexplained = statement.impediments.find(({ code }) => code === null)!;
    expect(total.waitingCaseDays).toBe(statement.total.caseDays - unexplained.caseDays);
  });

  it('the days of impediments add up by month, and are those of counting day by day', async () => {
    const { total, codes } = await cases.asked('impediments', { now: ON });
    for (const part of [total, ...codes])
      expect(part.months.reduce((sum, { caseDays }) => sum + caseDays, 0)).toBe(part.caseDays);
    const days = new Map<string, number>();
    for (const { impediments, ended, activities } of seen) {
      const closed = activities.findLast(({ activity }) => activity === 'CaseEnded')?.day;
      for (const code of new Set(impediments.map((one) => one.code))) {
        const on = new Set<number>();
        for (const one of impediments.filter((other) => other.code === code)) {
          const end = one.untilDay ?? (ended !== null && one.fromDay < ended ? ended : (closed ?? TODAY));
          for (let day = one.fromDay; day < Math.min(end, TODAY); day++) on.add(day);
        }
        days.set(code, (days.get(code) ?? 0) + on.size);
      }
    }
    expect(new Map(codes.map(({ code, caseDays }) => [code, caseDays]))).toEqual(days);
  });

  it('phases stand towards their norms as every work list says', async () => {
    const byStream = Map.groupBy(events, ({ stream }) => stream);
    const reference = referenceOf(events.filter(({ stream }) => categoryOf(stream) === 'reference'));
    const counts = new Map<string, Record<string, number>>();
    const took = new Map<string, number[]>();
    for (const [stream, own] of byStream) {
      if (categoryOf(stream) !== 'case') continue;
      for (const standing of termStandings(caseModel.history(own), reference)) {
        if (standing.startedOn > ON) continue;
        const key = keyOf(outcomeOf(standing, ON), standing.dueOn);
        const count = counts.get(standing.term) ?? {};
        counts.set(standing.term, { ...count, [key]: (count[key] ?? 0) + 1 });
        if (standing.metOn !== null)
          took.set(standing.term, [
            ...(took.get(standing.term) ?? []),
            daysBetween(standing.startedOn, standing.metOn),
          ]);
      }
    }
    const { phases } = await cases.asked('phases', { now: ON });
    for (const { phase, seconds, ...found } of phases.filter(({ phase }) => counts.has(phase))) {
      for (const key of [
        'inTime',
        'late',
        'openOverdue',
        'stoppedLate',
        'notYetDue',
        'stoppedInTime',
        'withoutDue',
      ] as const)
        expect([phase, key, found[key]]).toEqual([phase, key, counts.get(phase)![key] ?? 0]);
      const sorted = took.get(phase)!.sort((one, other) => one - other);
      for (const [name, part] of [
        ['median', 0.5],
        ['p75', 0.75],
        ['p90', 0.9],
        ['p95', 0.95],
      ] as const)
        expect(seconds![name] / 86_400).toBeCloseTo(percentile(sorted, part), 9);
    }
    expect(counts.size).toBe(4);
  });
});

function keyOf(outcome: TermOutcome, dueOn: string): string {
  switch (outcome) {
    case 'MET_IN_TIME':
      return dueOn < ON ? 'inTime' : 'notYetDue';
    case 'MET_LATE':
      return 'late';
    case 'OVERDUE':
      return 'openOverdue';
    case 'RUNNING':
      return 'notYetDue';
    case 'SUSPENDED':
      return 'withoutDue';
    case 'STOPPED':
      return 'stoppedInTime';
    case 'STOPPED_LATE':
      return 'stoppedLate';
  }
}

/** Between the two values it lies between. */
function percentile(sorted: readonly number[], part: number): number {
  const rank = part * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}
