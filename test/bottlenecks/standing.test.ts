import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { ALWAYS } from '../../src/analytic-store/event-tables.ts';
import { PHASES } from '../../src/analytic-store/own-columns.ts';
import { inPhases } from '../../src/bottlenecks/aging.ts';
import { createCaseTables } from '../../src/case-table/case-store.ts';
import { areAtOnce, type PhaseRun } from '../../src/case-table/phases.ts';
import { addDays, dateOfEpochDay, epochDay } from '../../src/event-sourcing/days.ts';
import { Selection } from '../../src/selections/selection.ts';

jest.setTimeout(120_000);

const FIRST = '2016-12-20';
const DAYS = 12;
const maybeDays = fc.option(fc.nat(DAYS), { nil: null });
/** Runs that lie as they like: next to each other, within each other, over on the day they begin, or open. */
const run = fc
  .record({ phase: fc.constantFrom(...PHASES), from: fc.nat(DAYS), reached: maybeDays, stopped: maybeDays })
  .map(({ phase, from, reached, stopped }): PhaseRun => {
    const after = (days: number | null): string | null => (days === null ? null : addDays(FIRST, from + days));
    const ends = { reachedOn: after(reached), stoppedOn: reached === null ? after(stopped) : null };
    return {
      phase,
      sequence: 1,
      from: addDays(FIRST, from),
      ...ends,
      dueOn: null,
      suspendedDays: 0,
      suspendedSince: null,
    };
  });

const endOf = ({ reachedOn, stoppedOn }: PhaseRun): string | null => reachedOn ?? stoppedOn;

function goesOn(one: PhaseRun, on: string): boolean {
  const ended = endOf(one);
  return one.phase !== 'WHOLE' && one.from <= on && (ended === null || ended > on);
}

const SPAN = Array.from({ length: 3 * DAYS }, (_, at) => addDays(FIRST, at));

describe('Where a case stands', () => {
  let folder: string;
  let store: AnalyticStore;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-standing-'));
    store = await AnalyticStore.create(join(folder, 'store.duckdb'), { threads: 1 });
    await createCaseTables(store);
  });
  afterAll(async () => {
    await store.closeFile();
    rmSync(folder, { recursive: true });
  });

  it('two runs are at once if there is a day on which both go on', () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        expect(areAtOnce(one, other)).toBe(SPAN.some((on) => goesOn(one, on) && goesOn(other, on)));
      }),
    );
  });

  it('is the run that began last of those that go on, on every day, and none where none does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(run, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), async (cases) => {
        await store.run('delete from own_phases');
        for (const [caseNo, runs] of cases.entries()) {
          for (const one of runs) {
            const from = epochDay(one.from);
            const ended = endOf(one);
            const atOnce = Number(runs.some((other) => other !== one && areAtOnce(one, other)));
            // As the store is filled: its beginning where others have to tell it.
            const until =
              one.phase === 'WHOLE' || atOnce === 1 ? from : ended === null ? 2_147_483_647 : epochDay(ended);
            await store.run(
              `insert into own_phases (case_no, phase, fromDay, ended_day, atOnce, stands_until_day, known_from, known_until)
              values (${caseNo}, '${one.phase}', ${from}, ${ended === null ? 'null' : epochDay(ended)}, ${atOnce}, ${until}, ${ALWAYS.from}, ${ALWAYS.until})`,
            );
          }
        }
        for (const on of SPAN) {
          const { standing } = await inPhases(await Selection.of(store, { now: on }));
          const found = await store.rows<{ case_no: number; activity: string; day: number }>(
            `select case_no, activity, (entered::date - date '1970-01-01')::integer as day from (${standing}) order by case_no`,
          );
          const expected = cases.flatMap((runs, caseNo) => {
            const last = runs
              .filter((one) => goesOn(one, on))
              .toSorted(
                (a, b) => epochDay(b.from) - epochDay(a.from) || PHASES.indexOf(b.phase) - PHASES.indexOf(a.phase),
              )[0];
            return last === undefined ? [] : [`${caseNo} ${last.phase} ${last.from}`];
          });
          expect(found.map((one) => `${one.case_no} ${one.activity} ${dateOfEpochDay(one.day)}`)).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });
});
