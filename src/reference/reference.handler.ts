import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { createHash } from 'node:crypto';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { transact } from '../event-sourcing/transact.ts';
import { CommandAnswer, type Sent } from '../http/command.ts';
import { positionToken } from '../read-store/views.ts';
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
  private readonly log: EventLog;
  private readonly clock: Clock;
  constructor(@Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  async execute({ what, sent }: SetReference): Promise<CommandAnswer> {
    const stream = what === 'norm-terms' ? NORM_TERMS_STREAM : COUNTING_RULES_STREAM;
    const command = what === 'norm-terms' ? normTerms(sent.body as NormTermSet) : rules(sent.body as CountingRuleSet);
    // Nothing personal stands in these: no key is needed to tell one body from another.
    const fingerprint = createHash('sha256').update(sent.text).digest('base64url');
    const parts = { log: this.log, clock: this.clock };
    const outcome = await transact(parts, referenceDecider, stream, command, { ...sent.envelope, fingerprint });
    const position = outcome.position === null ? null : positionToken(this.log.id, outcome.position);
    const events = outcome.events.map(({ id, type, revision }) => ({ eventId: id, type, revision }));
    return new CommandAnswer(outcome.revision, position, { revision: outcome.revision, position, events });
  }
}

function normTerms(body: NormTermSet): ReferenceCommand {
  const { validFrom, maximumExtensionDays = null, maximumSuspensionDays = null, ...days } = body;
  return { do: 'setNormTerms', validFrom, terms: { ...days, maximumExtensionDays, maximumSuspensionDays } };
}

function rules({ validFrom, ...of }: CountingRuleSet): ReferenceCommand {
  return { do: 'setCountingRules', validFrom, rules: of };
}
