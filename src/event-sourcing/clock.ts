import { amsterdamDay, amsterdamTime } from './days.ts';

/** Our own clock. Deciders never see it: times come in with the command. */
export abstract class Clock {
  /** The present instant. */
  abstract now(): Date;
}

/** How far stamps may run back: a day is provisional for a little longer than this after its end. */
const STEP_BACK_MS = 5 * 60_000;

/** The machine's clock; set back while we run, it stays within five minutes of the latest time it told. */
export class SystemClock extends Clock {
  private readonly machineMs: () => number;
  private latestMs = 0;
  constructor(machineMs: () => number = Date.now) {
    super();
    this.machineMs = machineMs;
  }
  now(): Date {
    const ms = this.machineMs();
    if (ms > this.latestMs) this.latestMs = ms;
    return new Date(Math.max(ms, this.latestMs - STEP_BACK_MS));
  }
}

/** Stands on one day in the Netherlands, with the real time of that day; for demos, trials and tests. */
export class FixedDayClock extends Clock {
  private readonly day: string;
  private readonly realNow: () => Date;
  constructor(day: string, realNow: () => Date = () => new Date()) {
    super();
    this.day = day;
    this.realNow = realNow;
  }
  now(): Date {
    const time = amsterdamTime(this.realNow());
    // One hour behind in winter, two in summer: whichever shows the same time on that day.
    const [winter, summer] = ['+01:00', '+02:00'].map((offset) => new Date(`${this.day}T${time}${offset}`));
    return amsterdamTime(summer!) === time ? summer! : winter!;
  }
}

/**
 * A log must not be written on a day before the last that it knows: what was known on a past day would change.
 * @returns why not, or undefined
 */
export function behindTheLog(clock: Clock, lastRecordedAt: string | undefined): string | undefined {
  const today = amsterdamDay(clock.now().toISOString());
  if (lastRecordedAt === undefined || amsterdamDay(lastRecordedAt) <= today) return undefined;
  return (
    `today is ${today} by the clock, but the log was written on ${amsterdamDay(lastRecordedAt)} already: ` +
    'set the clock right, or use another data folder for another day'
  );
}
