import { QuestionRefused } from './question-refused.ts';
import type { ReferenceModel } from './reference-model.ts';

/** One condition on a case: any of the values of a key, or none of them. */
export interface Filter {
  readonly key: string;
  readonly not?: boolean;
  readonly values: readonly string[];
}

/** What the caller says of cases, because the log does not: when they begin and end, when they are due, what day it is. */
export interface CaseTerms {
  /** A case ends with its first event of one of these activities, when that is complete. */
  readonly endActivities?: readonly string[];
  /** Attributes of cases of external logs that hold a time. */
  readonly startAttribute?: string;
  readonly endAttribute?: string;
  readonly dueAttribute?: string;
  /**
   * An ISO time. By default that of the last event of an external log; of own cases it is a day, that of the clock, which the
   * caller tells; not after the day as known on which they are asked.
   */
  readonly now?: string;
}

const DATES = ['startAttribute', 'endAttribute', 'dueAttribute'] as const;

/** By other dates than those of the journey, cases would be told apart that other measures keep together. @throws QuestionRefused */
export function refuseDatesOfOwnCases(asked: { readonly [D in (typeof DATES)[number]]?: string | undefined }): void {
  const given = DATES.filter((term) => asked[term] !== undefined);
  if (given.length === 0) return;
  throw new QuestionRefused(
    (words) =>
      `the cases of this system begin, end and are due by dates of their own: leave out ${given.map(words).join(' and ')}`,
  );
}

export interface Question extends CaseTerms {
  readonly filters?: readonly Filter[];
  /** Only cases that have ended. */
  readonly closed?: boolean;
  /** Counts the time on working days only, Dutch public holidays left out. */
  readonly workingDays?: boolean;
  /** Days on which terms were suspended are not counted (phases, delay). */
  readonly withoutSuspended?: boolean;
  /** By which month cases are put together (cohorts): PERMIT, LINK or MOVE_IN; of external logs, START or END. */
  readonly cohort?: string;
  /** What cases are held against (conformance); own cases have a model of their own. */
  readonly model?: ReferenceModel;
  /** Days since 1970-01-01: the cases as they were known at the end of that day. */
  readonly asKnownOn?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads `key=value`, `key!=value`; several values stand between bars: `channel=ASYLUM|RESETTLEMENT`. A bar in a value is written `\|`.
 * @throws QuestionRefused
 */
export function filterOf(text: string): Filter {
  const parts = /^([^=!]+)(!?=)(.*)$/s.exec(text);
  if (parts === null) throw new QuestionRefused('a filter is written key=value or key!=value, such as activity=offer');
  if (text.includes('\0')) throw new QuestionRefused('a filter holds a character that is no text (NUL)');
  const [, key, sign, values] = parts as unknown as [string, string, string, string];
  return {
    key: key.trim(),
    ...(sign === '!=' ? { not: true } : {}),
    values: values.split(/(?<!\\)\|/).map((value) => value.replaceAll('\\|', '|')),
  };
}

export const FILTER_WORDS = [
  'started, completed, active, within = a period (2017-01-01..2017-03-31), by the day on which cases start or complete, while they run, or from start to completion;',
  'activity, start-activity, end-activity, resource = name; transition = "name -> name"; case = id; any attribute by its key (case:key or event:key where both have it);',
  'of own cases also permit, link, move-in = a period in which that day lies, and impediment = code. Values stand between bars (one in a value is written \\|); != leaves out',
].join(' ');
