import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { Selection } from './selection.ts';

/** A day of a queue: opening + arrivals − departures = closing, which is the opening of the next. */
export interface FlowDay {
  readonly day: string;
  readonly opening: number;
  readonly arrivals: number;
  readonly departures: number;
  readonly closing: number;
}

/** Cumulative flow: how many cases stand in each activity, day by day; days on which nothing changed are left out. */
export interface Flow {
  readonly phases: readonly { readonly activity: string; readonly days: readonly FlowDay[] }[];
}

const DAY_US = 86_400_000_000;

/**
 * A case stands in an activity from its event until that of another activity. From its end on, where the end is said, it stands
 * nowhere; where it is not said, with its last event it is done.
 */
export async function flow(selection: Selection): Promise<Flow> {
  const day = (time: string): string => `epoch_us(${time}) // ${DAY_US}`;
  const lifetimes = await selection.lifetimes();
  const moves = await selection.rows<{ activity: string; day: number; arrivals: number; departures: number }>(
    `select name as activity, day, sum(arrivals) as arrivals, sum(departures) as departures from (
      select first_activity as activity, ${day('started')} as day, count(*) as arrivals, 0 as departures
      from ${selection.from('cases')} group by 1, 2
      union all
      select to_activity, ${day('arrived')}, count(*), 0
      from ${selection.from('step')} join edge using (edge) where from_activity <> to_activity group by 1, 2
      union all
      select from_activity, ${day('arrived')}, 0, count(*)
      from ${selection.from('step')} join edge using (edge) where from_activity <> to_activity group by 1, 2
      union all
      select last_activity, ${day('greatest(ended, completed)')}, 0, count(*)
      from (${lifetimes}) lifetime join ${selection.table('cases')} as cases using (case_no)
      where ended is not null group by 1, 2
    ) join activity using (activity) group by name, day order by name, day`,
  );
  const phases = Map.groupBy(moves, ({ activity }) => activity);
  return {
    phases: [...phases].map(([activity, days]) => {
      let opening = 0;
      return {
        activity,
        days: days.map(({ day: number, arrivals, departures }) => {
          const closing = opening + arrivals - departures;
          const one = { day: dateOfEpochDay(number), opening, arrivals, departures, closing };
          opening = closing;
          return one;
        }),
      };
    }),
  };
}

/** Cases that began, and that ended, day by day, and how many were open. */
export interface Arrivals {
  readonly days: readonly FlowDay[];
}

export async function arrivals(selection: Selection): Promise<Arrivals> {
  const lifetimes = await selection.lifetimes();
  const moves = await selection.rows<{ day: number; arrivals: number; departures: number }>(
    `select day, sum(arrivals) as arrivals, sum(departures) as departures from (
      select epoch_us(began) // ${DAY_US} as day, count(*) as arrivals, 0 as departures from (${lifetimes}) where began is not null group by 1
      union all
      select epoch_us(ended) // ${DAY_US}, 0, count(*) from (${lifetimes}) where ended is not null and began is not null group by 1
    ) group by day order by day`,
  );
  let opening = 0;
  return {
    days: moves.map(({ day, arrivals: came, departures }) => {
      const closing = opening + came - departures;
      const one = { day: dateOfEpochDay(day), opening, arrivals: came, departures, closing };
      opening = closing;
      return one;
    }),
  };
}
