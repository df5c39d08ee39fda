/** Durations in ascending order, each with how many times it stands: they are put together with others without being sorted again. */
export class Lengths {
  readonly #values: number[] = [];
  /** How many there are up to each, itself included. */
  readonly #upTo: number[] = [];

  /** @param us whole microseconds, not less than what was added before */
  add(us: number, times: number): void {
    this.#values.push(us);
    this.#upTo.push(this.count + times);
  }

  get count(): number {
    return this.#upTo.at(-1) ?? 0;
  }

  /** Undefined where there are none. */
  get shortest(): number | undefined {
    return this.#values[0];
  }

  get longest(): number | undefined {
    return this.#values.at(-1);
  }

  /** How many do not last longer. */
  upTo(us: number): number {
    let [low, high] = [0, this.#values.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! <= us) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#upTo[low - 1]!;
  }
}

/** The median of all of them, interpolated, in microseconds; null where there are none. */
export function medianOfAll(all: readonly Lengths[]): number | null {
  const count = all.reduce((sum, lengths) => sum + lengths.count, 0);
  if (count === 0) return null;
  const rank = (count - 1) / 2;
  return (valueAt(all, Math.floor(rank)) + valueAt(all, Math.ceil(rank))) / 2;
}

/** The least length with more than `rank` up to it: looked for among all whole numbers, which takes some fifty looks. */
function valueAt(all: readonly Lengths[], rank: number): number {
  let low = Math.min(...all.map(({ shortest = Infinity }) => shortest));
  let high = Math.max(...all.map(({ longest = -Infinity }) => longest));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (all.reduce((sum, lengths) => sum + lengths.upTo(middle), 0) > rank) high = middle;
    else low = middle + 1;
  }
  return low;
}
