import type { Database } from 'better-sqlite3';
import { caseModel, type CaseHistory } from '../../src/journey/case-history.ts';
import { decide, type CaseCommand } from '../../src/journey/cases.decider.ts';
import type { CaseEvent, CaseFact, FactOf, Member } from '../../src/journey/cases.events.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { KnownReference } from '../../src/projecting/known-reference.ts';
import { KnownStream } from '../../src/projecting/known-stream.ts';
import type { Open, Projection, Row } from '../../src/projecting/projection.ts';
import { momentsOf, rowsOfStream, viewOf } from '../../src/projecting/stream-rows.ts';
import type { ViewState } from '../../src/projecting/view-store.ts';
import type { Sealed } from '../../src/privacy/sealed.ts';
import { MemoryViewStores } from '../../src/read-store/view-files.ts';
import { defaultReferenceEvents, referenceOf, type Reference } from '../../src/reference/reference.ts';
import type { ReferenceEvent } from '../../src/reference/reference.events.ts';

/** Readable without a key; `openPlain` opens it unless its subject is among the destroyed ones. */
export function plain(subject: string, value: object | string): Sealed {
  return { subject, keyVersion: 1, box: JSON.stringify(value) };
}

export function openPlain(destroyed: readonly string[] = []): Open {
  return (sealed) => (destroyed.includes(sealed.subject) ? undefined : JSON.parse(sealed.box));
}

export function person(
  personId: string,
  more: Partial<Member> & { readonly name?: string; alienNumber?: string } = {},
) {
  const { name, alienNumber, ...member } = more;
  const personal = name === undefined ? null : plain(personId, { name, ...(alienNumber ? { alienNumber } : {}) });
  return { personId, role: 'HOLDER', birthYear: 1985, personal, ...member } satisfies Member;
}

/**
 * What was recorded of one case, in order, as far as the rules allow it: a view proves nothing on what can't be. Each fact is
 * recorded on its business date unless told otherwise.
 */
export class Story {
  readonly stream: string;
  readonly events: RecordedEvent[] = [];
  private recordedOn: string | undefined;

  constructor(caseId: string) {
    this.stream = `case-${caseId}`;
  }

  /** What follows is recorded on this day (not before it). */
  recorded(day: string): this {
    this.recordedOn = day;
    return this;
  }

  on<T extends CaseEvent['type']>(
    occurredOn: string,
    type: T,
    data: Omit<Extract<CaseEvent, { type: T }>['data'], 'occurredOn'>,
  ): this {
    const last = this.events.at(-1)?.metadata.recordedAt.slice(0, 10) ?? '';
    const day = this.recordedOn ?? (occurredOn > last ? occurredOn : last);
    return this.record({ type, data: { occurredOn, ...data } } as CaseEvent, day);
  }

  permit(occurredOn: string, members: readonly Member[], more: Partial<FactOf<'PermitGranted'>['data']> = {}): this {
    return this.on(occurredOn, 'PermitGranted', {
      permitType: 'ASYLUM_TEMPORARY',
      channel: 'ASYLUM',
      receptionCentre: 'Ter Apel',
      sponsorCaseId: null,
      members,
      ...more,
    });
  }

  linked(occurredOn: string, municipality: string): this {
    return this.on(occurredOn, 'MunicipalityLinked', { municipality, criteria: [] });
  }

  offered(occurredOn: string, offerId: string, more: Partial<FactOf<'HomeOffered'>['data']> = {}): this {
    return this.on(occurredOn, 'HomeOffered', {
      offerId,
      municipality: 'GM0344',
      address: null,
      kind: 'APARTMENT',
      rooms: 3,
      rentCents: 60_000,
      availableFrom: occurredOn,
      answerBy: null,
      housingAssociation: null,
      ...more,
    });
  }

  /** Offered, accepted and signed, each on its day. */
  housed(
    offered: string,
    accepted: string,
    signed: string,
    tenancyStartOn: string,
    offerId = 'home',
    more: Partial<FactOf<'HomeOffered'>['data']> = {},
  ): this {
    return this.offered(offered, offerId, more)
      .on(accepted, 'OfferAccepted', { offerId })
      .on(signed, 'TenancySigned', { offerId, tenancyStartOn });
  }

  moved(occurredOn: string, personIds: readonly string[], more: Partial<FactOf<'MovedIn'>['data']> = {}): this {
    return this.on(occurredOn, 'MovedIn', {
      personIds,
      housingKind: 'REGULAR',
      municipality: 'GM0344',
      offerId: null,
      ...more,
    });
  }

  retracted(day: string, index: number): this {
    return this.on(day, 'FactRetracted', { eventId: this.events[index]!.id, reason: null });
  }

  corrected(day: string, index: number, change: object): this {
    const { id, type, data } = this.events[index]!;
    const fact = { type, data: { ...data, ...change } } as CaseFact;
    return this.on(day, 'FactCorrected', { eventId: id, reason: null, fact });
  }

  history(): CaseHistory {
    return caseModel.history(this.events);
  }

  private record(event: CaseEvent, day: string): this {
    const decision = decide(commandFor(event, day), this.history().events);
    if (isRefusal(decision)) throw new Error(`${event.type} ${event.data.occurredOn}: ${decision.refused}`);
    for (const decided of decision) this.append(decided, day);
    return this;
  }

  private append({ type, data }: CaseEvent, day: string): void {
    const revision = this.events.length;
    const id = `${this.stream}/${revision}`;
    this.events.push({
      id,
      type,
      data: data as object as JsonObject,
      metadata: metadata(`${day}T10:00:00.000Z`),
      stream: this.stream,
      revision,
      position: String(1_000 + revision),
      hash: '',
    });
  }
}

function commandFor(event: CaseEvent, today: string): CaseCommand {
  if (event.type === 'FactRetracted') return { do: 'retract', today, ...event.data };
  if (event.type === 'FactCorrected') return { do: 'correct', today, ...event.data };
  if (event.type === 'PersonalDataErased') return { do: 'erase', today, ...event.data };
  return { do: 'record', today, fact: event };
}

export function story(caseId: string): Story {
  return new Story(caseId);
}

/** The default rules, and what was set besides them. */
export function referenceEvents(...set: readonly { recordedOn: string; event: ReferenceEvent }[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  const add = (stream: string, type: string, data: object, recordedAt: string) => {
    const revision = events.filter((event) => event.stream === stream).length;
    const id = `${stream}/${revision}`;
    events.push({
      id,
      type,
      data: data as JsonObject,
      metadata: metadata(recordedAt),
      stream,
      revision,
      position: String(events.length + 1),
      hash: '',
    });
  };
  for (const { stream, event } of defaultReferenceEvents()) {
    add(stream, event.type, event.data, event.metadata.recordedAt);
  }
  for (const { recordedOn, event } of set) {
    const stream = event.type === 'NormTermsSet' ? 'reference-norm-terms' : 'reference-counting-rules';
    add(stream, event.type, event.data, `${recordedOn}T09:00:00.000Z`);
  }
  return events;
}

export const REFERENCE: Reference = referenceOf(referenceEvents());

type View = Projection<CaseHistory, Reference>;

/** Rows that follow from one case as it is known last. */
export function rowsOf(view: View, of: Story, open = openPlain()): Readonly<Record<string, readonly Row[]>> {
  return view.rows(of.history(), REFERENCE, open);
}

/** A view over these cases, as the engine builds it, to be asked with its queries. */
export async function built(
  view: View,
  cases: readonly Story[],
  { reference = referenceEvents(), open = openPlain() }: { reference?: RecordedEvent[]; open?: Open } = {},
): Promise<Database> {
  const known = new KnownReference(reference, referenceOf);
  const engineView = viewOf(view);
  const streams = cases.map(({ stream, events }) => {
    const own = new KnownStream(stream, events, (known) => caseModel.history(known));
    const { tables, parked } = rowsOfStream(engineView, own, known, momentsOf(own, known), '', open);
    if (parked) throw new Error(parked.reason);
    return { stream, isNew: true, fromDay: '', tables, parked };
  });
  const stores = new MemoryViewStores();
  const state: ViewState = {
    stage: 'loading',
    until: null,
    afterStream: null,
    streams: 0,
    events: 0,
    reached: null,
    witness: null,
  };
  const { id } = stores.create(view, 'log', state);
  const store = stores.open(id);
  for (const one of streams) store.load(one);
  store.loaded(state);
  await store.finish({ stage: 'serving', reached: null, witness: null, sweep: null });
  return stores.reader(id);
}

function metadata(recordedAt: string) {
  return {
    recordedAt,
    actor: 'jan',
    role: 'CASE_MANAGER',
    organisation: 'GM0344',
    command: 'test',
    commandId: 'test',
    correlationId: 'test',
    causationId: 'test',
  };
}
