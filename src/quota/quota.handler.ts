import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import type { CommandAnswer, Sent } from '../http/command.ts';
import { notFound } from '../http/problem.ts';
import { record } from '../http/recording.ts';
import type * as api from './quota.api.ts';
import { quotaDecider, type QuotaCommand } from './quota.decider.ts';
import { quotaStream, type PerMunicipality, type QuotaFact } from './quota.events.ts';
import { QuotaKnowledge } from './quota-knowledge.ts';
import { isQuotaPeriod, startOf } from './quota-period.ts';

export type QuotaChange = QuotaFact['type'] | 'retract';

/** Records what was published or decided of a half-year, or takes it back. */
export class ChangeQuota extends Command<CommandAnswer> {
  readonly change: QuotaChange;
  readonly sent: Sent;
  constructor(change: QuotaChange, sent: Sent) {
    super();
    this.change = change;
    this.sent = sent;
  }
}

@CommandHandler(ChangeQuota)
export class ChangeQuotaHandler implements ICommandHandler<ChangeQuota> {
  readonly log: EventLog;
  readonly clock: Clock;
  private readonly knowledge: QuotaKnowledge;
  private last: Promise<unknown> = Promise.resolve();
  constructor(
    @Inject(EventLog) log: EventLog,
    @Inject(Clock) clock: Clock,
    @Inject(QuotaKnowledge) knowledge: QuotaKnowledge,
  ) {
    this.log = log;
    this.clock = clock;
    this.knowledge = knowledge;
  }

  /** One after another, as what is decided of one half-year rests on what stands of the others. */
  execute(command: ChangeQuota): Promise<CommandAnswer> {
    const answer = this.last.then(() => this.change(command));
    this.last = answer.catch(() => {});
    return answer;
  }

  private async change({ change, sent }: ChangeQuota): Promise<CommandAnswer> {
    const period = sent.ids['period']!;
    if (!isQuotaPeriod(period)) throw notFound('half-year; they are written as 2017H1');
    const command = await this.commandOf(change, period, sent.body);
    return record(this, quotaDecider, quotaStream(period), command, sent);
  }

  private async commandOf(change: QuotaChange, period: string, body: object): Promise<QuotaCommand> {
    const today = amsterdamDay(this.clock.now().toISOString());
    const { book, municipalities } = await this.knowledge.asKnownOn(null);
    const firstPeriod = [...book.keys()][0] ?? null;
    const openedIn = [...book.values()].find(({ openingArrears }) => openingArrears.size > 0)?.period ?? null;
    const circumstances = { today, firstPeriod, openedIn, municipalities };
    if (change === 'retract') {
      const { eventId, reason } = body as api.QuotaRetraction;
      return { do: 'retract', period, eventId, reason, ...circumstances, unknownMunicipalities: [] };
    }
    const fact = factOf(change, period, body, today);
    const existing = new Set(municipalities.existingOn(startOf(period)));
    const unknownMunicipalities = municipalitiesIn(fact).filter((code) => !existing.has(code));
    return { do: 'record', fact, ...circumstances, unknownMunicipalities };
  }
}

function factOf(type: QuotaFact['type'], period: string, body: object, today: string): QuotaFact {
  const { occurredOn = today } = body as { readonly occurredOn?: string };
  const when = { period, occurredOn };
  switch (type) {
    case 'NationalTotalPublished': {
      const { kind, persons, source = null } = body as api.NationalTotalPublication;
      return { type, data: { ...when, kind, persons, source } };
    }
    case 'QuotaRulesSet': {
      const { rounding, inhabitantsOn, onTrackPercent = 5, reason = null } = body as api.QuotaRuleSet;
      return { type, data: { ...when, rounding, inhabitantsOn, onTrackPercent, reason } };
    }
    case 'OfficialQuotasPublished': {
      const { quotas, source = null } = body as api.OfficialQuotas;
      const persons = perMunicipality(quotas.map((one) => [one.municipality, one.persons]));
      return { type, data: { ...when, persons, source } };
    }
    case 'QuotaExempted': {
      const { municipality, reason } = body as api.QuotaExemption;
      return { type, data: { ...when, municipality, reason } };
    }
    case 'QuotaTransferred': {
      const { from, to, persons, reason = null } = body as api.QuotaTransferAgreement;
      return { type, data: { ...when, from, to, persons, reason } };
    }
    case 'OpeningBalancesSet': {
      const { balances, source = null } = body as api.OpeningBalances;
      const arrears = perMunicipality(balances.map((one) => [one.municipality, one.arrears]));
      return { type, data: { ...when, arrears, source } };
    }
  }
}

function perMunicipality(entries: readonly (readonly [string, number])[]): PerMunicipality {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function municipalitiesIn(fact: QuotaFact): readonly string[] {
  switch (fact.type) {
    case 'NationalTotalPublished':
    case 'QuotaRulesSet':
      return [];
    case 'OfficialQuotasPublished':
      return Object.keys(fact.data.persons);
    case 'QuotaExempted':
      return [fact.data.municipality];
    case 'QuotaTransferred':
      return [fact.data.from, fact.data.to];
    case 'OpeningBalancesSet':
      return Object.keys(fact.data.arrears);
  }
}
