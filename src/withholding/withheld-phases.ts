import type { PhaseDurations, Phases } from '../bottlenecks/phases.ts';
import { adding, isNoneOrEnough, leanlyWithheld, type Cell, type Sum } from './withheld-cells.ts';
import {
  STANDINGS,
  STANDINGS_OF,
  standingSums,
  toldEndings,
  withheldStanding,
  withheldStandings,
} from './withheld-standings.ts';
import type { Endings, ShownResult, Support } from './support.ts';

const COURSES = ['reached', 'stopped', 'open'] as const;
const NUMBERS = ['cases', 'runs', ...COURSES, ...STANDINGS, 'suspended', 'suspendedSeconds'] as const;
type NumberOf = (typeof NUMBERS)[number];

const keyOf = (phase: string, number: NumberOf): string => `${phase}\n${number}`;

/**
 * The phases are one table. The numbers of a row add up; from one row to the next, what reached its milestone is what runs next; and
 * all rows add up to that of the whole. What is told of the whole by other measures is shown here or not as it is there.
 */
export function phases(result: Phases, least: number, support: Support): ShownResult {
  const { phases: all, ...about } = result;
  const rows = new Table(result, least, support).shown();
  return {
    ...about,
    phases: rows,
    other: rows.length === all.length ? null : { phases: all.length - rows.length },
  };
}

class Table {
  readonly #rows: readonly PhaseDurations[];
  readonly #withheld: ReadonlySet<string> | 'ALL';
  readonly #withoutSuspended: boolean;
  readonly #least: number;
  readonly #support: Support;
  readonly #cells: Map<string, Cell>;

  constructor({ phases: all, withoutSuspended }: Phases, least: number, support: Support) {
    this.#rows = all;
    this.#withoutSuspended = withoutSuspended;
    this.#least = least;
    this.#support = support;
    this.#cells = new Map(all.flatMap((row) => NUMBERS.map((number) => this.#cell(row, number))));
    for (const [ending, cases] of Object.entries(support.endings ?? {}))
      this.#addCases(this.#endsAs(ending as keyof Endings, cases), cases);
    for (const [phase, cases] of Object.entries(support.standing ?? {}))
      this.#addCases(this.#standsAs(phase, cases), cases);
    const besides = new Set(
      all.filter(({ cases }) => cases < least).flatMap(({ phase }) => NUMBERS.map((number) => keyOf(phase, number))),
    );
    const told = this.#toldElsewhere(all);
    for (const [key, isShown] of told) if (!isShown) besides.add(key);
    const sums = this.#sums(all);
    const known = new Set([...told].filter(([key, isShown]) => isShown && !besides.has(key)).map(([key]) => key));
    const withheldBut = (anyway: ReadonlySet<string>): ReadonlySet<string> | 'ALL' =>
      leanlyWithheld(
        [...this.#cells.values()].filter(({ key }) => !anyway.has(key)),
        sums.map((sum) => lessKnown(sum, anyway)),
        least,
        besides,
      );
    const withheld = withheldBut(this.#following(known, sums, besides));
    this.#withheld = withheld === 'ALL' ? withheldBut(known) : withheld;
  }

  shown(): readonly object[] {
    const withheld = this.#withheld;
    return withheld === 'ALL'
      ? []
      : this.#rows.filter(({ cases }) => cases >= this.#least).map((row) => this.#row(row, withheld));
  }

  #row(row: PhaseDurations, withheld: ReadonlySet<string>): object {
    const { phase, seconds, share } = row;
    const isShown = (number: NumberOf): boolean => !withheld.has(keyOf(phase, number));
    return {
      phase,
      ...Object.fromEntries(NUMBERS.map((number) => [number, isShown(number) ? row[number] : null])),
      seconds: isShown('reached') && this.#areLengthsTold(phase) ? seconds : null,
      share: isShown('due') && isShown('inTime') ? share : null,
    };
  }

  /** With and without suspended time, they would tell how long few stood still. */
  #areLengthsTold(phase: string): boolean {
    return (
      !this.#withoutSuspended ||
      isNoneOrEnough(this.#support.cases.get(`suspended, reached\n${phase}`) ?? 0, this.#least)
    );
  }

  #cell(row: PhaseDurations, number: NumberOf): readonly [string, Cell] {
    const key = keyOf(row.phase, number);
    const value = row[number];
    return [key, { key, value, cases: this.#casesBehind(row.phase, number, value) }];
  }

  /** Of so many runs, at least so many cases: `support` says how many runs of the phase one case has at most. */
  #casesBehind(phase: string, number: NumberOf, value: number): number {
    const behind = this.#support.cases;
    if (number === 'cases') return value;
    if (number === 'suspendedSeconds') return behind.get(`suspended\n${phase}`) ?? 0;
    return Math.ceil(value / (behind.get(`runs\n${phase}`) ?? 1));
  }

  #addCases(key: string, cases: number): void {
    this.#cells.set(key, { key, value: cases, cases });
  }

  /**
   * Numbers that other measures tell of the same selection, and whether they do: on-time, the delay statement, lifetime and aging.
   * These two end with the first move, the whole with that of the household: what is the same number is told as there.
   */
  #toldElsewhere(all: readonly PhaseDurations[]): ReadonlyMap<string, boolean> {
    const least = this.#least;
    const told = new Map<string, boolean>();
    const row = all.find(({ phase }) => phase === WHOLE);
    if (row === undefined) return told;
    const tell = (phase: string, number: NumberOf, isShown: boolean): void =>
      void told.set(keyOf(phase, number), isShown);
    for (const number of ['cases', 'runs'] as const) tell(WHOLE, number, true);
    const { endings = { ended: row.reached, open: row.open, censored: row.stopped } } = this.#support;
    const standings = withheldStandings(row, endings, least);
    for (const key of STANDINGS) tell(WHOLE, key, standings !== 'ALL' && !standings.has(key));
    tell(WHOLE, 'suspendedSeconds', this.#cells.get(keyOf(WHOLE, 'suspendedSeconds'))!.cases >= least);
    const ends = toldEndings(endings, least);
    for (const [ending, cases] of Object.entries(endings) as [keyof Endings, number][])
      told.set(this.#endsAs(ending, cases), ends[ending] !== null);
    const parts = all.filter(({ phase }) => phase !== WHOLE);
    const { standing = Object.fromEntries(parts.map(({ phase, open }) => [phase, open])) } = this.#support;
    const { withheld } = withheldStanding(standing, endings.open, least);
    const isThere = (phase: string): boolean => ends.open !== null && withheld !== 'ALL' && !withheld.has(phase);
    for (const [phase, cases] of Object.entries(standing)) told.set(this.#standsAs(phase, cases), isThere(phase));
    return told;
  }

  /** As many as have reached, are open, or stopped as a whole are the same; of others, lifetime has a number of its own. */
  #endsAs(ending: keyof Endings, cases: number): string {
    const whole = keyOf(WHOLE, COURSE_OF[ending]);
    return this.#cells.get(whole)?.value === cases ? whole : `cases\n${ending}`;
  }

  /** As many as are open in the phase are the same; of others, aging has a number of its own. */
  #standsAs(phase: string, cases: number): string {
    const open = keyOf(phase, 'open');
    return this.#cells.get(open)?.value === cases ? open : `standing\n${phase}`;
  }

  /**
   * What others tell, and what follows from that: to withhold it would be for nothing. Where that leaves nothing of the table, only what
   * is told is taken for known: two withheld numbers may then come to few.
   */
  #following(told: ReadonlySet<string>, sums: readonly Sum[], besides: ReadonlySet<string>): ReadonlySet<string> {
    const known = new Set(told);
    const unknownOf = ({ of, total = '' }: Sum): readonly string[] =>
      [...of.map(([key]) => key), total].filter((key) => (this.#cells.get(key)?.value ?? 0) !== 0 && !known.has(key));
    for (;;) {
      const next = sums.map(unknownOf).find((unknown) => unknown.length === 1 && !besides.has(unknown[0]!));
      if (next === undefined) return known;
      known.add(next[0]!);
    }
  }

  #sums(all: readonly PhaseDurations[]): readonly Sum[] {
    const parts = all.map(({ phase }) => phase).filter((phase) => phase !== WHOLE);
    const same = (key: string, other: string): Sum => adding('BALANCE', [other], key);
    const within = all.flatMap(({ phase, runs, cases, withoutDue, suspended }): Sum[] => {
      const cell = (number: string): string => keyOf(phase, number as NumberOf);
      return [
        adding('APART', COURSES.map(cell), cell('runs')),
        ...standingSums(cell, cell('runs')),
        ...(runs === cases ? [same(cell('runs'), cell('cases'))] : []),
        ...(withoutDue === suspended ? [same(cell('withoutDue'), cell('suspended'))] : []),
      ];
    });
    const valueOf = (key: string): number => this.#cells.get(key)?.value ?? 0;
    const between = FOLLOWS.map(([next, before]) =>
      adding(
        'BALANCE',
        before.map((phase) => keyOf(phase, 'reached')),
        keyOf(next, 'runs'),
      ),
    );
    // What mostly is so, as it is known to be: split off households, sponsors and transit make it otherwise.
    const likely: readonly Sum[] = [
      ...all.flatMap(({ phase }) =>
        Object.entries(STANDINGS_OF).map(([ending, of]) =>
          adding(
            'BALANCE',
            of.map((standing) => keyOf(phase, standing)),
            keyOf(phase, COURSE_OF[ending as keyof typeof COURSE_OF]),
          ),
        ),
      ),
      same(keyOf('LINK', 'runs'), keyOf(WHOLE, 'runs')),
      same(keyOf('MOVE', 'reached'), keyOf(WHOLE, 'reached')),
      {
        tells: 'BALANCE',
        total: keyOf(WHOLE, 'stopped'),
        of: [...parts.map((phase) => [keyOf(phase, 'stopped'), 1] as const), [keyOf('RELINK', 'runs'), -1]],
      },
    ];
    const mostly = likely.filter(
      ({ total, of }) => of.reduce((sum, [key, times]) => sum + times * valueOf(key), 0) === valueOf(total!),
    );
    const ofWhole = (['open', 'suspended', 'suspendedSeconds'] as const).map((number) =>
      adding(
        number === 'suspendedSeconds' ? 'TOGETHER' : 'APART',
        parts.map((phase) => keyOf(phase, number)),
        keyOf(WHOLE, number),
      ),
    );
    const standing = Object.entries(this.#support.standing ?? {});
    const { endings } = this.#support;
    const ofCases =
      endings === undefined
        ? []
        : [
            adding(
              'APART',
              standing.map(([phase, cases]) => this.#standsAs(phase, cases)),
              this.#endsAs('open', endings.open),
            ),
            adding(
              'APART',
              (Object.keys(endings) as (keyof Endings)[]).map((ending) => this.#endsAs(ending, endings[ending])),
              keyOf(WHOLE, 'cases'),
            ),
          ];
    // Of one number that is not 0, a sum tells nothing.
    return [...within, ...between, ...mostly, ...ofWhole, ...ofCases].filter(
      ({ of, total = '' }) => [...of.map(([key]) => key), total].filter((key) => valueOf(key) !== 0).length > 1,
    );
  }
}

const WHOLE = 'WHOLE';
const COURSE_OF = { ended: 'reached', open: 'open', censored: 'stopped' } as const;

/** Which phase runs where a run of another has reached its milestone. */
const FOLLOWS: readonly (readonly [next: string, before: readonly string[]])[] = [
  ['HOME', ['LINK', 'RELINK']],
  ['TENANCY', ['HOME']],
  ['MOVE', ['TENANCY']],
];

/** The sum of what is not known anyway: what it is less by is a number as well. */
function lessKnown({ total, of, ...sum }: Sum, known: ReadonlySet<string>): Sum {
  return {
    ...sum,
    of: of.filter(([key]) => !known.has(key)),
    ...(total === undefined || known.has(total) ? {} : { total }),
  };
}
