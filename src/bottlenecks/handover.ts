import { byText, waitOf, type Durations } from './durations.ts';
import type { Selection } from '../selections/selection.ts';
import { durationsOf, MEDIAN_AND_P90, waitsByKey } from './sliced-steps.ts';

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
  const of = { us: waitOf(selection.question.workingDays), percentiles: MEDIAN_AND_P90 };
  const sides = await waitsByKey(selection, { key: '(from_resource <> to_resource)::integer', ...of });
  const resources = await selection.rows<{ resource: number; name: string }>('select resource, name from resource');
  const names = new Map(resources.map(({ resource, name }) => [resource, name]));
  const most = resources.reduce((highest, { resource }) => Math.max(highest, resource), 0) + 1;
  const pairOf = `case when from_resource <> to_resource then from_resource::bigint * ${most} + to_resource end`;
  const pairs = [...(await waitsByKey(selection, { key: pairOf, ...of }))].map(([pair, waits]) => ({
    from: names.get(Math.floor(pair / most))!,
    to: names.get(pair % most)!,
    count: waits.n,
    seconds: durationsOf(waits),
  }));
  const withHandover = sides.get(1);
  const without = sides.get(0);
  const handovers = withHandover?.n ?? 0;
  const steps = handovers + (without?.n ?? 0);
  return {
    steps,
    handovers,
    share: steps === 0 ? null : handovers / steps,
    with: withHandover === undefined ? null : durationsOf(withHandover),
    without: without === undefined ? null : durationsOf(without),
    pairs: pairs.toSorted((a, b) => b.count - a.count || byText(a.from, b.from) || byText(a.to, b.to)),
  };
}
