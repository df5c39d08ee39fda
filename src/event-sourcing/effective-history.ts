/** What this file needs to know of an event: a name for others to point at, and its place in the stream. */
interface Amendable {
  readonly id: string;
  readonly revision: number;
}

/** How a kind of stream speaks of facts, and of the events that take them back or put them right. */
export interface AmendmentRules<Event, Fact> {
  /** The fact an event states: its own, or the one a correction puts in place. Null for all else. */
  factOf(event: Event): Fact | null;
  /** Id of the event it takes back, or null. */
  retracts(event: Event): string | null;
  /** Id of the event in whose place its fact comes, or null. */
  corrects(event: Event): string | null;
  /** Business date of a fact. */
  occurredOn(fact: Fact): string;
  /** Place among the facts of one day; facts that can undo each other share one, so that revision decides among them. */
  step(fact: Fact): number;
}

/** A fact that stands. */
export interface Effective<Event, Fact> {
  readonly fact: Fact;
  /** The event that first stated it: its id is the fact's name for ever, its revision the fact's place. */
  readonly original: Event;
  /** The event whose statement stands: the last correction, or the original itself. */
  readonly statedBy: Event;
}

/** Which events have been taken back or put right by amendments that stand themselves. */
export interface Amendments<Event> {
  /** By id of the event that is taken back: the last retraction that stands. */
  readonly retractions: ReadonlyMap<string, Event>;
  /** By id of the event that is put right: the last correction that stands. */
  readonly corrections: ReadonlyMap<string, Event>;
}

const NONE = { retractions: new Map<string, never>(), corrections: new Map<string, never>() };

/**
 * Goes through the events from last to first. An amendment names an earlier event, so whether it stands itself is known
 * when it is met.
 * @param events of one stream, in order of revision
 */
export function amendments<Event extends Amendable, Fact>(
  events: readonly Event[],
  rules: AmendmentRules<Event, Fact>,
): Amendments<Event> {
  if (!events.some((event) => rules.retracts(event) !== null || rules.corrects(event) !== null)) return NONE;
  const retractions = new Map<string, Event>();
  const corrections = new Map<string, Event>();
  const passed = new Set<string>();
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index]!;
    passed.add(event.id);
    if (retractions.has(event.id)) continue;
    const retracted = rules.retracts(event);
    if (retracted !== null && !passed.has(retracted) && !retractions.has(retracted)) retractions.set(retracted, event);
    const corrected = rules.corrects(event);
    if (corrected !== null && !passed.has(corrected) && !corrections.has(corrected)) corrections.set(corrected, event);
  }
  return { retractions, corrections };
}

/**
 * The one effective history: all facts but the retracted ones, each as last corrected, ordered by business date, step, and
 * revision of the original. Total: an amendment that names nothing, or something later, changes nothing.
 * @param events of one stream, in order of revision
 */
export function effectiveHistory<Event extends Amendable, Fact>(
  events: readonly Event[],
  rules: AmendmentRules<Event, Fact>,
  { retractions, corrections }: Amendments<Event> = amendments(events, rules),
): readonly Effective<Event, Fact>[] {
  const effective: Effective<Event, Fact>[] = [];
  for (const original of events) {
    let fact = rules.factOf(original);
    if (fact === null || rules.corrects(original) !== null || retractions.has(original.id)) continue;
    let statedBy = original;
    for (let next = corrections.get(original.id); next !== undefined; next = corrections.get(next.id)) statedBy = next;
    if (statedBy !== original) fact = rules.factOf(statedBy);
    if (fact !== null) effective.push({ fact, original, statedBy });
  }
  return effective.sort((a, b) => {
    const dayOfA = rules.occurredOn(a.fact);
    const dayOfB = rules.occurredOn(b.fact);
    if (dayOfA !== dayOfB) return dayOfA < dayOfB ? -1 : 1;
    return rules.step(a.fact) - rules.step(b.fact) || a.original.revision - b.original.revision;
  });
}
