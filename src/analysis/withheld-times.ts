import type { Aging } from '../bottlenecks/aging.ts';
import type { Cohort, Cohorts } from '../bottlenecks/cohorts.ts';
import type { Arrivals, Flow, FlowDay } from '../bottlenecks/flow.ts';
import type { OnTime } from '../bottlenecks/on-time.ts';
import type { PhaseDurations, Phases } from '../bottlenecks/phases.ts';
import type { Survival } from '../bottlenecks/survival.ts';
import type { Lifetime, Throughput } from '../bottlenecks/throughput.ts';
import { apart, isEnough, isNoneOrEnough, sumOf, total, withheldCells } from './withheld-cells.ts';
import type { ShownResult, Support } from './shown-result.ts';

export function throughput({ cases, seconds }: Throughput, least: number): ShownResult {
  return cases < least ? null : { cases, seconds };
}

export function lifetime({ cases, seconds, open, censored }: Lifetime, least: number): ShownResult {
  const shown = apart({ cases, open, censored }, least);
  return shown && { ...shown, seconds: shown.cases === null ? null : seconds };
}

/** Points of the curve stand together until enough cases ended, and none or enough were censored, between one and the next. */
export function survival({ cases, events, censored, curve, seconds }: Survival, least: number): ShownResult {
  const shown = apart({ events, censored }, least);
  if (shown === null) return null;
  if (shown.events === null) return { cases, ...shown, curve: [], seconds: null };
  const points: Survival['curve'][number][] = [];
  let first = 0;
  let ended = 0;
  for (const [at, { events: own, seconds: time, survival: share }] of curve.entries()) {
    ended += own;
    const left = curve[first]!.atRisk - ended - (curve[at + 1]?.atRisk ?? 0);
    if (!isEnough(ended, least) || !isNoneOrEnough(left, least)) continue;
    points.push({ seconds: time, atRisk: curve[first]!.atRisk, events: ended, survival: share });
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
  if (cases < least) return null;
  const cells = all.map(({ activity, cases: own }) => ({ key: activity, cases: own, value: own }));
  const elsewhere = cases - sumOf(cells);
  const nowhere = elsewhere > 0 ? [{ key: '', cases: elsewhere, value: elsewhere }] : [];
  const withheld = withheldCells([...cells, ...nowhere], [total('APART', [...cells, ...nowhere])], least);
  if (withheld === 'ALL') return { now, cases, seconds, phases: [], other: null };
  const hidden = cells.filter(({ key }) => withheld.has(key));
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
    other: hidden.length === 0 ? null : { activities: hidden.length, cases: withheld.has('') ? null : sumOf(hidden) },
  };
}

export function onTime({ share, cases, ...counts }: OnTime, least: number): ShownResult {
  if (cases < least) return null;
  const shown = punctuality({ ...counts, inTime: counts.onTime }, least);
  if (shown === null) return null;
  const { inTime, ...others } = shown;
  return { cases, ...others, onTime: inTime, share: shown.due === null || inTime === null ? null : share };
}

/** How runs stand towards what is due, of which `due` is the sum of four, and all of them with the other three. */
function punctuality(
  counts: Readonly<Record<(typeof FELL_DUE)[number] | (typeof NOT_DUE)[number] | 'due', number>>,
  least: number,
  casesOf: (count: number) => number = (count) => count,
): Record<(typeof FELL_DUE)[number] | (typeof NOT_DUE)[number] | 'due', number | null> | null {
  const keys = [...FELL_DUE, ...NOT_DUE, 'due'] as const;
  const cells = keys.map((key) => ({ key, value: counts[key], cases: casesOf(counts[key]) }));
  const withheld = withheldCells(
    cells,
    [
      { tells: 'APART', total: 'due', of: FELL_DUE.map((key) => [key, 1] as const) },
      { tells: 'APART', of: [...NOT_DUE.map((key) => [key, 1] as const), ['due', 1]] },
    ],
    least,
  );
  if (withheld === 'ALL') return null;
  return Object.fromEntries(keys.map((key) => [key, withheld.has(key) ? null : counts[key]])) as Record<
    (typeof keys)[number],
    number | null
  >;
}

const FELL_DUE = ['inTime', 'late', 'openOverdue', 'stoppedLate'] as const;
const NOT_DUE = ['notYetDue', 'stoppedInTime', 'withoutDue'] as const;

export function flow({ phases: all }: Flow, least: number): ShownResult {
  const merged = all.map(({ activity, days }) => ({ activity, days: stretches(days, least) }));
  const hidden = merged.filter(({ days }) => days === null).length;
  return { phases: merged.filter(({ days }) => days !== null), other: hidden === 0 ? null : { activities: hidden } };
}

export function arrivals({ days }: Arrivals, least: number): ShownResult {
  const merged = stretches(days, least);
  return merged && { days: merged };
}

/** Days stand together, under the last of them, until none or enough came, went and stayed; null: that is never so. */
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

export function phases({ phases: all, ...about }: Phases, least: number, support: Support): ShownResult {
  const rows = all.filter(({ cases }) => cases >= least).map((row) => phase(row, least, support));
  return { ...about, phases: rows, other: rows.length === all.length ? null : { phases: all.length - rows.length } };
}

/** Of so many runs, at least so many cases: `support` says how many runs of the phase one case has at most. */
function phase(row: PhaseDurations, least: number, support: Support): ShownResult {
  const {
    phase: name,
    cases,
    runs,
    reached,
    stopped,
    open,
    seconds,
    suspended,
    suspendedSeconds,
    share,
    ...counts
  } = row;
  const casesOf = (count: number): number => Math.ceil(count / (support.cases.get(`runs\n${name}`) ?? 1));
  const ends = apart({ reached, stopped, open }, least, casesOf) ?? { reached: null, stopped: null, open: null };
  const shown =
    punctuality(counts, least, casesOf) ??
    (Object.fromEntries([...FELL_DUE, ...NOT_DUE, 'due'].map((key) => [key, null])) as Record<string, null>);
  const everSuspended = support.cases.get(`suspended\n${name}`) ?? 0;
  return {
    phase: name,
    cases,
    runs,
    ...ends,
    seconds: ends.reached === null ? null : seconds,
    ...shown,
    share: shown.due === null || shown.inTime === null ? null : share,
    suspended: isNoneOrEnough(casesOf(suspended), least) ? suspended : null,
    suspendedSeconds: isNoneOrEnough(everSuspended, least) ? suspendedSeconds : null,
  };
}

/** A share of a cohort that is still open tells how many are not. */
export function cohorts({ mode, cohorts: all, without }: Cohorts, least: number): ShownResult {
  const cells = all.map(({ month, cases }) => ({ key: month, cases, value: cases }));
  const none = { key: '', cases: without, value: without };
  const withheld = withheldCells([...cells, none], [total('APART', [...cells, none])], least);
  if (withheld === 'ALL') return null;
  const hidden = cells.filter(({ key }) => withheld.has(key));
  return {
    mode,
    cohorts: all.filter(({ month }) => !withheld.has(month)).map((one) => cohort(one, least)),
    other: hidden.length === 0 ? null : { cohorts: hidden.length, cases: withheld.has('') ? null : sumOf(hidden) },
    without: withheld.has('') ? null : without,
  };
}

function cohort({ month, cases, ended, censored, seconds, open }: Cohort, least: number): object {
  const counts = apart({ ended, censored }, least) ?? { ended: null, censored: null };
  let before = 1;
  const shares = Object.entries(open).map(([weeks, share]) => {
    const isShown =
      share !== null &&
      counts.ended !== null &&
      [before - share, share].every((part) => isNoneOrEnough(Math.round(part * cases), least));
    if (isShown) before = share;
    return [weeks, isShown ? share : null];
  });
  return {
    month,
    cases,
    ...counts,
    seconds: counts.ended === null ? null : seconds,
    open: Object.fromEntries(shares) as object,
  };
}
