import { flawsOf, type Finding } from '../event-log/verify-log.ts';
import { WrongExpectedHead, type EventLog, type ExpectedHead } from '../event-sourcing/event-log.ts';
import type { NewEvent, RecordedEvent } from '../event-sourcing/event.ts';
import { CopyRefused, isLeftOut } from './origin.ts';

/** The source is not as it was written: its copy would not be what it is, and could not be told from a sound one. */
export class SourceFlawed extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(`${finding.stream} event ${finding.revision}: ${finding.what}`);
    this.name = 'SourceFlawed';
    this.finding = finding;
  }
}

/** A character is at most three bytes, and an append has a limit of bytes (MAX_APPEND_BYTES). */
const MOST_CHARACTERS_AN_APPEND = 300_000;

/**
 * Brings a whole stream of the source into the target, or the rest of it: an earlier attempt may have written its beginning.
 * @throws SourceFlawed · CopyRefused the target holds another stream of this name · errors of the target
 */
export async function copyStream(target: EventLog, events: readonly RecordedEvent[]): Promise<void> {
  const [flaw] = flawsOf(events);
  if (flaw !== undefined) throw new SourceFlawed(flaw);
  let expected: ExpectedHead = 'no-stream';
  let isAsked = false;
  for (let from = 0; from < events.length;) {
    const append = nextAppend(events, from);
    try {
      const { hash } = await target.append(append[0]!.stream, expected, append.map(newEvent));
      if (hash !== append.at(-1)!.hash) throw new CopyRefused(`${append[0]!.stream} came out otherwise in the target`);
      from += append.length;
    } catch (error) {
      if (!(error instanceof WrongExpectedHead) || isAsked) throw error;
      isAsked = true;
      from = await standingOf(target, events);
    }
    const last = events[from - 1];
    expected = last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash };
  }
}

/** How many of these events stand in the target. */
async function standingOf(target: EventLog, events: readonly RecordedEvent[]): Promise<number> {
  const { stream } = events[0]!;
  const there = await target.readStream(stream);
  const last = there.at(-1);
  if (last === undefined) return 0;
  if (isLeftOut(there)) {
    throw new CopyRefused(`${stream} was left out of the target: only a new log can become a copy that has it`);
  }
  if (events[last.revision]?.hash !== last.hash) {
    throw new CopyRefused(`the target holds another ${stream} than the source: somebody else writes it`);
  }
  return last.revision + 1;
}

/** At least one event: what was taken once is taken again. */
function nextAppend(events: readonly RecordedEvent[], from: number): readonly RecordedEvent[] {
  let characters = 0;
  let end = from;
  for (; end < events.length; end++) {
    characters += charactersOf(events[end]!);
    if (end > from && characters > MOST_CHARACTERS_AN_APPEND) break;
  }
  return events.slice(from, end);
}

/** Of its JSON. */
export function charactersOf({ id, type, data, metadata }: RecordedEvent): number {
  return id.length + type.length + JSON.stringify(data).length + JSON.stringify(metadata).length;
}

function newEvent({ id, type, data, metadata }: RecordedEvent): NewEvent {
  return { id, type, data, metadata };
}
