import { filterOf, type Filter, type Question } from '../selections/question.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import type { ReferenceModel } from '../selections/reference-model.ts';
import { epochDay, isDate } from '../event-sourcing/days.ts';

/** How a period selects cases. */
export const PERIOD_MODES = ['STARTED', 'COMPLETED', 'ACTIVE', 'WITHIN', 'PERMIT', 'LINK', 'MOVE_IN'] as const;
export type PeriodMode = (typeof PERIOD_MODES)[number];

/** What is asked about cases, in the words of API and command line. */
export interface AskedQuestion {
  /** An imported log; undefined: the cases of this system. */
  readonly log?: string | undefined;
  readonly period?: string | undefined;
  readonly periodMode?: PeriodMode | undefined;
  readonly municipality?: string | undefined;
  readonly province?: string | undefined;
  readonly organisation?: string | undefined;
  readonly householdSize?: number | undefined;
  readonly channel?: string | undefined;
  readonly impediment?: string | undefined;
  /** `key=value`, `key!=value`. */
  readonly filter?: readonly string[] | undefined;
  readonly workingDays?: boolean | undefined;
  readonly withoutSuspended?: boolean | undefined;
  readonly cohort?: string | undefined;
  readonly closed?: boolean | undefined;
  readonly now?: string | undefined;
  readonly endActivity?: readonly string[] | undefined;
  readonly startAttribute?: string | undefined;
  readonly endAttribute?: string | undefined;
  readonly dueAttribute?: string | undefined;
  readonly asKnownOn?: string | undefined;
  /** What cases of an imported log are held against. */
  readonly model?: ReferenceModel | undefined;
}

/**
 * @param today the day of the clock, on which own cases are looked at unless another is said
 * @param conditions further filters
 * @throws QuestionRefused
 */
export function questionOf(
  asked: AskedQuestion,
  today: string,
  conditions: readonly string[] = [],
  signal?: AbortSignal,
): Question {
  const { log, asKnownOn, now, workingDays, withoutSuspended, cohort, closed, model } = asked;
  const isOwn = log === undefined;
  if (isOwn) refuseTheFuture({ asKnownOn, now }, today);
  // What is known today is what is known: it needs none of the past.
  const past = asKnownOn === undefined || asKnownOn >= today ? undefined : epochDay(asKnownOn);
  const looked = now ?? (isOwn ? (asKnownOn ?? today) : undefined);
  const terms = {
    endActivities: asked.endActivity,
    startAttribute: asked.startAttribute,
    endAttribute: asked.endAttribute,
    dueAttribute: asked.dueAttribute,
  };
  const flags = { workingDays, withoutSuspended, cohort, closed };
  const given = { ...terms, ...flags, now: looked, model, asKnownOn: past, signal };
  const filters = [...plainFilters(asked), ...[...(asked.filter ?? []), ...conditions].map(filterOf)];
  return { filters, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/** Nothing is known yet of a day to come: cases would seem to wait until then. */
function refuseTheFuture(days: Pick<AskedQuestion, 'asKnownOn' | 'now'>, today: string): void {
  for (const name of ['asKnownOn', 'now'] as const) {
    const value = days[name];
    if (value === undefined) continue;
    const day = value.slice(0, 10);
    if (!isDate(day)) throw new QuestionRefused((words) => `${words(name)} is a day, such as ${today}`);
    if (day > today) {
      throw new QuestionRefused((words) => `${words(name)} is ${day}, which is still to come: today is ${today}`);
    }
  }
  const { asKnownOn, now } = days;
  if (asKnownOn !== undefined && now !== undefined && now.slice(0, 10) > asKnownOn) {
    throw new QuestionRefused(
      (words) => `on ${asKnownOn} (${words('asKnownOn')}) nothing was known of ${now.slice(0, 10)} (${words('now')})`,
    );
  }
}

const BY_KEY = ['municipality', 'province', 'organisation', 'householdSize', 'channel', 'impediment'] as const;

function plainFilters(asked: AskedQuestion): readonly Filter[] {
  const named = BY_KEY.flatMap((key): readonly Filter[] => {
    const value = asked[key];
    return value === undefined ? [] : [{ key, values: [String(value)] }];
  });
  const { period, periodMode = 'STARTED' } = asked;
  if (period === undefined) return named;
  return [...named, { key: periodMode.toLowerCase().replace('_', '-'), values: [period] }];
}
