import type { InWords } from '../selections/question-refused.ts';

const OTHERS: Readonly<Record<string, string>> = {
  endActivity: '--end-activities',
  model: '--model FILE',
  // Conditions of two selections that are compared.
  first: '--filter',
  second: '--compare',
};

/** What says a term of a question on the command line: `dueAttribute` → `--due-attribute`. */
export const inOptions: InWords = optionOf;

/** The same of a parameter of the API. */
export function optionOf(name: string): string {
  return OTHERS[name] ?? `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
