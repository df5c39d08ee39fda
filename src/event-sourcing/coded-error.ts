/** Base of errors that others tell apart: by `code`, which is stable, also across threads, where classes are lost. */
export class CodedError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
