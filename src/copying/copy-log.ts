import { hash } from 'node:crypto';
import { flawsOf } from '../event-log/verify-log.ts';
import { streamsOrDamage, type StreamOrDamage } from '../event-sourcing/streams-or-damage.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { charactersOf, copyStream, SourceFlawed } from './copy-stream.ts';
import { ORIGIN_STREAM, PROGRESS_STREAM } from './copying.events.ts';
import { Heads, type HeadsCounted } from './heads.ts';
import { CopyRefused, CopyScribe, EARLIEST, isLeftOut, isUnfinishedCopy, leftOutOf } from './origin.ts';
import { carryOver, refuseUnlessCaughtUp, standingsIn, type Reactor, type Standing } from './reactions-carried.ts';

export interface CopyingOptions {
  /** The process managers of the product, whose checkpoints are carried over. */
  readonly reactors: readonly Reactor[];
  /** Streams that are to be erased in the target, besides those that are in the source. */
  readonly erased?: AsyncIterable<string> | Iterable<string>;
  /** Streams that are damaged in the source: the copy says of each that it was left out, and why, and holds no more of it. */
  readonly leaveOut?: readonly string[];
  /**
   * Takes the source as it stands now, while it is written: what process managers have not reacted to is left to them in the
   * target. Otherwise the source must stand still, with nothing left to react to.
   */
  readonly isLive?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly step: 'copy' | 'check';
    readonly events: number;
    /** May be an estimate. */
    readonly of: number;
  }) => void;
}

export interface CopyOutcome extends HeadsCounted {
  /** `ALREADY`: the target was a finished copy of this source. */
  readonly ended: 'COMPLETED' | 'STOPPED' | 'ALREADY';
  /** Streams of the target that are erased. */
  readonly erased: number;
  /** How many of them a finished copy still held: they were erased in the source since. */
  readonly erasedSince: number;
  /** Streams that were left out, of this copy or of the source when that was copied. */
  readonly leftOut: readonly string[];
}

/** How far an unfinished copy is. It goes on from there only if source and erasures are still the same; else all is gone through again. */
interface Progress extends HeadsCounted {
  readonly until: Position;
  /** SHA-256 of the names of all streams that are erased: of as many others, other streams were passed over. */
  readonly erasures: string;
  /** Streams to be left out. */
  readonly leaveOut: readonly string[];
  /** The last stream up to which all are copied, in the source's order. */
  readonly category: string | null;
  readonly stream: string | null;
}

const STREAMS_AT_ONCE = 128;
const CHARACTERS_AT_ONCE = 16_000_000;
const SAVED_EVERY_MS = 2_000;

/**
 * Copies a log into an empty one, on whatever engine, many streams at a time and in order within each: ids, data, metadata and
 * hashes stay; positions are the target's own. Until it is complete the target is marked as an unfinished copy, into which the
 * same copying goes on, however it ended. At the end all streams of the target are read back, and must be as many, as long and
 * end in the same hashes as those of the source. Memory does not grow with the log, but for the names of erased streams.
 * @throws CopyRefused · SourceFlawed · errors of both logs
 */
export async function copyLog(source: EventLog, target: EventLog, options: CopyingOptions): Promise<CopyOutcome> {
  if (source.id === target.id) throw new CopyRefused('the source and the target are the same log');
  if (await isUnfinishedCopy(source)) {
    throw new CopyRefused('the source is itself the unfinished copy of another log: complete that one first');
  }
  const standings = await standingsIn(source, options.reactors);
  const until = await source.head();
  if (until === undefined) throw new CopyRefused('there is nothing in the source to copy');
  const reading = { until, leaveOut: new Set([...(options.leaveOut ?? []), ...(await leftOutOf(target))]) };
  if (!options.isLive) await refuseUnlessCaughtUp(source, standings, reading);
  const scribe = new CopyScribe(target, source.id, (await source.lastRecordedAt()) ?? EARLIEST);
  const completed = await scribe.begin();
  if (completed === undefined) return new Copying({ source, target, scribe, until, options }).run(standings);
  if (completed.until !== until) {
    throw new CopyRefused(
      'the target is a complete copy of this source, which was written since: only a new log can become one',
    );
  }
  const { erased } = await source.inventory(options.signal);
  const inTarget = await eraseIn(target, await erasedNames(erased, options), options.signal);
  const { leftOut = [] } = completed;
  const missing = options.leaveOut?.find((stream) => !leftOut.includes(stream));
  if (missing !== undefined) throw new CopyRefused(`the target is a complete copy already, with ${missing} in it`);
  return { ...completed, leftOut, ended: 'ALREADY', erased: inTarget.erased.size, erasedSince: inTarget.since };
}

/** What is not to stand in the target: erased in the source, or given besides. */
async function erasedNames(inSource: readonly string[], { erased }: CopyingOptions): Promise<Set<string>> {
  const names = new Set(inSource);
  for await (const stream of erased ?? []) names.add(stream);
  return names;
}

/** Nothing comes back that was erased there before, whatever list it stood on. */
async function eraseIn(
  target: EventLog,
  streams: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<{ readonly erased: ReadonlySet<string>; readonly since: number }> {
  const there = new Set((await target.inventory(signal)).erased);
  const missing = [...streams].filter((stream) => !there.has(stream));
  for (const stream of missing) {
    signal?.throwIfAborted();
    await target.erase(stream);
  }
  return { erased: new Set([...there, ...streams]), since: missing.length };
}

interface Parts {
  readonly source: EventLog;
  readonly target: EventLog;
  readonly scribe: CopyScribe;
  readonly until: Position;
  readonly options: CopyingOptions;
}

interface UnderWay {
  readonly events: readonly RecordedEvent[];
  readonly characters: number;
  readonly copied: Promise<void>;
}

class Copying {
  readonly #parts: Parts;
  readonly #leaveOut: ReadonlySet<string>;
  #leftOut: readonly string[] = [];
  #erased: ReadonlySet<string> = new Set();
  readonly #underWay: UnderWay[] = [];
  #characters = 0;
  #heads = new Heads();
  #last: { readonly category: string; readonly stream: string } | undefined;
  #savedAtMs = performance.now();
  #of = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#leaveOut = new Set(parts.options.leaveOut);
  }

  async run(standings: readonly Standing[]): Promise<CopyOutcome> {
    const { source, target, scribe, until, options } = this.#parts;
    try {
      const { categories, erased } = await source.inventory(options.signal);
      this.#of = await source.count();
      this.#leftOut = [...(await leftOutOf(source)), ...this.#leaveOut].toSorted();
      await this.#eraseFirst(erased);
      await this.#goOn();
      await this.#copyAll(categories);
      await this.#refuseUnlessLeftOut();
      await this.#refuseIfMoved();
      await this.#compare();
      await carryOver({ source, target, scribe }, standings, { until, leaveOut: new Set(this.#leftOut) });
      await this.#refuseIfMoved();
      await this.#refuseIfErased();
    } catch (error) {
      if (options.signal?.aborted) return this.#outcome('STOPPED');
      throw error;
    }
    await scribe.complete({ ...this.#heads.counted(), erased: this.#erased.size, until, leftOut: this.#leftOut });
    return this.#outcome('COMPLETED');
  }

  #outcome(ended: CopyOutcome['ended']): CopyOutcome {
    return { ...this.#heads.counted(), ended, erased: this.#erased.size, erasedSince: 0, leftOut: this.#leftOut };
  }

  /** Before anything is copied: what is erased never comes to stand in the target, not for a moment. */
  async #eraseFirst(inSource: readonly string[]): Promise<void> {
    const { target, options } = this.#parts;
    ({ erased: this.#erased } = await eraseIn(target, await erasedNames(inSource, options), options.signal));
  }

  #erasures(): string {
    return hash('sha256', JSON.stringify([...this.#erased].toSorted()), 'hex');
  }

  #toLeaveOut(): readonly string[] {
    return [...this.#leaveOut].toSorted();
  }

  async #goOn(): Promise<void> {
    const { target, until } = this.#parts;
    const progress = (await target.readStream(PROGRESS_STREAM)).at(-1)?.data as unknown as Progress | undefined;
    if (progress?.until !== until || progress.erasures !== this.#erasures()) return;
    if (JSON.stringify(progress.leaveOut) !== JSON.stringify(this.#toLeaveOut())) return;
    this.#heads = new Heads(progress);
    if (progress.category === null || progress.stream === null) return;
    this.#last = { category: progress.category, stream: progress.stream };
  }

  async #copyAll(categories: readonly string[]): Promise<void> {
    const first = this.#last === undefined ? 0 : categories.indexOf(this.#last.category);
    try {
      for (const category of categories.slice(Math.max(0, first))) await this.#copyCategory(category);
    } catch (error) {
      // What is under way ends before anybody closes the logs, and counts as far as it went well.
      await this.#settleAll().catch(() => undefined);
      if (this.#parts.options.signal?.aborted) await this.#save();
      throw error;
    }
    await this.#save();
    this.#of = this.#heads.counted().events;
    this.#tell('copy', this.#of);
  }

  async #copyCategory(category: string): Promise<void> {
    const { source, until, options } = this.#parts;
    const after = this.#last?.category === category ? { afterStream: this.#last.stream } : {};
    const signal = options.signal ? { signal: options.signal } : {};
    for await (const read of streamsOrDamage(source, { category, until, ...after, ...signal })) {
      options.signal?.throwIfAborted();
      const { stream } = read;
      if (stream === ORIGIN_STREAM || this.#erased.has(stream)) continue;
      if (this.#leaveOut.has(stream)) await this.#passOver(read);
      else if ('damage' in read) throw read.damage;
      else await this.#begin(read.events);
    }
    await this.#settleAll();
  }

  /** @throws CopyRefused it can be copied: nothing that is whole is left out */
  async #passOver(read: StreamOrDamage): Promise<void> {
    const { stream } = read;
    const [flaw] = 'damage' in read ? [] : flawsOf(read.events);
    const found = 'damage' in read ? read.damage : flaw && new SourceFlawed(flaw);
    if (found === undefined) throw new CopyRefused(`${stream} is as it was written: it is copied, not left out`);
    await this.#settleAll();
    await this.#parts.scribe.leaveOut(stream, found.message);
    this.#last = { category: categoryOf(stream), stream };
  }

  /** @throws CopyRefused what was to be left out did not come by */
  async #refuseUnlessLeftOut(): Promise<void> {
    for (const stream of this.#leaveOut) {
      if (isLeftOut(await this.#parts.target.readStream(stream))) continue;
      throw new CopyRefused(`there is no ${stream} in the source that could be left out`);
    }
  }

  async #begin(events: readonly RecordedEvent[]): Promise<void> {
    const characters = events.reduce((sum, event) => sum + charactersOf(event), 0);
    while (this.#underWay.length >= STREAMS_AT_ONCE || this.#characters + characters > CHARACTERS_AT_ONCE) {
      if (this.#underWay.length === 0) break;
      await this.#settleFirst();
    }
    const copied = copyStream(this.#parts.target, events);
    // It is looked at when its turn comes; until then nobody may take its failure for one that nobody looks at.
    copied.catch(() => undefined);
    this.#characters += characters;
    this.#underWay.push({ events, characters, copied });
  }

  async #settleAll(): Promise<void> {
    while (this.#underWay.length > 0) await this.#settleFirst();
  }

  /** In the order in which they began, so that everything up to the last is copied. */
  async #settleFirst(): Promise<void> {
    const { events, characters, copied } = this.#underWay[0]!;
    try {
      await copied;
    } catch (error) {
      await Promise.allSettled(this.#underWay.splice(0).map((it) => it.copied));
      throw error;
    }
    this.#underWay.shift();
    this.#characters -= characters;
    this.#heads.add(events);
    const { stream } = events[0]!;
    this.#last = { category: categoryOf(stream), stream };
    this.#tell('copy', this.#heads.counted().events);
    if (performance.now() - this.#savedAtMs >= SAVED_EVERY_MS) await this.#save();
  }

  async #save(): Promise<void> {
    const { scribe, until } = this.#parts;
    await this.#refuseIfMoved();
    const { category = null, stream = null } = this.#last ?? {};
    const [erasures, leaveOut] = [this.#erasures(), this.#toLeaveOut()];
    const progress: Progress = { ...this.#heads.counted(), until, erasures, leaveOut, category, stream };
    await scribe.replaceLatest(PROGRESS_STREAM, 'LogCopyProgressed', { ...progress });
    this.#savedAtMs = performance.now();
  }

  async #refuseIfMoved(): Promise<void> {
    const { source, until, options } = this.#parts;
    if (options.isLive || (await source.head()) === until) return;
    throw new CopyRefused(
      'the source was written while it was copied: stop every server on it, and give the same command again to go on',
    );
  }

  /** An erasure moves no end, and may come while a log is copied that others are at work on. @throws CopyRefused */
  async #refuseIfErased(): Promise<void> {
    const { source, options } = this.#parts;
    const { erased } = await source.inventory(options.signal);
    if (erased.every((stream) => this.#erased.has(stream))) return;
    throw new CopyRefused('keys were erased in the source while it was copied: give the same command again to go on');
  }

  /** @throws CopyRefused */
  async #compare(): Promise<void> {
    const { target, options } = this.#parts;
    const signal = options.signal ? { signal: options.signal } : {};
    const found = new Heads();
    this.#tell('check', 0);
    for (const category of (await target.inventory(options.signal)).categories) {
      for await (const events of target.readStreamByStream({ category, ...signal })) {
        options.signal?.throwIfAborted();
        const { stream } = events[0]!;
        if (stream === ORIGIN_STREAM) continue;
        const [flaw] = flawsOf(events);
        if (flaw) throw new CopyRefused(`the target is not sound: ${flaw.stream} event ${flaw.revision} ${flaw.what}`);
        if (this.#leaveOut.has(stream)) continue;
        found.add(events);
        this.#tell('check', found.counted().events);
      }
    }
    const [there, here] = [this.#heads.counted(), found.counted()];
    if (there.heads === here.heads) return;
    throw new CopyRefused(
      `the target holds ${here.events} events in ${here.streams} streams, the source ${there.events} in ${there.streams}, ` +
        'or streams that end otherwise: it is not the same log, and must not be used',
    );
  }

  #tell(step: 'copy' | 'check', events: number): void {
    this.#parts.options.onProgress?.({ step, events, of: this.#of });
  }
}
