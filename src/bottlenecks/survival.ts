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
  const times = await selection.rows<Followed>(
    `select us, count(*) filter (ends) as events, count(*) filter (not ends) as censored
    from (${await followedSql(selection)}) group by us order by us`,
  );
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
    from (${await selection.lifetimes()}) where began <= ${now}`;
}

/** How many cases ended, and how many were censored, after a time. */
export interface Followed {
  readonly us: number;
  readonly events: number;
  readonly censored: number;
}

/** @param times ascending, each once */
export function kaplanMeier(times: readonly Followed[]): Survival {
  let atRisk = times.reduce((sum, { events, censored }) => sum + events + censored, 0);
  const cases = atRisk;
  let share = 1;
  let ended = 0;
  const curve: { seconds: number; atRisk: number; events: number; survival: number }[] = [];
  for (const { us, events, censored } of times) {
    if (events > 0) {
      share *= 1 - events / atRisk;
      curve.push({ seconds: us / 1e6, atRisk, events, survival: share });
      ended += events;
    }
    atRisk -= events + censored;
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
