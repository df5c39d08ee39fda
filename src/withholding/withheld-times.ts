import type { Aging } from '../bottlenecks/aging.ts';
import type { Arrivals, Flow, FlowDay } from '../bottlenecks/flow.ts';
import type { OnTime } from '../bottlenecks/on-time.ts';
import type { Survival } from '../bottlenecks/survival.ts';
import type { Lifetime, Throughput } from '../bottlenecks/throughput.ts';
import { isEnough, isNoneOrEnough } from './withheld-cells.ts';
import { isOpenTold, STANDINGS, toldEndings, withheldStanding, withheldStandings } from './withheld-standings.ts';
import type { ShownResult, Support } from './support.ts';

export function throughput({ cases, seconds }: Throughput, least: number): ShownResult {
  return cases < least ? null : { cases, seconds };
}

export function lifetime({ cases, seconds, open, censored }: Lifetime, least: number): ShownResult {
  if (cases + open + censored < least) return null;
  const told = toldEndings({ ended: cases, open, censored }, least);
  return { cases: told.ended, open: told.open, censored: told.censored, seconds: told.ended === null ? null : seconds };
}

/** Points of the curve stand together until enough cases ended, and none or enough were censored, between one and the next. */
export function survival(
  { cases, events, censored, curve, seconds }: Survival,
  least: number,
  { endings }: Support,
): ShownResult {
  if (cases < least) return null;
  const told = toldEndings(endings ?? { ended: events, open: censored, censored: 0 }, least);
  const shown = { events: told.ended === null ? null : events, censored: told.notEnded === null ? null : censored };
  if (shown.events === null) return { cases, ...shown, curve: [], seconds: null };
  const points: Survival['curve'][number][] = [];
  let first = 0;
  let ended = 0;
  // Where few were censored before the first end, they stand with those that were until the next.
  const isFirstTold = isNoneOrEnough(cases - (curve[0]?.atRisk ?? cases), least);
  const atRiskFrom = (at: number): number => (at === 0 && !isFirstTold ? cases : curve[at]!.atRisk);
  for (const [at, { events: own, seconds: time, survival: share }] of curve.entries()) {
    ended += own;
    const left = atRiskFrom(first) - ended - (curve[at + 1]?.atRisk ?? 0);
    if (!isEnough(ended, least) || !isNoneOrEnough(left, least)) continue;
    points.push({ seconds: time, atRisk: atRiskFrom(first), events: ended, survival: share });
    first = at + 1;
    ended = 0;
  }
  // What is left at the end goes with the last that is shown.
  while (first < curve.length && points.length > 0) {
    const last = points.pop()!;
    const before = points.at(-1);
    const atRisk = last.atRisk;
    const all = curve.filter(
      (point) => point.atRisk <= atRisk && (before === undefined || point.seconds > before.seconds),
    );
    const together = all.reduce((sum, point) => sum + point.events, 0);
    if (!isNoneOrEnough(atRisk - together, least)) continue;
    const end = curve.at(-1)!;
    points.push({ seconds: end.seconds, atRisk, events: together, survival: end.survival });
    first = curve.length;
  }
  return { cases, ...shown, curve: points, seconds };
}

export function aging({ now, cases, seconds, phases: all }: Aging, least: number, support: Support): ShownResult {
  if (cases < least || (support.endings !== undefined && !isOpenTold(support.endings, least))) return null;
  const counts = Object.fromEntries(all.map(({ activity, cases: own }) => [activity, own]));
  const { withheld, elsewhere } = withheldStanding(counts, cases, least);
  if (withheld === 'ALL') return { now, cases, seconds, phases: [], other: null };
  const hidden = all.filter(({ activity }) => withheld.has(activity)).map(({ cases: own }) => own);
  const together = hidden.reduce((sum, own) => sum + own, 0);
  return {
    now,
    cases,
    seconds,
    phases: all
      .filter(({ activity }) => !withheld.has(activity))
      .map((phase) => ({
        ...phase,
        bands: isEnough(support.cases.get(phase.activity) ?? 0, least) ? phase.bands : null,
      })),
    other: hidden.length === 0 ? null : { activities: hidden.length, cases: withheld.has(elsewhere) ? null : together },
  };
}

export function onTime(
  { share, cases, onTime: inTime, ...others }: OnTime,
  least: number,
  { endings }: Support,
): ShownResult {
  if (cases < least) return null;
  const counts = { ...others, inTime };
  const withheld = withheldStandings(counts, endings, least);
  if (withheld === 'ALL') return null;
  const told = Object.fromEntries(
    STANDINGS.map((key) => [key === 'inTime' ? 'onTime' : key, withheld.has(key) ? null : counts[key]]),
  );
  return { cases, ...told, share: told.due === null || told.onTime === null ? null : share };
}

/** All that came to a phase are its runs, and those who stand there on the last day are open: what is shown of the phases is shown here. */
export function flow({ phases: all }: Flow, least: number, { phases: told, cases }: Support): ShownResult {
  const isTold = (activity: string): boolean => {
    const row = told?.find(({ phase }) => phase === activity);
    return row !== undefined && row.runs !== null && row.open !== null;
  };
  const merged = all.map(({ activity, days }) => ({
    activity,
    days: isTold(activity) ? stretches(days, least * (cases.get(`runs\n${activity}`) ?? 1)) : null,
  }));
  const hidden = merged.filter(({ days }) => days === null).length;
  return { phases: merged.filter(({ days }) => days !== null), other: hidden === 0 ? null : { activities: hidden } };
}

export function arrivals({ days }: Arrivals, least: number): ShownResult {
  const merged = stretches(days, least);
  return merged && { days: merged };
}

/**
 * Days stand together, under the last of them, until none or enough came, went and stayed; null: that is never so.
 * @param least so many runs are those of enough cases
 */
function stretches(days: readonly FlowDay[], least: number): readonly (FlowDay & { readonly from: string })[] | null {
  const told: (FlowDay & { from: string })[] = [];
  let open: (FlowDay & { from: string }) | undefined;
  const join = (one: FlowDay & { from: string }, next: FlowDay): FlowDay & { from: string } => ({
    ...next,
    from: one.from,
    opening: one.opening,
    arrivals: one.arrivals + next.arrivals,
    departures: one.departures + next.departures,
  });
  const fits = ({ arrivals: came, departures, closing }: FlowDay): boolean =>
    [came, departures, closing].every((count) => isNoneOrEnough(count, least));
  for (const day of days) {
    open = open === undefined ? { ...day, from: day.day } : join(open, day);
    if (!fits(open)) continue;
    told.push(open);
    open = undefined;
  }
  while (open !== undefined) {
    const before = told.pop();
    if (before === undefined) return null;
    const together = join(before, open);
    if (fits(together)) {
      told.push(together);
      open = undefined;
    } else {
      open = together;
    }
  }
  return told;
}
