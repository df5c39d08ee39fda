import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endings, Support } from '../../src/withholding/support.ts';
import { WITHHOLDINGS } from '../../src/withholding/withheld-results.ts';
import type { PhaseDurations, Phases } from '../../src/bottlenecks/phases.ts';
import { following, type Equation } from './following.ts';

const LEAST = 5;
const ORDER = ['LINK', 'RELINK', 'HOME', 'TENANCY', 'MOVE', 'WHOLE'];
const NUMBERS = [
  ...['cases', 'runs', 'reached', 'stopped', 'open', 'due', 'inTime', 'late', 'openOverdue', 'stoppedLate'],
  ...['notYetDue', 'stoppedInTime', 'withoutDue', 'suspended', 'suspendedSeconds'],
] as readonly (keyof PhaseDurations)[];
const COURSES = ['reached', 'stopped', 'open'] as const;
const STANDINGS = {
  reached: ['inTime', 'late', 'notYetDue', 'withoutDue'],
  stopped: ['stoppedLate', 'stoppedInTime'],
  open: ['openOverdue', 'notYetDue', 'withoutDue'],
} as const;

interface Run {
  readonly course: (typeof COURSES)[number];
  readonly standing: string;
  readonly suspendedSeconds: number;
  /** Stands still, as it is open. */
  readonly suspended: boolean;
}
/** `partly`: somebody lives in the home, and others don't yet: lifetime and aging have it as ended, the phases as open. */
interface Journey {
  readonly runs: Readonly<Record<string, Run>>;
  readonly partly: boolean;
}

/** A journey goes as far as its last run, of which the course is drawn; all of them are reached where that of the last is. */
const journeys = fc.array(
  fc
    .record({
      relinked: fc.boolean(),
      length: fc.integer({ min: 1, max: 4 }),
      course: fc.constantFrom(...COURSES),
      standings: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
      stillIn: fc.nat(9),
      partly: fc.boolean(),
    })
    .map(({ relinked, length, course, standings, stillIn, partly }): Journey => {
      const walked = [relinked ? 'RELINK' : 'LINK', 'HOME', 'TENANCY', 'MOVE'].slice(
        0,
        course === 'reached' ? 4 : length,
      );
      const last = walked.length - 1;
      const run = (at: number, own: Run['course'], isStill: boolean): Run => ({
        course: own,
        standing: STANDINGS[own][standings[at]! % STANDINGS[own].length]!,
        suspendedSeconds: isStill ? 100 : 0,
        suspended: isStill && own === 'open' && stillIn === last,
      });
      const runs = walked.map(
        (phase, at) => [phase, run(at, at === last ? course : 'reached', at === stillIn)] as const,
      );
      return {
        runs: { ...Object.fromEntries(runs), WHOLE: run(5, course, stillIn <= last) },
        partly: partly && walked[last] === 'MOVE' && course === 'open',
      };
    }),
  { minLength: 5, maxLength: 60 },
);

function phasesOf(all: readonly Journey[]): { result: Phases; support: Support } {
  const rows = ORDER.flatMap((phase): PhaseDurations[] => {
    const runs = all.flatMap((journey) => journey.runs[phase] ?? []);
    if (runs.length === 0) return [];
    const count = (fits: (run: Run) => boolean): number => runs.filter(fits).length;
    const standing = (name: string): number => count((run) => run.standing === name);
    const [inTime, late, openOverdue, stoppedLate] = ['inTime', 'late', 'openOverdue', 'stoppedLate'].map(standing) as [
      number,
      number,
      number,
      number,
    ];
    const due = inTime + late + openOverdue + stoppedLate;
    return [
      {
        ...{ phase, cases: runs.length, runs: runs.length },
        ...{ due, inTime, late, openOverdue, stoppedLate, share: due === 0 ? null : inTime / due },
        reached: count(({ course }) => course === 'reached'),
        stopped: count(({ course }) => course === 'stopped'),
        open: count(({ course }) => course === 'open'),
        notYetDue: standing('notYetDue'),
        stoppedInTime: standing('stoppedInTime'),
        withoutDue: standing('withoutDue'),
        suspended: count(({ suspended }) => suspended),
        suspendedSeconds: runs.reduce((sum, one) => sum + one.suspendedSeconds, 0),
        seconds: null,
      },
    ];
  });
  const cases = rows.map(({ phase, suspendedSeconds }) => [`suspended\n${phase}`, suspendedSeconds / 100] as const);
  return {
    result: { on: '2017-02-23', withoutSuspended: false, phases: rows },
    support: { cases: new Map(cases), endings: endingsOf(all, rows.at(-1)!), standing: standingOf(all, rows) },
  };
}

function endingsOf(all: readonly Journey[], { reached, open, stopped }: PhaseDurations): Endings {
  const moved = all.filter(({ partly }) => partly).length;
  return { ended: reached + moved, open: open - moved, censored: stopped };
}

function standingOf(all: readonly Journey[], rows: readonly PhaseDurations[]): Readonly<Record<string, number>> {
  const moved = all.filter(({ partly }) => partly).length;
  const parts = rows.slice(0, -1).map(({ phase, open }) => [phase, open - (phase === 'MOVE' ? moved : 0)] as const);
  return Object.fromEntries(parts.filter(([, open]) => open > 0));
}

type Row = { readonly [K in keyof PhaseDurations]: PhaseDurations[K] | null };

function shownOf(all: readonly Journey[]): readonly Row[] {
  const { result, support } = phasesOf(all);
  return (WITHHOLDINGS.phases(result, LEAST, support) as unknown as { phases: readonly Row[] }).phases;
}

/** What other measures tell of the same cases: of the whole, and of where the open ones stand. `LIFE` and `STAND` are as these count. */
function toldElsewhere(all: readonly Journey[]): Set<string> {
  const { result, support } = phasesOf(all);
  const whole = result.phases.at(-1)!;
  const endings = support.endings!;
  const life = WITHHOLDINGS.lifetime({ ...endings, cases: endings.ended, seconds: null }, LEAST, support);
  const time = WITHHOLDINGS['on-time']({ ...whole, onTime: whole.inTime }, LEAST, support);
  const seconds = { min: 0, median: 0, p85: 0, p95: 0, max: 0 };
  const standing = WITHHOLDINGS.aging(
    {
      now: '',
      cases: endings.open,
      seconds,
      phases: Object.entries(support.standing!).map(([activity, cases]) => ({ activity, cases, seconds, bands: null })),
    },
    LEAST,
    support,
  ) as { phases: readonly { activity: string }[] } | null;
  return new Set([
    ...['WHOLE runs', 'WHOLE cases'],
    ...Object.entries(LIFE).flatMap(([name, number]) => (life?.[name] == null ? [] : `LIFE ${number}`)),
    ...NUMBERS.filter((number) => time?.[number === 'inTime' ? 'onTime' : number] != null).map(
      (number) => `WHOLE ${number}`,
    ),
    ...(standing?.phases ?? []).map(({ activity }) => `STAND ${activity}`),
  ]);
}

const LIFE = { cases: 'reached', open: 'open', censored: 'stopped' } as const;

function told(all: readonly Journey[], shown: readonly Row[]): readonly string[] {
  const { result, support } = phasesOf(all);
  const rows = new Map(shown.map((row) => [row.phase, row]));
  const elsewhere = toldElsewhere(all);
  const { ended, open, censored } = support.endings!;
  const valueOf = (name: string): number => {
    const [phase, number] = name.split(' ') as [string, keyof PhaseDurations];
    if (phase === 'LIFE') return { reached: ended, open, stopped: censored }[number as 'open'] ?? 0;
    if (phase === 'STAND') return support.standing![number] ?? 0;
    return (result.phases.find((row) => row.phase === phase)?.[number] as number | undefined) ?? 0;
  };
  const isUnknown = (name: string): boolean => {
    const [phase, number] = name.split(' ') as [string, keyof PhaseDurations];
    return valueOf(name) !== 0 && rows.get(phase)?.[number] == null && !elsewhere.has(name);
  };
  const equation = (whole: string, ...parts: readonly string[]): Equation =>
    new Map([[whole, -1] as const, ...parts.map((part) => [part, 1] as const)].filter(([name]) => isUnknown(name)));
  /** Numbers that are the same are taken for the same. */
  const alike = [
    ...Object.values(LIFE).map((number) => [`LIFE ${number}`, `WHOLE ${number}`] as const),
    ...ORDER.slice(0, -1).map((phase) => [`STAND ${phase}`, `${phase} open`] as const),
  ];
  const followingFew = (equations: readonly Equation[]): readonly string[] =>
    following(equations).filter((name) => valueOf(name) / (name.endsWith('Seconds') ? 100 : 1) < LEAST);
  const same = alike.filter(([one, other]) => valueOf(one) === valueOf(other));
  for (const pair of same) if (!pair.every(isUnknown)) for (const name of pair) elsewhere.add(name);
  return [
    ...followingFew([
      ...same.map(([one, other]) => equation(one, other)),
      equation('LIFE all', ...Object.values(LIFE).map((number) => `LIFE ${number}`)),
      equation('LIFE open', ...ORDER.slice(0, -1).map((phase) => `STAND ${phase}`)),
      ...ORDER.flatMap((phase) => [
        equation(`${phase} runs`, ...COURSES.map((one) => `${phase} ${one}`)),
        equation(`${phase} due`, ...['inTime', 'late', 'openOverdue', 'stoppedLate'].map((one) => `${phase} ${one}`)),
        equation(
          `${phase} runs`,
          ...['due', 'notYetDue', 'stoppedInTime', 'withoutDue'].map((one) => `${phase} ${one}`),
        ),
        equation(`${phase} cases`, `${phase} runs`),
      ]),
      equation('HOME runs', 'LINK reached', 'RELINK reached'),
      equation('TENANCY runs', 'HOME reached'),
      equation('MOVE runs', 'TENANCY reached'),
      ...['open', 'suspended', 'suspendedSeconds'].map((number) =>
        equation(`WHOLE ${number}`, ...ORDER.slice(0, -1).map((phase) => `${phase} ${number}`)),
      ),
    ]),
  ];
}

describe('Of the phases', () => {
  const run = (course: Run['course'], standing: string): Run => ({
    course,
    standing,
    suspendedSeconds: 0,
    suspended: false,
  });
  const times = (n: number, runs: Journey['runs']): readonly Journey[] =>
    Array.from({ length: n }, () => ({ runs, partly: false }));

  it('no number of few is shown', () => {
    fc.assert(
      fc.property(journeys, (all) => {
        for (const row of shownOf(all))
          for (const number of NUMBERS) {
            const cases = Number(row[number] ?? 0) / (number === 'suspendedSeconds' ? 100 : 1);
            expect([row.phase, number, cases === 0 || cases >= LEAST]).toEqual([row.phase, number, true]);
          }
      }),
    );
  });

  it('no number of few follows from the row, the rows before and after it, the whole, or other measures', () => {
    fc.assert(
      fc.property(journeys, (all) => {
        const shown = shownOf(all);
        expect([told(all, shown), all, shown]).toEqual([[], all, shown]);
      }),
      { numRuns: 500 },
    );
  });

  it('how many came to a second link is not told by how many were looking for a home', () => {
    const [reached, open] = [run('reached', 'inTime'), run('open', 'notYetDue')];
    const all = [
      ...times(40, { LINK: reached, HOME: open, WHOLE: open }),
      ...times(20, { LINK: open, WHOLE: open }),
      ...times(3, { RELINK: reached, HOME: open, WHOLE: open }),
    ];
    const rows = shownOf(all);
    expect(rows.map(({ phase }) => phase)).toEqual(['LINK', 'HOME', 'WHOLE']);
    const [link, home, whole] = rows;
    expect([link!.open, home!.open, whole!.open]).toEqual([20, 43, 63]);
    expect(link!.reached === null || home!.runs === null).toBe(true);
  });

  it('everything is shown of phases in which nothing is of few', () => {
    const [reached, open] = [run('reached', 'inTime'), run('open', 'notYetDue')];
    const all = [...times(40, { LINK: reached, HOME: open, WHOLE: open }), ...times(20, { LINK: open, WHOLE: open })];
    expect(shownOf(all)).toEqual(phasesOf(all).result.phases);
  });
});
