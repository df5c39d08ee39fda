import { byText, waitOf, type Durations } from './durations.ts';
import type { Selection } from '../selections/selection.ts';
import { durationsOf, MEDIAN_AND_P90, stepsInSlices, waitsInSlices } from './sliced-steps.ts';

/** Steps in which one resource takes over from another. */
export interface Handover {
  /** Steps of which both resources are known. */
  readonly steps: number;
  readonly handovers: number;
  readonly share: number | null;
  /** Waits of steps that hand over, and of those that do not. */
  readonly with: Durations | null;
  readonly without: Durations | null;
  readonly pairs: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly seconds: Durations;
  }[];
}

export async function handover(selection: Selection): Promise<Handover> {
  const resources = await selection.rows<{ resource: number; name: string }>('select resource, name from resource');
  const names = new Map(resources.map(({ resource, name }) => [resource, name]));
  const most = resources.reduce((highest, { resource }) => Math.max(highest, resource), 0) + 1;
  const us = waitOf(selection.question.workingDays);
  const steps = {
    key: `from_resource::bigint * ${most} + to_resource`,
    which: 'from_resource is not null and to_resource is not null',
    us,
    percentiles: MEDIAN_AND_P90,
  };
  const slices = await stepsInSlices(selection, steps);
  const handsOver = (pair: number): boolean => Math.floor(pair / most) !== pair % most;
  const sides = await waitsInSlices(selection, steps, slices, {
    groupOf: (pair) => Number(handsOver(pair)),
    group: `(key // ${most} <> key % ${most})::integer`,
  });
  const handed = await waitsInSlices(selection, steps, slices, {
    groupOf: (pair) => (handsOver(pair) ? pair : undefined),
    group: 'key',
  });
  const pairs = [...handed].map(([pair, waits]) => ({
    from: names.get(Math.floor(pair / most))!,
    to: names.get(pair % most)!,
    count: waits.n,
    seconds: durationsOf(waits),
  }));
  const withHandover = sides.get(1);
  const without = sides.get(0);
  const handovers = withHandover?.n ?? 0;
  const known = handovers + (without?.n ?? 0);
  return {
    steps: known,
    handovers,
    share: known === 0 ? null : handovers / known,
    with: withHandover === undefined ? null : durationsOf(withHandover),
    without: without === undefined ? null : durationsOf(without),
    pairs: pairs.toSorted((a, b) => b.count - a.count || byText(a.from, b.from) || byText(a.to, b.to)),
  };
}
