import { DAY_US } from '../analytic-store/own-columns.ts';
import type { Durations } from './durations.ts';
import type { Selection } from '../selections/selection.ts';
import { summedByGroup, type Place, type Slices, type Summed } from './slices.ts';

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

/** Keys put together. */
export interface Grouping {
  /** Undefined leaves a key out. */
  readonly groupOf: (key: number) => number | undefined;
  /** The same as SQL over `key`: of a key that is left out, anything that is no group. */
  readonly group: string;
}

/**
 * Waits by key. Counts the steps of each slice; then looks into the few slices in which a percentile lies, so that nothing is
 * sorted whole.
 */
export async function waitsByKey(selection: Selection, groups: StepGroups): Promise<ReadonlyMap<number, Waits>> {
  const slices = await stepsInSlices(selection, groups);
  return await waitsInSlices(selection, groups, slices, { groupOf: (key) => key, group: 'key' });
}

/** The steps of each key and slice, counted. Slices of own cases are whole days: all in one took as long. */
export async function stepsInSlices(selection: Selection, groups: StepGroups): Promise<Slices> {
  const counted = (more: string): string =>
    `(select key, slice, count(*)::double as n ${more} from ${stepsSql(selection, groups)} group by all)`;
  const [key = NONE, slice = NONE, n = NONE, low = NONE, high = NONE, sum = NONE, variance = NONE] =
    await selection.doubles(`
      select key::double, slice::double, n, low, high, sum, variance from ${
        selection.ofOwnCases
          ? `(select *, slice * ${DAY_US}::double as low, low as high, low * n as sum, 0::double as variance from ${counted('')})`
          : counted(
              ', min(us)::double as low, max(us)::double as high, sum(us)::double as sum, var_pop(us) as variance',
            )
      } order by slice`);
  return { key, slice, n, low, high, sum, variance };
}

const NONE = new Float64Array();

/** Waits by group, of steps as they were counted. */
export async function waitsInSlices(
  selection: Selection,
  groups: StepGroups,
  slices: Slices,
  { groupOf, group }: Grouping,
): Promise<ReadonlyMap<number, Waits>> {
  const { percentiles } = groups;
  const byGroup = summedByGroup(slices, groupOf, percentiles);
  const steps = `(select ${group} as key, slice, us from ${stepsSql(selection, groups)})`;
  const valueAt = await valuesIn(selection, steps, byGroup);
  return new Map(
    [...byGroup].map(([one, { places, ...summed }]) => [
      one,
      {
        ...summed,
        percentiles: places.map(([below, above], index) => {
          const low = valueAt(one, below);
          const rank = percentiles[index]! * (summed.n - 1);
          return low + (valueAt(one, above) - low) * (rank - Math.floor(rank));
        }),
      },
    ]),
  );
}

/** A query with a row a step: key, slice, us. */
function stepsSql(selection: Selection, { key, which, among = '', us }: StepGroups): string {
  const slice = us.replace('us', 'slice');
  return `(select ${key} as key, ${slice} as slice, ${us} as us from ${selection.from('step')} ${among} ${which === undefined ? '' : selection.where('step', which)})`;
}

/** First and last of a slice are known, and where they are the same so is all between. */
function known({ low, high, n, inSlice: at }: Place): number | undefined {
  if (low === high || at === 0) return low;
  return at === n - 1 ? high : undefined;
}

/** Looks up what is not known of places: in their slices, all at once. */
async function valuesIn(
  selection: Selection,
  steps: string,
  byKey: ReadonlyMap<number, Summed>,
): Promise<(key: number, place: Place) => number> {
  const sought = [...byKey].flatMap(([key, { places }]) => {
    const bySlice = Map.groupBy(
      places.flat().filter((place) => known(place) === undefined),
      ({ slice }) => slice,
    );
    return [...bySlice].map(([slice, ranks]) => ({ key, slice, ranks: ranks.map((rank) => rank.inSlice) }));
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
  return (key, place) => known(place) ?? values.get(`${key} ${place.slice} ${place.inSlice}`)!;
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
