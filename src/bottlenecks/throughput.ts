import type { Selection } from '../selections/selection.ts';

export interface Spread {
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
  readonly mean: number;
}

/** Seconds are null where there are no cases. */
export interface Throughput {
  readonly cases: number;
  readonly seconds: Spread | null;
}

/** From the first event of a case to its last; of a case with one event, 0. */
export async function throughput(selection: Selection): Promise<Throughput> {
  return spreadOf(selection, `select ${tookSql(selection)} as us from ${selection.from('cases')}`);
}

/** How long a case took, as SQL over `cases`. */
export function tookSql({ question }: Selection): string {
  return question.workingDays ? 'working_us' : 'epoch_us(completed) - epoch_us(started)';
}

export interface Lifetime extends Throughput {
  /** Cases that have not ended, and so have no lifetime yet; and those that ended in another way, and never will. */
  readonly open: number;
  readonly censored: number;
}

/** From what is said to be the start of a case to what is said to be its end. */
export async function lifetime(selection: Selection): Promise<Lifetime> {
  const lifetimes = await endingsSql(selection);
  const counts = await selection.row<{ open: number; censored: number }>(
    `select count(*) filter (began is null or not ends and not leaves) as open, count(*) filter (not ends and leaves) as censored
    from (${lifetimes})`,
  );
  const ended = `select epoch_us(ended) - epoch_us(began) as us from (${lifetimes}) where ends and began is not null`;
  return { ...(await spreadOf(selection, ended)), ...counts };
}

/** A query with a row for each case that has not begun after now: case_no, began, ended, whether it ends by now, and whether it left in another way by then. */
export async function endingsSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `select *, coalesce(ended <= least(censored, ${now}), false) as ends, coalesce(censored <= ${now}, false) as leaves
    from (${await selection.lifetimes(`coalesce(began <= ${now}, true)`)})`;
}

async function spreadOf(selection: Selection, durations: string): Promise<Throughput> {
  const row = await selection.row<{ cases: number; low: number; high: number; sum: number; parts: number[] }>(
    `select count(*) as cases, min(us) as low, max(us) as high, sum(us)::double as sum,
      quantile_cont(us, [0.25, 0.5, 0.75, 0.9, 0.95]) as parts
    from (${durations})`,
  );
  if (row.cases === 0) return { cases: 0, seconds: null };
  const [p25, median, p75, p90, p95] = row.parts.map((us) => us / 1e6) as [number, number, number, number, number];
  return {
    cases: row.cases,
    seconds: { min: row.low / 1e6, p25, median, p75, p90, p95, max: row.high / 1e6, mean: row.sum / row.cases / 1e6 },
  };
}
