import type { Handover } from '../bottlenecks/handover.ts';
import { byText } from '../bottlenecks/durations.ts';
import type { Rework } from '../bottlenecks/rework.ts';
import type { Variants } from '../bottlenecks/variants.ts';
import {
  countsOf,
  isEnough,
  isNoneOrEnough,
  sumOf,
  total,
  withheldCells,
  type Cell,
  type Sum,
} from './withheld-cells.ts';
import { countsOfSteps, loopsKey, repetitionsKey, type CountsOfSteps } from './counts-of-steps.ts';
import { edgeKey, type ShownResult, type Support } from './support.ts';

/**
 * Every case comes in and goes out once, and whatever comes to an activity goes on from it: the map is a flow. Where that leaves
 * nothing to show, it is not told either how many steps there are.
 */
export function dfg<E extends CountsOfSteps['map']['edges'][number]>(
  { cases, events, edges, start, end }: Omit<CountsOfSteps['map'], 'edges'> & { readonly edges: readonly E[] },
  least: number,
  support: Pick<Support, 'cases'>,
): (ShownResult & { readonly edges: readonly E[]; readonly start: object; readonly end: object }) | null {
  // In an order of its own: of equals the first is withheld, whatever they are sorted by.
  const inOrder = <C extends Cell>(these: readonly C[]): readonly C[] =>
    these.toSorted((one, other) => byText(one.key, other.key));
  const starts = inOrder(countsOf('start', start));
  const ends = inOrder(countsOf('end', end));
  const steps = inOrder(
    edges.map(({ from, to, count }) => {
      const key = edgeKey({ from, to });
      return { key, cases: support.cases.get(key) ?? count, value: count, from, to };
    }),
  );
  const activities = [
    ...new Set([...Object.keys(start), ...Object.keys(end), ...steps.flatMap(({ from, to }) => [from, to])]),
  ].sort(byText);
  const sums: readonly Sum[] = [
    total('APART', starts),
    total('APART', ends),
    ...activities.map((activity): Sum => ({
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
export function variants(result: Variants, least: number): ShownResult {
  const { variants: all } = result;
  const { map, rework: repeated, behind: cases } = countsOfSteps(result);
  const shownMap = dfg(map, least, { cases });
  const shownRework = Object.entries(repeated)
    .filter(([, { cases: n }]) => isEnough(n, least))
    .map(([name]) => name);
  // The many rare ones are withheld in any case: of them is known what they come to.
  const frequent = all.filter(({ cases }) => cases >= least);
  const rare = all.length - frequent.length;
  const told = new Map<string, { readonly of: (readonly [key: string, times: number])[]; already: number }>();
  for (const key of ['', ...toldByMap(shownMap), ...shownRework.map((name) => `repeats\n${name}`)])
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

function toldByMap(map: ReturnType<typeof dfg>): readonly string[] {
  if (map === null) return [];
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
export function rework(result: Rework, least: number, support: Support): ShownResult {
  const behind = (key: string, times: number): number => support.cases.get(key) ?? times;
  return Object.fromEntries(
    Object.entries(result)
      .filter(([, { cases }]) => isEnough(cases, least))
      .map(([name, { cases, selfLoops, repetitions, seconds }]) => {
        const counts = [behind(loopsKey(name), selfLoops), behind(repetitionsKey(name), repetitions)];
        const areShown = counts.every((count) => isNoneOrEnough(count, least));
        return [
          name,
          { cases, selfLoops: areShown ? selfLoops : null, repetitions: areShown ? repetitions : null, seconds },
        ];
      }),
  );
}

export function handover(result: Handover, least: number, support: Support): ShownResult {
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
