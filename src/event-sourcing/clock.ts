/** Our own clock. Deciders never see it: times come in with the command. */
export abstract class Clock {
  /** The present instant. */
  abstract now(): Date;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

/** Stands on one day, with the real time of that day; for demos, trials and tests. */
export class FixedDayClock extends Clock {
  readonly day: string;
  constructor(day: string) {
    super();
    this.day = day;
  }
  now(): Date {
    return new Date(`${this.day}T${new Date().toISOString().slice(11)}`);
  }
}
