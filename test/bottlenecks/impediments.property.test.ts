import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { ALWAYS } from '../../src/analytic-store/event-tables.ts';
import type { HeldUp } from '../../src/bottlenecks/impediments.ts';
import { measure } from '../../src/bottlenecks/measures.ts';
import { createCaseTables } from '../../src/case-table/case-store.ts';
import { lastedImpediments, portionsOf, type ReportedImpediment } from '../../src/case-table/impediments.ts';
import { dateOfEpochDay, epochDay } from '../../src/event-sourcing/days.ts';

jest.setTimeout(120_000);

const FIRST = epochDay('2016-12-20');
const day = fc.integer({ min: FIRST, max: FIRST + 60 });
const maybeDay = fc.option(day, { nil: null });
const impediment: fc.Arbitrary<ReportedImpediment> = fc.record({
  code: fc.constantFrom('NO_BSN', 'LINK_LATE', 'LOW_TURNOVER'),
  owner: fc.constantFrom('COA', 'MUNICIPALITY'),
  phase: fc.constantFrom('LINK', 'HOME', null),
  fromDay: day,
  untilDay: maybeDay,
});
const one = fc.record({
  impediments: fc.array(impediment, { maxLength: 5 }),
  suspensions: fc.array(fc.record({ fromDay: day, untilDay: maybeDay }), { maxLength: 2 }),
  endedDay: maybeDay,
  closedDay: maybeDay,
});
type Case = typeof one extends fc.Arbitrary<infer C> ? C : never;

let folder: string;
let store: AnalyticStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-impediments-'));
  store = await AnalyticStore.create(join(folder, 'store.duckdb'), { threads: 1 });
  await createCaseTables(store);
});
beforeEach(async () => {
  for (const table of ['own_impediments', 'own_sort']) await store.run(`delete from ${table}`);
});
afterAll(async () => {
  await store.closeFile();
  rmSync(folder, { recursive: true });
});

async function stand(cases: readonly Case[]): Promise<void> {
  await store.run('delete from own_impediments');
  await store.run('delete from own_sort');
  const sorts = new Map<string, number>();
  const sql = (value: string | number | boolean | null): string =>
    typeof value === 'string' ? `'${value}'` : String(value);
  const insert = (table: string, row: Record<string, string | number | boolean | null>): Promise<void> =>
    store.run(`insert into ${table} (${Object.keys(row).join()}) values (${Object.values(row).map(sql).join()})`);
  for (const [caseNo, { impediments, endedDay, closedDay }] of cases.entries()) {
    const lasted = lastedImpediments(impediments, { endedDay, closedDay });
    for (const [place, reported] of impediments.entries()) {
      const { code, owner, phase } = reported;
      const key = JSON.stringify([code, owner, phase]);
      const sort = sorts.get(key) ?? sorts.size;
      if (!sorts.has(key)) await insert('own_sort', { sort, code, owner, phase });
      sorts.set(key, sort);
      const adds = lasted[place]!;
      const plain = (['code', 'owner', 'phase'] as const).every(
        (by) => adds[`${by}Day`] === adds.totalDay && adds[`${by}Month`] === adds.totalMonth,
      );
      const { totalDay, heldUntilDay } = adds;
      const months = {
        begin_month: totalDay === null ? null : monthOf(totalDay),
        after_month: heldUntilDay === null ? null : monthOf(heldUntilDay - 1) + 1,
      };
      const known = { case_no: caseNo, sort, plain, known_from: ALWAYS.from, known_until: ALWAYS.until };
      await insert('own_impediments', { ...reported, ...adds, ...months, ...known });
    }
  }
}

/** Months since the year 0. */
function monthOf(at: number): number {
  const [year, month] = dateOfEpochDay(at).split('-').map(Number) as [number, number, number];
  return year * 12 + month - 1;
}

/** Day by day, as the definition says it, of the impediments that are meant. */
function counted(cases: readonly Case[], on: number, isMeant: (one: ReportedImpediment) => boolean): HeldUp {
  const sum = { caseDays: 0, waitingCaseDays: 0, cases: 0, laterCases: 0, open: 0 };
  const months = new Map<string, { caseDays: number; cases: number }>();
  for (const { impediments, endedDay, closedDay } of cases) {
    const untilOf = ({ fromDay, untilDay }: ReportedImpediment): number => {
      if (untilDay !== null) return untilDay;
      if (endedDay !== null && fromDay < endedDay) return endedDay;
      return closedDay === null ? Infinity : Math.max(closedDay, fromDay);
    };
    const meant = impediments.filter((one) => one.fromDay <= on && isMeant(one));
    if (meant.length === 0) continue;
    sum.cases++;
    if (meant.some((one) => untilOf(one) > on)) sum.open++;
    const held = [...Array(120).keys()].map((at) => FIRST + at).filter((at) => at < on);
    const days = held.filter((at) => meant.some((one) => one.fromDay <= at && at < untilOf(one)));
    sum.caseDays += days.length;
    sum.waitingCaseDays += days.filter((at) => endedDay === null || at < endedDay).length;
    if (days.some((at) => endedDay !== null && at >= endedDay)) sum.laterCases++;
    for (const [month, some] of Map.groupBy(days, (at) => dateOfEpochDay(at).slice(0, 7))) {
      const known = months.get(month) ?? { caseDays: 0, cases: 0 };
      months.set(month, { caseDays: known.caseDays + some.length, cases: known.cases + 1 });
    }
  }
  const sorted = [...months].sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...sum, months: sorted.map(([month, counts]) => ({ month, ...counts })) };
}

describe('Whatever impediments cases have', () => {
  it('their days, cases and months are those of counting day by day, on every day they are looked at', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 6 }), day, async (cases, on) => {
        await stand(cases);
        const found = await measure(store, 'impediments', { now: dateOfEpochDay(on) });
        expect(found.total).toEqual(counted(cases, on, () => true));
        const all = cases.flatMap(({ impediments }) => impediments).filter(({ fromDay }) => fromDay <= on);
        for (const [rows, by] of [
          [found.codes, 'code'],
          [found.owners, 'owner'],
          [found.phases, 'phase'],
        ] as const) {
          const keys = new Set(all.map((reported) => reported[by]));
          expect(rows.length).toBe(keys.size);
          for (const row of rows) {
            const { caseDays, waitingCaseDays, cases: held, laterCases, open, months } = row;
            const key = (row as unknown as Record<string, unknown>)[by];
            const heldUp = { caseDays, waitingCaseDays, cases: held, laterCases, open, months };
            expect(heldUp).toEqual(counted(cases, on, (reported) => reported[by] === key));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('each day of waiting is split equally over those that were open on it', () => {
    fc.assert(
      fc.property(one, day, ({ impediments, suspensions, endedDay }, firstDay) => {
        const portions = portionsOf(impediments, suspensions, { firstDay, endedDay, closedDay: null });
        const isOn = (at: number) => (span: { fromDay: number; untilDay: number | null }) =>
          span.fromDay <= at && at < (span.untilDay ?? Infinity);
        for (let at = firstDay; at < FIRST + 70; at++) {
          const open = impediments.filter(isOn(at));
          const held = portions.filter(isOn(at));
          const named = (all: readonly { code: string; owner: string }[]) =>
            all.map(({ code, owner }) => `${code} ${owner}`).sort();
          expect(named(held)).toEqual(named(open));
          for (const { among, suspended } of held) {
            expect(among).toBe(open.length);
            expect(suspended).toBe(Number(suspensions.some(isOn(at))));
          }
          if (at === firstDay) expect(held.every(({ atStart }) => atStart === 1)).toBe(true);
        }
        for (const [flag, by] of [
          ['ofCode', 'code'],
          ['ofOwner', 'owner'],
        ] as const) {
          for (const [, same] of Map.groupBy(portions, (portion) => portion[by])) {
            expect(same.filter((portion) => portion[flag] === 1)).toEqual([same[0]]);
            expect(same.every(({ fromDay }) => fromDay >= same[0]!.fromDay)).toBe(true);
          }
        }
        expect(portions.every(({ fromDay, untilDay }) => fromDay >= firstDay && (untilDay ?? Infinity) > fromDay)).toBe(
          true,
        );
      }),
    );
  });
});
