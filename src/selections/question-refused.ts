/** What a question can say, by its names in the API; another edge has words of its own for it. */
export type Term =
  | 'log'
  | 'asKnownOn'
  | 'minPosition'
  | 'filter'
  | 'period'
  | 'periodMode'
  | 'workingDays'
  | 'withoutSuspended'
  | 'cohort'
  | 'closed'
  | 'now'
  | 'endActivity'
  | 'startAttribute'
  | 'endAttribute'
  | 'dueAttribute'
  | 'model'
  // Which number is looked behind.
  | 'from'
  | 'to'
  | 'startActivity'
  | 'endingActivity'
  | 'activity'
  | 'variant';

export type InWords = (term: Term) => string;

/** The API takes a model as a body, everything else under its name. */
const OF_THE_API: InWords = (term) => (term === 'model' ? 'the body of a POST' : term);

/**
 * A question about a log that has no answer, or that is not understood. It says why and what to do: its message as the API says it,
 * `in` the words of another edge.
 */
export class QuestionRefused extends Error {
  readonly code = 'QUESTION_REFUSED';
  readonly #why: (words: InWords) => string;
  constructor(why: string | ((words: InWords) => string)) {
    const told = typeof why === 'string' ? () => why : why;
    super(told(OF_THE_API));
    this.name = 'QuestionRefused';
    this.#why = told;
  }

  in(words: InWords): string {
    return this.#why(words);
  }
}
