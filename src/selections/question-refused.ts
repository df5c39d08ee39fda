/** A question about a log that has no answer, or that is not understood. The message says why and what to do. */
export class QuestionRefused extends Error {
  readonly code = 'QUESTION_REFUSED';
  constructor(why: string) {
    super(why);
    this.name = 'QuestionRefused';
  }
}
