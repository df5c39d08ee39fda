import { percentileOf } from './counted.ts';
import { activitiesByNumber } from '../selections/names-in-log.ts';
import { lengthsReached, takeAlike } from './phases.ts';
import type { Selection } from '../selections/selection.ts';
import { waitsByKey } from './sliced-steps.ts';
import { refuseWithoutEnds } from './survival.ts';

/** Ages of open cases: how long ago they began, and how long they have stood where they stand. */
export interface Aging {
  readonly now: string;
  readonly cases: number;
  readonly seconds: Ages | null;
  readonly phases: readonly {
    /** The activity they came to last; of own cases the phase of the journey they are in. */
    readonly activity: string;
    readonly cases: number;
    readonly seconds: Ages;
    /**
     * How long those stood there who had gone on by now, from when they came until they were elsewhere, as ages are counted: one
     * beyond p85 is unusual. Null if none had.
     */
    readonly bands: { readonly p50: number; readonly p85: number; readonly p95: number } | null;
  }[];
}

interface Ages {
  readonly min: number;
  readonly median: number;
  readonly p85: number;
  readonly p95: number;
  readonly max: number;
}

export async function aging(selection: Selection): Promise<Aging> {
  refuseWithoutEnds(selection, 'aging');
  const now = await selection.now();
  await selection.run(`create or replace temp table open_case as ${await openSql(selection)}`);
  const { moment, cases, seconds } = await selection.row<{ moment: string; cases: number; seconds: Ages | null }>(
    `select strftime(${now}, '%Y-%m-%dT%H:%M:%S.%gZ') as moment, count(*) as cases, ${agesSql('age')} as seconds from open_case`,
  );
  const { standing } = selection.ofOwnCases ? await inPhases(selection) : inActivities(selection, now);
  const phases = await selection.rows<Omit<Aging['phases'][number], 'bands'>>(
    `select activity, count(*) as cases, ${agesSql(`greatest(epoch_us(${now}) - epoch_us(entered), 0)`)} as seconds
    from open_case join (${standing}) standing using (case_no) group by activity order by cases desc, activity`,
  );
  const bands = await (selection.ofOwnCases ? phaseBands(selection) : activityBands(selection, now));
  return {
    now: moment,
    cases,
    seconds: cases === 0 ? null : seconds,
    phases: phases.map((one) => ({ ...one, bands: bands.get(one.activity) ?? null })),
  };
}

type Bands = NonNullable<Aging['phases'][number]['bands']>;
const BANDS = [0.5, 0.85, 0.95] as const;

/** How long runs took that reached the next milestone. */
async function phaseBands(selection: Selection): Promise<ReadonlyMap<string, Bands>> {
  await takeAlike(selection, await selection.day());
  const byPhase = await lengthsReached(selection);
  return new Map(
    [...byPhase].map(([phase, lengths]) => [phase, bandsOf(BANDS.map((part) => percentileOf(lengths, part) * 86_400))]),
  );
}

async function activityBands(selection: Selection, now: string): Promise<ReadonlyMap<string, Bands>> {
  const stays = await waitsByKey(selection, {
    among: 'join edge using (edge)',
    key: 'from_activity',
    which: `from_activity <> to_activity and arrived <= ${now}`,
    us: 'stay_us',
    percentiles: BANDS,
  });
  const names = await activitiesByNumber(selection.store);
  return new Map(
    [...stays].map(([activity, { percentiles }]) => [names.get(activity)!, bandsOf(percentiles.map((us) => us / 1e6))]),
  );
}

function bandsOf([p50, p85, p95]: readonly number[]): Bands {
  return { p50: p50!, p85: p85!, p95: p95! };
}

/** A query with a row an open case: case_no, age in microseconds. */
export async function openSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `select case_no, epoch_us(${now}) - epoch_us(began) as age
    from (${await selection.lifetimes(`began <= ${now} and coalesce(least(ended, censored) > ${now}, true)`)})`;
}

/** A query: where each case stands, and since when. */
interface Standing {
  readonly standing: string;
}

/** @param now as SQL; only of cases that went on after it is looked up where they stood then */
export function inActivities(selection: Selection, now: string): Standing {
  const cases = `${selection.table('cases')} as cases`;
  return {
    standing: `select case_no, name as activity, entered from (
        select case_no, last_activity as activity, entered from ${cases} where entered <= ${now}
        union all
        select case_no, arg_max(activity, position), max(entered) from (
          select case_no, 0 as position, first_activity as activity, started as entered
          from ${cases} where entered > ${now} and started <= ${now}
          union all
          select case_no, position, to_activity, arrived from ${selection.table('step')} as step join edge using (edge)
            semi join (select case_no from ${cases} where entered > ${now}) further using (case_no)
          where from_activity <> to_activity and arrived <= ${now}
        ) group by case_no
      ) join activity using (activity)`,
  };
}

/** Neither a hand-over nor a suspension begins a phase anew. Where two run at once, a case stands in the one that began last. */
export async function inPhases(selection: Selection): Promise<Standing> {
  const on = await selection.day();
  const runs = `${selection.table('phases')} as phases`;
  return {
    standing: `select case_no, activity, make_date(since)::timestamp as entered from (
        select case_no, phase as activity, fromDay as since from ${runs} where fromDay <= ${on} and stands_until_day > ${on}
        union all
        select case_no, arg_max(phase, fromDay * 10 + enum_code(phase)), max(fromDay)
        from ${runs} where atOnce = 1 and fromDay <= ${on} and coalesce(ended_day > ${on}, true) group by case_no
      )`,
  };
}

function agesSql(us: string): string {
  const parts = `quantile_cont(${us}, [0.5, 0.85, 0.95])`;
  return `struct_pack(min := min(${us}) / 1e6, median := ${parts}[1] / 1e6, p85 := ${parts}[2] / 1e6,
    p95 := ${parts}[3] / 1e6, max := max(${us}) / 1e6)`;
}
