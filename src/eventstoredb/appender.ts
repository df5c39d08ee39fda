import { NO_STREAM } from '@eventstore/db-client';
import type { CrashPoint } from '../event-sourcing/crash-point.ts';
import { StreamDamaged, WrongExpectedHead, type Appended } from '../event-sourcing/event-log.ts';
import { named, NO_REVISION, type AppendRequest } from '../event-log/append-request.ts';
import type { LogEnd } from './log-end.ts';
import type { LogOnServer } from './opening.ts';
import { isOfType } from './server-faults.ts';
import type { ServerStreams } from './server-streams.ts';
import { idsOf, proposedEvents } from './stored-event.ts';
import { isLatestOnly } from './stream-names.ts';

/** What an append is made and checked with. */
export interface AppendingParts {
  readonly log: LogOnServer;
  readonly streams: ServerStreams;
  readonly end: LogEnd;
}

/**
 * Appends as the port has it, with what the server looks at (the revision) and what it does not (the hash, and whether the same
 * events stand there already). ADR 0018 tells why a repeat is what is the same to the last letter.
 */
export class Appender {
  readonly #parts: AppendingParts;
  readonly #crash: CrashPoint;
  /** The same append, made more than once at the same time: only the first that is answered wrote it. */
  readonly #twins = new Map<string, { calls: number; isAnswered: boolean }>();

  constructor(parts: AppendingParts, crash: CrashPoint) {
    this.#parts = parts;
    this.#crash = crash;
  }

  /** @param endsAtMs when patience ends, over all calls that it takes, by `performance.now()` */
  async append(request: AppendRequest, endsAtMs: number): Promise<Appended> {
    const { stream, revision } = request;
    if (!(await this.#buildsOnHead(request, endsAtMs))) return this.#standing(request, endsAtMs);
    if (isLatestOnly(stream) && revision === NO_REVISION) await this.#keepLatestOnly(stream, endsAtMs);
    const key = `${stream}\n${idsOf(request)[0]}`;
    const twin = this.#twins.get(key) ?? { calls: 0, isAnswered: false };
    this.#twins.set(key, twin);
    twin.calls++;
    try {
      return await this.#write(request, twin, endsAtMs);
    } catch (error) {
      if (isOfType(error, 'wrong-expected-version')) return this.#standing(request, endsAtMs);
      throw this.#parts.streams.fault(error, stream);
    } finally {
      if (--twin.calls === 0) this.#twins.delete(key);
    }
  }

  async #write(request: AppendRequest, twin: { isAnswered: boolean }, endsAtMs: number): Promise<Appended> {
    const { log, streams, end } = this.#parts;
    const { stream, revision } = request;
    const events = proposedEvents(request);
    const takenBefore = end.taken;
    this.#crash('log:before-commit');
    const { nextExpectedRevision, position } = await log.server.call(
      (client, options) =>
        client.appendToStream(log.names.onServer(stream), events, {
          expectedRevision: revision === NO_REVISION ? NO_STREAM : BigInt(revision),
          ...options,
        }),
      endsAtMs,
    );
    this.#crash('log:after-commit');
    // Someone else has taken away the beginning of the stream: its numbers went on, and no longer follow from ours.
    if (nextExpectedRevision !== BigInt(revision + events.length)) throw new StreamDamaged(stream);
    if (position === undefined) return this.#standing(request, endsAtMs);
    const repeated = twin.isAnswered || position.commit <= takenBefore;
    twin.isAnswered = true;
    if (isLatestOnly(stream)) end.passed(position.commit);
    else end.reached(position.commit);
    const head = { revision: revision + events.length, hash: request.events.at(-1)! };
    streams.heads.saw(stream, head);
    return { ...head, position: String(position.commit), repeated };
  }

  /** What the server does not look at: whether the hash built on is the one that stands there. */
  async #buildsOnHead({ stream, revision, hash }: AppendRequest, endsAtMs: number): Promise<boolean> {
    if (revision === NO_REVISION) return true;
    if (isLatestOnly(stream)) return hash === '';
    const { streams } = this.#parts;
    const known = streams.heads.get(stream);
    if (known && known.revision > revision) return false;
    if (known?.revision === revision) return known.hash === hash;
    const [standing] = await streams.read(stream, { from: revision, until: revision }, endsAtMs);
    return standing?.hash === hash;
  }

  /** A refused append: the events stand there already, or the stream ends elsewhere. @throws WrongExpectedHead */
  async #standing(request: AppendRequest, endsAtMs: number): Promise<Appended> {
    const { streams } = this.#parts;
    const { stream, revision } = request;
    const ids = idsOf(request);
    const end = revision + ids.length;
    const events = await streams.read(stream, { from: revision + 1, until: end }, endsAtMs);
    const last = events.at(-1);
    if (last?.revision === end && events.every((event) => event.id === ids[event.revision - revision - 1])) {
      return { revision: end, position: last.position, hash: last.hash, repeated: true };
    }
    const head = await streams.last(stream, endsAtMs);
    throw new WrongExpectedHead(stream, named(revision), named(head?.revision ?? NO_REVISION));
  }

  async #keepLatestOnly(stream: string, endsAtMs: number): Promise<void> {
    const { server, names } = this.#parts.log;
    await server.call(
      (client, options) => client.setStreamMetadata(names.onServer(stream), { maxCount: 1 }, options),
      endsAtMs,
    );
  }
}
