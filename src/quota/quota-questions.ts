import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { askedNow, freshnessOf, isProvisional, type FreshOrPast, type FreshnessBody } from '../http/freshness.ts';
import { isSettled } from '../projecting/known-stream.ts';
import { positionOf, type Views } from '../read-store/views.ts';
import { beginningOf, ledgers, type Ledger } from './ledger.ts';
import type { ParkedPeriod, QuotaKnowledge, QuotaKnown } from './quota-knowledge.ts';
import { monthsOf, type QuotaPeriod } from './quota-period.ts';
import { realisedMonths } from './realisation.projection.ts';

/** The ledger from its first half-year up to the one asked for, and how much it knows. */
export interface AnsweredLedger {
  readonly ledgers: readonly Ledger[];
  readonly known: QuotaKnown;
  readonly asKnownOn: string;
  readonly provisional: boolean;
  /** Half-years up to this one that do not count with all that stands in them. */
  readonly parked: readonly ParkedPeriod[];
  readonly freshness: FreshnessBody;
}

/** The ledger is worked out when it is asked for: from what is published, and from the persons realised. */
export class QuotaQuestions {
  private readonly views: Views;
  private readonly log: EventLog;
  private readonly clock: Clock;
  private readonly knowledge: QuotaKnowledge;
  constructor(views: Views, log: EventLog, clock: Clock, knowledge: QuotaKnowledge) {
    this.views = views;
    this.log = log;
    this.clock = clock;
    this.knowledge = knowledge;
  }

  /** Read from the log itself, so that it knows what was just recorded. @throws WrongLog */
  async known({ asKnownOn, minPosition }: FreshOrPast): Promise<QuotaKnown> {
    if (minPosition !== undefined) positionOf(minPosition, this.log.id);
    return this.knowledge.asKnownOn(asKnownOn ?? null);
  }

  dayOf(query: FreshOrPast, isStuck: boolean): { readonly asKnownOn: string; readonly provisional: boolean } {
    const now = this.clock.now();
    const asKnownOn = query.asKnownOn ?? amsterdamDay(now.toISOString());
    return { asKnownOn, provisional: isStuck || !isSettled(asKnownOn, now) };
  }

  async ledgers(period: QuotaPeriod, query: FreshOrPast): Promise<AnsweredLedger> {
    const asked = await askedNow(this.log, this.clock);
    const asKnownOn = query.asKnownOn ?? amsterdamDay(asked.now.toISOString());
    const known = await this.known(query);
    const from = monthsOf(beginningOf(known.book, period))[0]!;
    const until = monthsOf(period).at(-1)!;
    const parked = known.parked.filter((one) => one.period <= period);
    const isStuck = parked.length > 0 || known.referenceParked !== null;
    return this.views.read(
      'realisation',
      (db, freshness) => {
        const realised = realisedMonths(db, { knownOn: query.asKnownOn ?? null, from, until });
        const { book, municipalities } = known;
        return {
          ledgers: ledgers(book, period, { municipalities, realised, asOf: asKnownOn }),
          known,
          asKnownOn,
          provisional: isStuck || isProvisional(asKnownOn, asked, freshness),
          parked,
          freshness: freshnessOf(freshness, this.log.id),
        };
      },
      { minPosition: query.minPosition },
    );
  }
}
