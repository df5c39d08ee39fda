import type { Aging } from '../bottlenecks/aging.ts';
import type { Cohort, Cohorts } from '../bottlenecks/cohorts.ts';
import type { Conformance, Verdicts } from '../bottlenecks/conformance.ts';
import type { Delay, DelayPart } from '../bottlenecks/delay.ts';
import type { Arrivals, Flow, FlowDay } from '../bottlenecks/flow.ts';
import type { Handover } from '../bottlenecks/handover.ts';
import type { HeldUp, Impediments } from '../bottlenecks/impediments.ts';
import type { Measured, MeasureName } from '../bottlenecks/measures.ts';
import type { OnTime } from '../bottlenecks/on-time.ts';
import type { PerformanceGraph } from '../bottlenecks/performance-graph.ts';
import type { PhaseDurations, Phases } from '../bottlenecks/phases.ts';
import type { Rework } from '../bottlenecks/rework.ts';
import type { Survival } from '../bottlenecks/survival.ts';
import type { Lifetime, Throughput } from '../bottlenecks/throughput.ts';
import type { Variants } from '../bottlenecks/variants.ts';
import { withheldCells, type Cell, type Sum } from './withheld-cells.ts';

/** What a result does not tell itself, and has to be known before it is shown. */
export interface Support {
  /** Different cases behind a number that counts something else, by a key that its measure makes. */
  readonly cases: ReadonlyMap<string, number>;
  /** Who acts on an impediment, by its code, where that is one. */
  readonly owners?: ReadonlyMap<string, string>;
  /** The process map of the same cases, as it is shown, and the activities of which it is shown that they come back. */
  readonly map?: Pick<PerformanceGraph, 'edges' | 'start' | 'end'>;
  readonly repeated?: readonly string[];
}

/** A measure as it may be shown: a number that is withheld is null, rows that are withheld stand together as `other`. Null: nothing of it. */
export type ShownResult = Readonly<Record<string, unknown>> | null;

export type Withholding<R> = (result: R, least: number, support: Support) => ShownResult;

/** Of every measure, in one place; what has no entry here is not answered of own cases. */
export const WITHHOLDINGS: { readonly [M in MeasureName]?: Withholding<Measured<M>> } = {
  dfg,
  throughput,
  lifetime,
  variants,
  rework,
  handover,
  survival,
  aging,
  'on-time': onTime,
  flow,
  arrivals,
  phases,
  delay,
  impediments,
  conformance,
  cohorts,
};

/** Keys of what `Support.cases` counts. */
export function edgeKey({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from}\n${to}`;
}

function throughput({ cases, seconds }: Throughput, least: number): ShownResult {
  return cases < least ? null : { cases, seconds };
}

function lifetime({ cases, seconds, open, censored }: Lifetime, least: number): ShownResult {
  const shown = apart({ cases, open, censored }, least);
  return shown && { ...shown, seconds: shown.cases === null ? null : seconds };
}

/**
 * Every case comes in and goes out once, and whatever comes to an activity goes on from it: the map is a flow. Where that leaves
 * nothing to show, it is not told either how many steps there are.
 */
function dfg({ cases, events, edges, start, end }: PerformanceGraph, least: number, support: Support): ShownResult {
  const starts = countsOf('start', start);
  const ends = countsOf('end', end);
  const steps = edges.map(({ from, to, count }): Cell & { from: string; to: string } => ({
    key: edgeKey({ from, to }),
    cases: support.cases.get(edgeKey({ from, to })) ?? count,
    value: count,
    from,
    to,
  }));
  const activities = new Set([
    ...Object.keys(start),
    ...Object.keys(end),
    ...steps.flatMap(({ from, to }) => [from, to]),
  ]);
  const sums: readonly Sum[] = [
    total('APART', starts),
    total('APART', ends),
    ...[...activities].map((activity): Sum => ({
      tells: 'BALANCE',
      of: [
        ...(activity in start ? [[`start\n${activity}`, 1] as const] : []),
        ...(activity in end ? [[`end\n${activity}`, -1] as const] : []),
        ...steps.map(({ key, from, to }) => [key, Number(to === activity) - Number(from === activity)] as const),
      ],
    })),
  ];
  const cells = [...starts, ...ends, ...steps];
  const beside = withheldCells(cells, [...sums, total('TOGETHER', steps)], least);
  const withheld = beside === 'ALL' ? withheldCells(cells, sums, least) : beside;
  if (withheld === 'ALL') return null;
  const tellsSteps = beside !== 'ALL';
  const isShown = ({ key }: Cell): boolean => !withheld.has(key);
  const hidden = steps.filter((one) => !isShown(one));
  const map = (counts: readonly Cell[]): Record<string, number> =>
    Object.fromEntries(counts.filter(isShown).map(({ key, value }) => [key.slice(key.indexOf('\n') + 1), value]));
  const count = tellsSteps ? sumOf(hidden) : null;
  const other = { edges: hidden.length, count, start: withheldOf(starts), end: withheldOf(ends) };
  return {
    cases,
    events: tellsSteps ? events : null,
    edges: edges.filter((edge) => !withheld.has(edgeKey(edge))),
    start: map(starts),
    end: map(ends),
    other: withheld.size === 0 ? null : other,
  };

  function withheldOf(cells: readonly Cell[]): number {
    return sumOf(cells.filter((one) => !isShown(one)));
  }
}

/**
 * Sequences say which steps they have, and the map how often there is each: what is withheld of the sequences must not tell how
 * few of those have a step that the map shows.
 */
function variants({ variants: all }: Variants, least: number, { map, repeated = [] }: Support): ShownResult {
  // The many rare ones are withheld in any case: of them is known what they come to.
  const frequent = all.filter(({ cases }) => cases >= least);
  const rare = all.length - frequent.length;
  const told = new Map<string, { readonly of: (readonly [key: string, times: number])[]; already: number }>();
  for (const key of ['', ...toldByMap(map), ...repeated.map((name) => `repeats\n${name}`)])
    told.set(key, { of: [], already: 0 });
  let at = 0;
  for (const { activities, cases } of all) {
    const key = cases >= least ? String(at++) : undefined;
    for (const mark of marksOf(activities)) {
      const sum = told.get(mark);
      if (sum === undefined) continue;
      if (key === undefined) sum.already += cases;
      else sum.of.push([key, 1]);
    }
  }
  const cells = frequent.map(({ cases }, index) => ({ key: String(index), cases, value: cases }));
  const sums = [...told.values()].map((sum): Sum => ({ tells: 'APART', unnamed: true, ...sum }));
  const withheld = withheldCells(cells, sums, least);
  if (withheld === 'ALL') return null;
  const hidden = cells.filter(({ key }) => withheld.has(key));
  const isWhole = hidden.length + rare === 0;
  return {
    variants: frequent.filter((_, index) => !withheld.has(String(index))),
    other: isWhole ? null : { variants: rare + hidden.length, cases: told.get('')!.already + sumOf(hidden) },
  };
}

function toldByMap(map: Support['map']): readonly string[] {
  if (map === undefined) return [];
  return [
    ...Object.keys(map.start).map((name) => `start\n${name}`),
    ...Object.keys(map.end).map((name) => `end\n${name}`),
    ...map.edges.map(edgeKey),
  ];
}

/** By what a sequence is counted elsewhere: with all of them, by where it starts and ends, its steps, and what comes back in it. */
function marksOf(activities: readonly string[]): ReadonlySet<string> {
  const marks = new Set(['', `start\n${activities[0]}`, `end\n${activities.at(-1)}`]);
  const seen = new Set<string>();
  for (const [at, name] of activities.entries()) {
    if (at > 0) marks.add(edgeKey({ from: activities[at - 1]!, to: name }));
    if (seen.has(name)) marks.add(`repeats\n${name}`);
    seen.add(name);
  }
  return marks;
}

/** Loops and repetitions of an activity add up to something that its steps tell, so that neither is shown beside a small other. */
function rework(result: Rework, least: number): ShownResult {
  return Object.fromEntries(
    Object.entries(result)
      .filter(([, { cases }]) => cases >= least)
      .map(([name, { cases, selfLoops, repetitions, seconds }]) => {
        const areShown = [selfLoops, repetitions].every((times) => times === 0 || times >= least);
        return [
          name,
          { cases, selfLoops: areShown ? selfLoops : null, repetitions: areShown ? repetitions : null, seconds },
        ];
      }),
  );
}

function handover(result: Handover, least: number, support: Support): ShownResult {
  const { steps, handovers, pairs } = result;
  const behind = (key: string, value: number): Cell => ({ key, value, cases: support.cases.get(key) ?? value });
  const sides = [behind('with', handovers), behind('without', steps - handovers)];
  const hiddenSides = withheldCells(sides, [total('TOGETHER', sides)], least);
  if (hiddenSides === 'ALL' || hiddenSides.size > 0) return steps < least ? null : { ...NO_SIDES, steps };
  const cells = pairs.map((pair) => behind(edgeKey(pair), pair.count));
  const hidden = withheldCells(cells, [total('TOGETHER', cells)], least);
  const isHidden = (key: string): boolean => hidden === 'ALL' || hidden.has(key);
  const others = cells.filter(({ key }) => isHidden(key));
  return {
    ...result,
    pairs: pairs.filter((pair) => !isHidden(edgeKey(pair))),
    other: others.length === 0 ? null : { pairs: others.length, count: sumOf(others) },
  };
}

const NO_SIDES = { handovers: null, share: null, with: null, without: null, pairs: [], other: null };

/** Points of the curve stand together until enough cases ended, and none or enough were censored, between one and the next. */
function survival({ cases, events, censored, curve, seconds }: Survival, least: number): ShownResult {
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

function aging({ now, cases, seconds, phases: all }: Aging, least: number, support: Support): ShownResult {
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

function onTime({ share, cases, ...counts }: OnTime, least: number): ShownResult {
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

function flow({ phases: all }: Flow, least: number): ShownResult {
  const merged = all.map(({ activity, days }) => ({ activity, days: stretches(days, least) }));
  const hidden = merged.filter(({ days }) => days === null).length;
  return { phases: merged.filter(({ days }) => days !== null), other: hidden === 0 ? null : { activities: hidden } };
}

function arrivals({ days }: Arrivals, least: number): ShownResult {
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

function phases({ phases: all, ...about }: Phases, least: number, support: Support): ShownResult {
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

/** Edges, codes and owners divide the same days; owners are also the sums of their codes. */
function delay(result: Delay, least: number, support: Support): ShownResult {
  const { total: all, edges, impediments, owners } = result;
  if (all.cases < least) return null;
  const cellsOf = <P extends DelayPart>(kind: string, parts: readonly P[], name: (part: P) => string): Cell[] =>
    parts.map((part) => ({ key: `${kind}\n${name(part)}`, cases: part.cases, value: part.caseDays }));
  const ofEdges = cellsOf('edge', edges, ({ from, to }) => `${from}\n${to}`);
  const ofCodes = cellsOf('code', impediments, ({ code }) => String(code));
  const ofOwners = cellsOf('owner', owners, ({ owner }) => String(owner));
  const ownerOf = (code: string | null): string | null => (code === null ? null : (support.owners?.get(code) ?? ''));
  const balances = owners.map(({ owner }): Sum => ({
    tells: 'BALANCE',
    of: [
      [`owner\n${owner}`, 1],
      ...impediments.filter(({ code }) => ownerOf(code) === owner).map(({ code }) => [`code\n${code}`, -1] as const),
    ],
  }));
  const totals = [ofEdges, ofCodes, ofOwners].map((cells) => total('TOGETHER', cells));
  const withheld = withheldCells([...ofEdges, ...ofCodes, ...ofOwners], [...totals, ...balances], least);
  if (withheld === 'ALL') return null;
  const shown = <P extends DelayPart>(parts: readonly P[], cells: readonly Cell[]): object => {
    const hidden = cells.filter(({ key }) => withheld.has(key));
    const caseDays = sumOf(hidden);
    return {
      parts: parts.filter((_, at) => !withheld.has(cells[at]!.key)),
      other: hidden.length === 0 ? null : { parts: hidden.length, caseDays, share: caseDays / all.caseDays },
    };
  };
  const ofKind = (kind: string, parts: readonly DelayPart[], cells: readonly Cell[]) => {
    const { parts: left, other } = shown(parts, cells) as { parts: unknown; other: unknown };
    return { [kind]: left, [`other${kind[0]!.toUpperCase()}${kind.slice(1)}`]: other };
  };
  return {
    ...result,
    ...ofKind('edges', edges, ofEdges),
    ...ofKind('impediments', impediments, ofCodes),
    ...ofKind('owners', owners, ofOwners),
    suspendedCaseDays: isNoneOrEnough(support.cases.get('suspended') ?? 0, least) ? result.suspendedCaseDays : null,
  };
}

/** A case can have several impediments, so that rows come to more than the total; an owner of one code tells of that code. */
function impediments({ on, total: all, ...rows }: Impediments, least: number, support: Support): ShownResult {
  if (all.cases < least) return null;
  const cellsOf = <P extends HeldUp>(kind: string, parts: readonly P[], name: (part: P) => string): Cell[] =>
    parts.map((part) => ({ key: `${kind}\n${name(part)}`, cases: part.cases, value: part.cases }));
  const ofCodes = cellsOf('code', rows.codes, ({ code }) => code);
  const ofOwners = cellsOf('owner', rows.owners, ({ owner }) => owner);
  const ofPhases = cellsOf('phase', rows.phases, ({ phase: name }) => String(name));
  const balances = rows.owners.map(({ owner }): Sum => ({
    tells: 'BALANCE',
    of: [
      [`owner\n${owner}`, 1],
      ...rows.codes
        .filter(({ code }) => (support.owners?.get(code) ?? '') === owner)
        .map(({ code }) => [`code\n${code}`, -1] as const),
    ],
  }));
  const totals = [ofCodes, ofOwners, ofPhases].map((cells) => total('TOGETHER', cells));
  const withheld = withheldCells([...ofCodes, ...ofOwners, ...ofPhases], [...totals, ...balances], least);
  const shown = <P extends HeldUp>(parts: readonly P[], cells: readonly Cell[]) => {
    const left = withheld === 'ALL' ? [] : parts.filter((_, at) => !withheld.has(cells[at]!.key));
    const hidden = parts.length - left.length;
    return { parts: left.map((part) => ({ ...part, ...heldUp(part, least) })), other: hidden === 0 ? null : hidden };
  };
  const [codes, owners, phases] = [
    shown(rows.codes, ofCodes),
    shown(rows.owners, ofOwners),
    shown(rows.phases, ofPhases),
  ];
  return {
    on,
    total: { ...all, ...heldUp(all, least) },
    codes: codes.parts,
    otherCodes: codes.other,
    owners: owners.parts,
    otherOwners: owners.other,
    phases: phases.parts,
    otherPhases: phases.other,
  };
}

/** Months add up to the days of the row. */
function heldUp({ cases, laterCases, open, waitingCaseDays, months }: HeldUp, least: number) {
  const cells = months.map(({ month, cases: own, caseDays: days }) => ({ key: month, cases: own, value: days }));
  const withheld = withheldCells(cells, [total('TOGETHER', cells)], least);
  return {
    open: isNoneOrEnough(open, least) && isNoneOrEnough(cases - open, least) ? open : null,
    ...(isNoneOrEnough(laterCases, least) && isNoneOrEnough(cases - laterCases, least)
      ? { waitingCaseDays, laterCases }
      : { waitingCaseDays: null, laterCases: null }),
    months: withheld === 'ALL' ? [] : months.filter(({ month }) => !withheld.has(month)),
  };
}

/** Of each rule, what becomes of the cases to which it applies, and of the others; medians are of those that ended. */
function conformance({ cases, earlier, models, ...verdicts }: Conformance, least: number): ShownResult {
  const whole = apart({ ...verdictsOf(verdicts), earlier }, least);
  if (cases < least || whole === null) return null;
  return {
    cases: whole.earlier === null ? null : cases,
    ...whole,
    models: models
      .filter((model) => model.cases >= least)
      .map(({ rules, ...model }) => ({
        ...model,
        ...(apart(verdictsOf(model), least) ?? NO_VERDICTS),
        rules: rules.map((rule) => {
          const counts = verdictsOf(rule);
          const others = model.cases - counts.ok - counts.violated - counts.pending;
          const { ok, violated, pending } = apart({ ...counts, others }, least) ?? NO_VERDICTS;
          const ended = apart(rule.ended, least);
          const isShown = violated !== null && ended !== null && ended.with !== null && ended.without !== null;
          return {
            ...rule,
            ok,
            violated,
            pending,
            ended: isShown ? ended : null,
            seconds: isShown ? rule.seconds : null,
          };
        }),
      })),
  };
}

const NO_VERDICTS = { ok: null, violated: null, pending: null };

function verdictsOf({ ok, violated, pending }: Verdicts): Verdicts {
  return { ok, violated, pending };
}

/** A share of a cohort that is still open tells how many are not. */
function cohorts({ mode, cohorts: all, without }: Cohorts, least: number): ShownResult {
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

/** Numbers of cases that add up to a number that is known. */
function apart<K extends string>(
  counts: Readonly<Record<K, number>>,
  least: number,
  casesOf: (count: number) => number = (count) => count,
): Record<K, number | null> | null {
  const cells = (Object.entries(counts) as [K, number][]).map(([key, value]) => ({
    key,
    value,
    cases: casesOf(value),
  }));
  if (sumOf(cells) < least) return null;
  const withheld = withheldCells(cells, [total('APART', cells)], least);
  if (withheld === 'ALL') return null;
  return Object.fromEntries(cells.map(({ key, value }) => [key, withheld.has(key) ? null : value])) as Record<
    K,
    number | null
  >;
}

function countsOf(kind: string, counts: Readonly<Record<string, number>>): Cell[] {
  return Object.entries(counts).map(([name, cases]) => ({ key: `${kind}\n${name}`, cases, value: cases }));
}

function total(tells: Sum['tells'], cells: readonly Cell[]): Sum {
  return { tells, of: cells.map(({ key }) => [key, 1]) };
}

function sumOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { value }) => sum + value, 0);
}

function isEnough(cases: number, least: number): boolean {
  return cases >= least;
}

function isNoneOrEnough(cases: number, least: number): boolean {
  return cases === 0 || cases >= least;
}
