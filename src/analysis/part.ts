import { QuestionRefused } from '../selections/question-refused.ts';
import type { RuleKind } from '../selections/reference-model.ts';
import type { Selection } from '../selections/selection.ts';
import type { ShownResult } from '../withholding/support.ts';

/** Which number of a measure is looked behind; none of these: the first, of all its cases. */
export interface Part {
  readonly from?: string;
  readonly to?: string;
  readonly startActivity?: string;
  readonly endingActivity?: string;
  readonly activity?: string;
  /** Its activities, in their order. */
  readonly variant?: readonly string[];
  readonly outcome?: string;
  readonly phase?: string;
  readonly code?: string;
  readonly owner?: string;
  readonly day?: string;
  /** A time on the curve, as the answer has it. */
  readonly seconds?: number;
  readonly month?: string;
  readonly version?: string;
  readonly rule?: RuleKind;
}

/** A number of a measure, and a query with a row for each that it counts: case_no, position, us (microseconds, or null). */
export interface Behind {
  readonly number: (result: NonNullable<ShownResult>) => unknown;
  readonly rows: (selection: Selection, result: NonNullable<ShownResult>) => Promise<string>;
}

/** @throws QuestionRefused where the measure has no such number */
export type Looking = (part: Part) => Behind;

/** Stands for "none" where a part has no name: no impediment, no next step. */
export const NONE = 'NONE';

export function nameOf(text: string): string | null {
  return text === NONE ? null : text;
}

export function valueOf(key: string): Behind['number'] {
  return (result) => result[key];
}

/** The row of which these names are so. */
export function rowOf(
  rows: unknown,
  names: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const told = (row: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(Object.keys(names).map((name) => row[name]));
  return (rows as readonly Readonly<Record<string, unknown>>[]).find((row) => told(row) === told(names));
}

/** @throws QuestionRefused */
export function one<T extends string>(text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new QuestionRefused(`outcome must be one of ${values.join(', ')}`);
  return found;
}

export function missing(what: string, form?: string): QuestionRefused {
  return new QuestionRefused(`say of which number: ${what}${form === undefined ? '' : ` (${form})`}`);
}
