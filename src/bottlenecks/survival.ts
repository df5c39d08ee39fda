import { QuestionRefused } from '../selections/question-refused.ts';
import type { Selection } from '../selections/selection.ts';

/** Kaplan and Meier's estimate (1958) of the share of cases that are still open after a time, open cases counted in. */
export interface Survival {
  readonly cases: number;
  /** Cases that ended; and those of which is known only that they had not. */
  readonly events: number;
  readonly censored: number;
  /** Times at which cases ended; those censored at that very time were still at risk. */
  readonly curve: readonly {
    readonly seconds: number;
    readonly atRisk: number;
    readonly events: number;
    readonly survival: number;
  }[];
  /** Times by which so many have ended, as the curve has it; null where it does not come down so far. */
  readonly seconds: Readonly<Record<'median' | 'p75' | 'p90' | 'p95', number | null>>;
}

export async function survival(selection: Selection): Promise<Survival> {
  refuseWithoutEnds(selection, 'survival');
  const [us, events, censored] = await selection.doubles(followedTimesSql(selection, await followedSql(selection)));
  if (us === undefined) return kaplanMeier(NOBODY);
  const times = { us, events: events!, censored: censored! };
  return kaplanMeier(times);
}

/**
 * A query with a row a case that has begun: case_no; us, how long it was followed, in microseconds; whether it ended then; and when
 * it began and ended. It is followed until it ends, until it is censored, or until now.
 */
export async function followedSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `select case_no, epoch_us(least(ended, censored, ${now})) - epoch_us(began) as us,
      coalesce(ended <= least(censored, ${now}), false) as ends, began, ended
    from (${await selection.lifetimes(`began <= ${now}`)})`;
}

/** How long cases were followed: ascending times in microseconds, and how many cases ended, and how many were censored, then. */
export interface Followed {
  readonly us: ArrayLike<number>;
  readonly events: ArrayLike<number>;
  readonly censored: ArrayLike<number>;
}
const NOBODY: Followed = { us: [], events: [], censored: [] };

/**
 * A query for the columns of `Followed`, after those of a key. Own cases are followed for whole days, and many for as many. Each case
 * of a log has a time of its own: to put together what is the same would be for nothing.
 * @param cases as of `followedSql`
 */
export function followedTimesSql({ ofOwnCases }: Selection, cases: string, key?: string): string {
  const count = (condition: string): string =>
    ofOwnCases ? `count(*) filter (${condition})` : `(${condition})::integer`;
  const keys = key === undefined ? ['us'] : ['key', 'us'];
  const columns = [...keys, 'events', 'censored'].map((column) => `${column}::double as ${column}`);
  // Whole numbers are put together faster than doubles.
  return `select ${columns.join()} from (
      select ${key === undefined ? '' : `${key} as key, `}us, ${count('ends')} as events, ${count('not ends')} as censored
      from (${cases}) ${ofOwnCases ? 'group by all' : ''}
    ) order by ${keys.join()}`;
}

/** A time may stand more than once. */
export function kaplanMeier({ us, events, censored }: Followed): Survival {
  let cases = 0;
  for (let at = 0; at < us.length; at++) cases += events[at]! + censored[at]!;
  let atRisk = cases;
  let share = 1;
  let ended = 0;
  const curve: { seconds: number; atRisk: number; events: number; survival: number }[] = [];
  for (let at = 0; at < us.length;) {
    const time = us[at]!;
    let ends = 0;
    let leaves = 0;
    for (; us[at] === time; at++) {
      ends += events[at]!;
      leaves += censored[at]!;
    }
    if (ends > 0) {
      share *= 1 - ends / atRisk;
      curve.push({ seconds: time / 1e6, atRisk, events: ends, survival: share });
      ended += ends;
    }
    atRisk -= ends + leaves;
  }
  const by = (part: number): number | null => curve.find((point) => point.survival <= 1 - part)?.seconds ?? null;
  return {
    cases,
    events: ended,
    censored: cases - ended,
    curve,
    seconds: { median: by(0.5), p75: by(0.75), p90: by(0.9), p95: by(0.95) },
  };
}

/** @throws QuestionRefused */
export function refuseWithoutEnds(selection: Selection, measure: string): void {
  if (selection.knowsEnds) return;
  throw new QuestionRefused(
    (words) =>
      `${measure} needs to know which cases are open, and the log does not say what the end of a case is: say it with ${words('endActivity')} or ${words('endAttribute')}`,
  );
}
