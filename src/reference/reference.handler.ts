import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import type { CommandAnswer, Sent } from '../http/command.ts';
import { record } from '../http/recording.ts';
import type { CountingRuleSet, NormTermSet } from './reference.api.ts';
import { referenceDecider, type ReferenceCommand } from './reference.decider.ts';
import { COUNTING_RULES_STREAM, NORM_TERMS_STREAM } from './reference.events.ts';

/** Sets rules that all cases are reckoned with, from a day on. */
export class SetReference extends Command<CommandAnswer> {
  readonly what: 'norm-terms' | 'counting-rules';
  readonly sent: Sent;
  constructor(what: 'norm-terms' | 'counting-rules', sent: Sent) {
    super();
    this.what = what;
    this.sent = sent;
  }
}

@CommandHandler(SetReference)
export class SetReferenceHandler implements ICommandHandler<SetReference> {
  readonly log: EventLog;
  readonly clock: Clock;
  constructor(@Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  execute({ what, sent }: SetReference): Promise<CommandAnswer> {
    const stream = what === 'norm-terms' ? NORM_TERMS_STREAM : COUNTING_RULES_STREAM;
    const command = what === 'norm-terms' ? normTerms(sent.body as NormTermSet) : rules(sent.body as CountingRuleSet);
    return record(this, referenceDecider, stream, command, sent);
  }
}

function normTerms(body: NormTermSet): ReferenceCommand {
  const { validFrom, maximumExtensionDays = null, maximumSuspensionDays = null, ...days } = body;
  return { do: 'setNormTerms', validFrom, terms: { ...days, maximumExtensionDays, maximumSuspensionDays } };
}

function rules({ validFrom, ...of }: CountingRuleSet): ReferenceCommand {
  return { do: 'setCountingRules', validFrom, rules: of };
}
