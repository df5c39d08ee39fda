/** A file that cannot be imported as it is. Nothing of it was imported. */
export class LogFaulty extends Error {
  readonly code = 'LOG_FAULTY';
  readonly line: number | undefined;
  constructor(what: string, line?: number) {
    super(line === undefined ? what : `line ${line}: ${what}`);
    this.name = 'LogFaulty';
    this.line = line;
  }
}
