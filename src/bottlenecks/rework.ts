import type { Selection } from '../selections/selection.ts';

/** Activities that stand more than once in a case. */
export type Rework = Readonly<
  Record<
    string,
    {
      readonly cases: number;
      /** Times that it followed itself directly; times that it came back after another. */
      readonly selfLoops: number;
      readonly repetitions: number;
      /** Waits that led to it after the first time. */
      readonly seconds: number;
    }
  >
>;

export async function rework(selection: Selection): Promise<Rework> {
  const rows = await selection.rows<{ name: string; cases: number; loops: number; repetitions: number; us: number }>(
    `select name, cases, loops, repetitions, us from (
      select activity, count(*) as cases, sum(self_loops) as loops, sum(repetitions) as repetitions, sum(us)::double as us
      from ${selection.from('repeat')} group by activity
    ) join activity using (activity) order by cases desc, name`,
  );
  return Object.fromEntries(
    rows.map(({ name, cases, loops, repetitions, us }) => [
      name,
      { cases, selfLoops: loops, repetitions, seconds: us / 1e6 },
    ]),
  );
}
