import { DAY_US } from '../analytic-store/own-columns.ts';
import type { Durations } from './durations.ts';
import type { Selection } from '../selections/selection.ts';

/** Which steps, and by what they are told apart: `key` is SQL for a whole number. */
export interface StepGroups {
  readonly key: string;
  /** A condition on steps, which leaves none of which the key is null. */
  readonly which?: string;
  /** What is joined to the steps to tell the key. */
  readonly among?: string;
  readonly us: 'us' | 'working_us' | 'stay_us';
  /** From 0 to 1, such as 0.9. */
  readonly percentiles: readonly number[];
}

/** The waits of some steps, in microseconds. */
export interface Waits {
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  /** Of a sample (n − 1); null for a single one. */
  readonly stdev: number | null;
  /** In the order in which they were asked for, interpolated. */
  readonly percentiles: readonly number[];
}

/** Where the value of a rank lies: in a slice of so many values, after so many of them. */
interface Place {
  readonly slice: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly in_slice: number;
}

type Placed = Omit<Waits, 'percentiles'> & { readonly key: number; readonly places: readonly Place[] };

/**
 * Waits by key. Counts the steps of each slice; then looks into the few slices in which a percentile lies, so that nothing is
 * sorted whole. Variances are put together from those within slices and those of their means: no square is too large.
 */
export async function waitsByKey(selection: Selection, groups: StepGroups): Promise<ReadonlyMap<number, Waits>> {
  await takeSliced(selection, groups);
  return await waitsInSlices(selection, groups);
}

/** Makes `sliced`: the steps of each key and slice, counted. Slices of own cases are whole days: all in one took as long. */
export function takeSliced(selection: Selection, groups: StepGroups): Promise<void> {
  const steps = stepsSql(selection, groups);
  return selection.run(`
    create or replace temp table sliced as ${
      selection.ofOwnCases
        ? `select *, slice * ${DAY_US} as low, low as high, low * n::double as sum, 0::double as variance
          from (select key, slice, count(*) as n from ${steps} group by all)`
        : `select key, slice, count(*) as n, min(us) as low, max(us) as high, sum(us)::double as sum, var_pop(us) as variance
          from ${steps} group by all`
    }`);
}

/**
 * Waits by key, of steps as `sliced` counts them.
 * @param put another key by which those are put together: SQL over `key`, null leaves a step out
 */
export async function waitsInSlices(
  selection: Selection,
  groups: StepGroups,
  put = 'key',
): Promise<ReadonlyMap<number, Waits>> {
  const { percentiles } = groups;
  // The ranks below and above each percentile, from 0.
  const places = percentiles
    .flatMap((part) => ['floor', 'ceil'].map((side) => `${side}(${part} * (total - 1))`))
    .map(
      (
        rank,
      ) => `arg_min(struct_pack(slice := slice, low := low, high := high, n := n, in_slice := (${rank} - before)::bigint), slice)
        filter (before + n > ${rank})`,
    );
  const placed = await selection.rows<Placed>(
    `select key, any_value(total) as n, min(low) as low, max(high) as high, sum(sum) as sum,
      case when any_value(total) > 1 then sqrt(sum(squares) / (any_value(total) - 1)) end as stdev,
      [${places.join()}] as places
    from (
      select *, sum(n) over upto - n as before, sum(n) over whole as total
      from (
        select key, slice, sum(n)::bigint as n, min(low) as low, max(high) as high, sum(sum) as sum,
          sum(n * (variance + (sum / n - mean) ** 2)) as squares
        from (
          select * replace (${put} as key), sum(sum) over whole / sum(n) over whole as mean
          from sliced where ${put} is not null window whole as (partition by ${put})
        ) group by key, slice
      ) window upto as (partition by key order by slice), whole as (partition by key)
    ) group by key`,
  );
  const steps = `(select ${put} as key, slice, us from ${stepsSql(selection, groups)})`;
  const valueAt = await valuesIn(selection, steps, placed);
  return new Map(
    placed.map(({ places: ranks, ...one }) => [
      one.key,
      {
        ...one,
        percentiles: percentiles.map((part, index) => {
          const [low, high] = [valueAt(one.key, ranks[index * 2]!), valueAt(one.key, ranks[index * 2 + 1]!)];
          const rank = part * (one.n - 1);
          return low + (high - low) * (rank - Math.floor(rank));
        }),
      },
    ]),
  );
}

/** A query with a row a step: key, slice, us. */
function stepsSql(selection: Selection, { key, which, among = '', us }: StepGroups): string {
  const slice = us.replace('us', 'slice');
  return `(select ${key} as key, ${slice} as slice, ${us} as us from ${selection.from('step')} ${among} ${which === undefined ? '' : selection.where(which)})`;
}

/** First and last of a slice are known, and where they are the same so is all between. */
function known({ low, high, n, in_slice: at }: Place): number | undefined {
  if (low === high || at === 0) return low;
  return at === n - 1 ? high : undefined;
}

/** Looks up what is not known of places: in their slices, all at once. */
async function valuesIn(
  selection: Selection,
  steps: string,
  placed: readonly Placed[],
): Promise<(key: number, place: Place) => number> {
  const sought = placed.flatMap(({ key, places }) => {
    const bySlice = Map.groupBy(
      places.filter((place) => known(place) === undefined),
      ({ slice }) => slice,
    );
    return [...bySlice].map(([slice, ranks]) => ({ key, slice, ranks: ranks.map((rank) => rank.in_slice) }));
  });
  const values = new Map<string, number>();
  if (sought.length > 0) {
    const wanted = sought.map(
      ({ key, slice, ranks }) => `(${key}, ${slice}, [${ranks.map((rank) => rank + 1).join()}])`,
    );
    const found = await selection.rows<{ key: number; slice: number; ranks: number[]; found: number[] }>(
      `select key, slice, ranks, list_select(list_sort(list(us)), ranks) as found
      from (select key, slice, us from ${steps}) join (values ${wanted.join()}) sought (key, slice, ranks) using (key, slice)
      group by key, slice, ranks`,
    );
    for (const { key, slice, ranks, found: those } of found)
      for (const [index, rank] of ranks.entries()) values.set(`${key} ${slice} ${rank - 1}`, those[index]!);
  }
  return (key, place) => known(place) ?? values.get(`${key} ${place.slice} ${place.in_slice}`)!;
}

export function durationsOf({ n, low, high, sum, stdev, percentiles: [median, p90] }: Waits): Durations {
  return {
    min: low / US,
    mean: sum / n / US,
    median: median! / US,
    p90: p90! / US,
    max: high / US,
    sum: sum / US,
    stdev: stdev === null ? null : stdev / US,
  };
}

/** The percentiles of `Durations`. */
export const MEDIAN_AND_P90 = [0.5, 0.9] as const;
const US = 1e6;
