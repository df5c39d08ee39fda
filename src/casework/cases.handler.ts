import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { isRefusal } from '../event-sourcing/decider.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import {
  CommandRefused,
  derivedId,
  eventIdOf,
  outcomeOfRepeat,
  StaleRevision,
  transact,
  type Envelope,
  type Outcome,
} from '../event-sourcing/transact.ts';
import type { CommandAnswer, Sent } from '../http/command.ts';
import { notFound, Problem } from '../http/problem.ts';
import { answerOf } from '../http/recording.ts';
import { Keyring, SubjectKeyMissing } from '../privacy/keyring.ts';
import { caseHistory, type CaseHistory } from '../journey/case-history.ts';
import { caseStream } from '../cases/case-reading.ts';
import { readReference } from '../reference/reference-reading.ts';
import type { Assignment, Correction, HouseholdMerge, Retraction } from './cases.api.ts';
import { obstacle, refusal } from '../journey/case-refusals.ts';
import { casesDecider, type CaseCommand, type TermLimits } from '../journey/cases.decider.ts';
import type { CaseFact } from '../journey/cases.events.ts';
import { correctionOf } from './corrections.ts';
import { draftOf, membersIn, type CaseIntent, type Circumstances, type RecordableType } from './fact-drafts.ts';
import { seal, unsealed, type SealedIntent } from './sealing.ts';

export type Change = RecordableType | 'assign' | 'correct' | 'retract';

/** A command on a case as it came in: to record a fact of a type, to correct one, or to take one back. */
export class ChangeCase extends Command<CommandAnswer> {
  readonly change: Change;
  readonly sent: Sent;
  constructor(change: Change, sent: Sent) {
    super();
    this.change = change;
    this.sent = sent;
  }
}

/** Drafts, seals, and leaves the decision to the rules. */
@CommandHandler(ChangeCase)
export class ChangeCaseHandler implements ICommandHandler<ChangeCase> {
  readonly log: EventLog;
  readonly clock: Clock;
  private readonly keyring: Keyring;
  constructor(@Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock, @Inject(Keyring) keyring: Keyring) {
    this.log = log;
    this.clock = clock;
    this.keyring = keyring;
  }

  async execute({ change, sent }: ChangeCase): Promise<CommandAnswer> {
    const { envelope } = sent;
    const caseId = sent.ids['caseId'] ?? derivedId(envelope.commandId, 'case');
    const stream = caseStream(caseId);
    const recorded = await this.log.readStream(stream);
    const repeat = await this.repeatOf(caseId, recorded, sent);
    if (repeat) return this.answer(caseId, repeat);

    const intent = this.intentOf(change, sent, recorded);
    await this.targetMustExist(sent);
    await this.sponsorMustExist(intent, caseId);
    await this.municipalityMustExist(intent);
    const newSubjects = subjectsMadeBy(change, intent, caseId);
    if (newSubjects.length > 0) {
      // Keys stand in the log for ever: none is made for a command that will be refused anyway.
      await this.mustBePossible(intent, recorded, envelope);
      await Promise.all(newSubjects.map((subject) => this.keyring.ensure(subject, envelope)));
    }
    const fingerprint = await this.fingerprint(caseId, sent.text);
    const sealed = await seal(this.keyring, intent, caseId, eventIdOf(envelope.commandId, 0));
    const command = await this.commandOf(sealed);
    const outcome = await transact(this, casesDecider, stream, command, { ...envelope, fingerprint }, recorded);
    return this.answer(caseId, outcome);
  }

  /** The first answer stands, whatever has become of the case since: nothing is checked before it is looked for. */
  private async repeatOf(
    caseId: string,
    recorded: readonly RecordedEvent[],
    { envelope, text }: Sent,
  ): Promise<Outcome | undefined> {
    const stream = caseStream(caseId);
    const repeat = outcomeOfRepeat(stream, recorded, envelope);
    return (
      repeat && outcomeOfRepeat(stream, recorded, { ...envelope, fingerprint: await this.fingerprint(caseId, text) })
    );
  }

  private intentOf(change: Change, sent: Sent, recorded: readonly RecordedEvent[]): CaseIntent {
    if (change === 'retract') {
      const { eventId, reason } = sent.body as Retraction;
      return { do: 'retract', eventId, reason };
    }
    const history = needsHistory(change, sent.body) ? caseHistory(recorded) : undefined;
    if (history !== undefined && history.revision === -1) throw notFound('case');
    const given = this.circumstances(sent, history);
    if (change === 'correct') return correctionOf(sent.body as Correction, history!, given);
    const type = change === 'assign' ? assignmentType(sent.body as Assignment, given) : change;
    return { do: 'record', draft: draftOf(type, sent.body, given) };
  }

  private circumstances({ ids, caller, envelope }: Sent, history: CaseHistory | undefined): Circumstances {
    return {
      ids,
      caller,
      today: this.today(),
      state: history?.state ?? { kind: 'unknown' },
      newId: (what) => derivedId(envelope.commandId, what),
    };
  }

  private async targetMustExist({ body }: Sent): Promise<void> {
    const { targetCaseId } = body as { targetCaseId?: string };
    if (targetCaseId === undefined) return;
    const [first] = await this.log.readStream(caseStream(targetCaseId), { until: 0 });
    if (!first) throw notFound('target case');
  }

  private async sponsorMustExist(intent: CaseIntent, caseId: string): Promise<void> {
    if (intent.do === 'retract' || intent.draft.type !== 'PermitGranted') return;
    const { sponsorCaseId } = intent.draft.data;
    if (sponsorCaseId === null) return;
    const [first] = sponsorCaseId === caseId ? [] : await this.log.readStream(caseStream(sponsorCaseId), { until: 0 });
    if (!first) throw new CommandRefused(refusal(obstacle('SPONSOR_CASE_UNKNOWN', sponsorCaseId)));
  }

  private async municipalityMustExist(intent: CaseIntent): Promise<void> {
    if (intent.do === 'retract' || !('municipality' in intent.draft.data)) return;
    const { municipality } = intent.draft.data;
    const { reference } = await readReference(this.log);
    if (reference.municipality(municipality) !== undefined) return;
    throw new CommandRefused(refusal(obstacle('MUNICIPALITY_UNKNOWN', municipality)));
  }

  private async mustBePossible(
    intent: CaseIntent,
    recorded: readonly RecordedEvent[],
    { expectedRevision }: Envelope,
  ): Promise<void> {
    const revision = recorded.at(-1)?.revision ?? -1;
    if (expectedRevision !== undefined && expectedRevision !== revision) {
      throw new StaleRevision(expectedRevision, revision);
    }
    const record = recorded.reduce((before, event) => casesDecider.evolve(before, event), casesDecider.initial);
    const decision = casesDecider.decide(await this.commandOf(unsealed(intent)), record);
    if (isRefusal(decision)) throw new CommandRefused(decision);
  }

  private async commandOf(sealed: SealedIntent): Promise<CaseCommand> {
    const today = this.today();
    if (sealed.do === 'retract') return { ...sealed, today };
    const limits = await this.limits(sealed.fact);
    return { ...sealed, today, ...limits };
  }

  /** Only two types of fact have limits, and they are rare. */
  private async limits({ type, data }: CaseFact): Promise<{ readonly limits?: TermLimits }> {
    if (type !== 'TermExtended' && type !== 'TermSuspended') return {};
    const { reference, parked } = await readReference(this.log);
    // Looking goes on with the last good rules; what is recorded is not measured by rules that may not hold any more.
    if (parked) throw new Problem('STREAM_PARKED', `The rules in force cannot be read: ${parked.reason}`);
    return { limits: reference.normTerms(data.occurredOn) };
  }

  private async fingerprint(caseId: string, text: string): Promise<string | undefined> {
    try {
      return await this.keyring.fingerprint(caseId, text);
    } catch (error) {
      // A case has a key from its first event on.
      throw error instanceof SubjectKeyMissing ? notFound('case') : error;
    }
  }

  private today(): string {
    return amsterdamDay(this.clock.now().toISOString());
  }

  private answer(caseId: string, outcome: Outcome): CommandAnswer {
    const ids = { caseId, ...idsIn(outcome) };
    return answerOf(outcome, this.log.id, { ids, location: `/v1/cases/${caseId}` });
  }
}

function needsHistory(change: Change, body: object): boolean {
  return (
    change === 'correct' ||
    change === 'assign' ||
    (change === 'HouseholdMerged' && (body as HouseholdMerge).personIds === undefined)
  );
}

function assignmentType(body: Assignment, { state, caller }: Circumstances): 'CaseAssigned' | 'CaseTakenOver' {
  const holder = state.kind === 'unknown' ? null : state.assignment;
  if (holder === null || !body.reason) return 'CaseAssigned';
  const { assignee = caller.actor, organisation = caller.organisation } = body;
  return holder.assignee === assignee && holder.organisation === organisation ? 'CaseAssigned' : 'CaseTakenOver';
}

/** Who needs a key before this can be recorded: a new case, and persons who are named for the first time. */
function subjectsMadeBy(change: Change, intent: CaseIntent, caseId: string): readonly string[] {
  if (intent.do === 'retract') return [];
  const persons = membersIn(intent.draft).filter(({ personal }) => personal !== null && 'plain' in personal);
  return [...(change === 'PermitGranted' ? [caseId] : []), ...persons.map((one) => one.personId)];
}

/** Ids that a caller needs to go on: of persons, offers, impediments, notes, documents, and the case they went to. */
function idsIn({ events }: Outcome): Readonly<Record<string, unknown>> {
  const data = events[0]?.data as Readonly<Record<string, unknown>> | undefined;
  const fact = ((data?.['fact'] as { data?: object } | undefined)?.data ?? data ?? {}) as Record<string, unknown>;
  const named = ['offerId', 'impedimentId', 'noteId', 'documentId', 'targetCaseId'].filter((name) => name in fact);
  const members = (fact['members'] ?? (fact['member'] ? [fact['member']] : [])) as readonly { personId: string }[];
  return {
    ...(members.length > 0 ? { personIds: members.map((one) => one.personId) } : {}),
    ...Object.fromEntries(named.map((name) => [name, fact[name]])),
  };
}
