import { durationsSql, waitOf, type Durations } from './durations.ts';
import type { Selection } from './selection.ts';

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
  const us = waitOf(selection.question.workingDays);
  const sides = await selection.rows<{ hands: boolean; count: number; seconds: Durations }>(
    `select from_resource <> to_resource as hands, count(*) as count, ${durationsSql(us)} as seconds
    from ${selection.from('step')} where from_resource is not null and to_resource is not null group by 1`,
  );
  const pairs = await selection.rows<Handover['pairs'][number]>(
    `select source.name as from, target.name as to, count, seconds from (
      select from_resource, to_resource, count(*) as count, ${durationsSql(us)} as seconds
      from ${selection.from('step')} where from_resource <> to_resource group by all
    ) join resource source on source.resource = from_resource join resource target on target.resource = to_resource
    order by count desc, source.name, target.name`,
  );
  const withHandover = sides.find(({ hands }) => hands);
  const without = sides.find(({ hands }) => !hands);
  const handovers = withHandover?.count ?? 0;
  const steps = handovers + (without?.count ?? 0);
  return {
    steps,
    handovers,
    share: steps === 0 ? null : handovers / steps,
    with: withHandover?.seconds ?? null,
    without: without?.seconds ?? null,
    pairs,
  };
}
