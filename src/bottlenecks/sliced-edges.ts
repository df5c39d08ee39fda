import type { Selection } from './selection.ts';

/** The waits of one edge, in microseconds. */
export interface EdgeWaits {
  readonly edge: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  readonly stdev: number | null;
  readonly median: number;
  readonly p90: number;
}

/** What is known of the steps in one slice of an edge. */
interface Slice {
  readonly slice: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  readonly variance: number;
}

const MEDIAN = 0.5;
const P90 = 0.9;

/** Counts the steps of each slice; then looks into the few in which a percentile lies. */
export async function edgesBySlice(selection: Selection, us: 'us' | 'working_us'): Promise<EdgeWaits[]> {
  const slice = us === 'us' ? 'slice' : 'working_slice';
  const slices = await selection.rows<Slice>(
    `select ${slice} as slice, count(*) as n, min(${us}) as low, max(${us}) as high, sum(${us})::double as sum,
      var_pop(${us}) as variance
    from ${selection.from('step')} group by 1 order by 1`,
  );
  const byEdge = [...Map.groupBy(slices, (one) => Math.floor(one.slice / 2 ** 32))];
  const edges = byEdge.map(([edge, own]) => ({ edge, own, ...together(own) }));
  const sought = new SoughtRanks();
  for (const { own, n } of edges) for (const part of [MEDIAN, P90]) sought.add(own, part * (n - 1));
  await sought.find(selection, us, slice);
  return edges.map(({ edge, own, n, sum, stdev }) => ({
    edge,
    n,
    low: own[0]!.low,
    high: own.at(-1)!.high,
    sum,
    stdev,
    median: sought.valueAt(own, MEDIAN * (n - 1)),
    p90: sought.valueAt(own, P90 * (n - 1)),
  }));
}

/** Squares of deviations within slices, and of their means from the mean of all: the variance without the loss of large squares. */
function together(slices: readonly Slice[]): {
  readonly n: number;
  readonly sum: number;
  readonly stdev: number | null;
} {
  const n = slices.reduce((total, one) => total + one.n, 0);
  const sum = slices.reduce((total, one) => total + one.sum, 0);
  const squares = slices.reduce((total, one) => total + one.n * (one.variance + (one.sum / one.n - sum / n) ** 2), 0);
  return { n, sum, stdev: n === 1 ? null : Math.sqrt(squares / (n - 1)) };
}

/** Values at ranks, of which it is known in which slice they lie: only those slices are read, not everything sorted. */
class SoughtRanks {
  readonly #ranks = new Map<number, Set<number>>();
  readonly #values = new Map<number, Map<number, number>>();

  /** @param rank from 0; one between two numbers lies between two values */
  add(slices: readonly Slice[], rank: number): void {
    for (const whole of new Set([Math.floor(rank), Math.ceil(rank)])) {
      const { slice, inSlice } = placeOf(slices, whole);
      // First and last are known, and where they are the same so is all between.
      if (slice.low === slice.high || inSlice === 0 || inSlice === slice.n - 1) continue;
      let ranks = this.#ranks.get(slice.slice);
      if (ranks === undefined) this.#ranks.set(slice.slice, (ranks = new Set()));
      ranks.add(inSlice);
    }
  }

  async find(selection: Selection, us: string, slice: string): Promise<void> {
    if (this.#ranks.size === 0) return;
    const sought = [...this.#ranks].map(
      ([number, ranks]) => `(${number}, [${[...ranks].map((rank) => rank + 1).join()}])`,
    );
    const found = await selection.rows<{ slice: number; ranks: number[]; found: number[] }>(
      `select slice, ranks, list_select(list_sort(list(us)), ranks) as found from (
        select sought.slice, ranks, ${us} as us from ${selection.from('step')}
          join (values ${sought.join()}) sought (slice, ranks) on sought.slice = step.${slice}
      ) group by slice, ranks`,
    );
    for (const { slice: number, ranks, found: values } of found) {
      this.#values.set(number, new Map(ranks.map((rank, at) => [rank - 1, values[at]!])));
    }
  }

  valueAt(slices: readonly Slice[], rank: number): number {
    const low = this.#whole(slices, Math.floor(rank));
    const high = this.#whole(slices, Math.ceil(rank));
    return low + (high - low) * (rank - Math.floor(rank));
  }

  #whole(slices: readonly Slice[], rank: number): number {
    const { slice, inSlice } = placeOf(slices, rank);
    if (slice.low === slice.high || inSlice === 0) return slice.low;
    return inSlice === slice.n - 1 ? slice.high : this.#values.get(slice.slice)!.get(inSlice)!;
  }
}

function placeOf(slices: readonly Slice[], rank: number): { readonly slice: Slice; readonly inSlice: number } {
  let before = 0;
  for (const slice of slices) {
    if (rank < before + slice.n) return { slice, inSlice: rank - before };
    before += slice.n;
  }
  throw new Error('a rank beyond the last');
}
