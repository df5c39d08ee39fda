import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../event-sourcing/clock.ts';
import { StreamErased, WrongExpectedHead, type EventLog } from '../event-sourcing/event-log.ts';
import type { Json, NewEvent, RecordedEvent } from '../event-sourcing/event.ts';
import type { Open } from '../projecting/projection.ts';
import { derivedId, metadataOf, type Sender } from '../event-sourcing/transact.ts';
import { freshBytes, lockBox, unlockBox } from './cipher-box.ts';
import type { ErasedKeys } from './erased-keys.ts';
import { keyStream, type SubjectKeyCreated } from './keys.events.ts';
import type { MasterKey } from './master-key.ts';
import { SealBroken, SubjectKeyDestroyed, SubjectKeyMissing } from './privacy-error.ts';
import type { Sealed } from './sealed.ts';

export { SealBroken, SubjectKeyDestroyed, SubjectKeyMissing } from './privacy-error.ts';

/** On whose behalf a key is made: stands in the metadata of the key's event. */
export type KeyRequester = Sender;

interface SubjectKey {
  readonly keyVersion: number;
  readonly sealing: KeyObject;
}

interface Cached {
  readonly key: SubjectKey | 'destroyed';
  readonly readAtMs: number;
}

/** Subject of the key by which a master key is known. */
const MARK = 'master-key';
const KEY_BYTES = 32;
const KEY_VERSION = 1;
const CACHED_KEYS = 10_000;
const TRUSTED_MS = 5 * 60_000;

/**
 * The keys of persons and cases, one a subject, in the log (wrapped) and for a while in memory (bounded). It makes them,
 * seals and opens with them, and destroys them. On a log that is only read, everything but making and destroying works.
 */
export class Keyring {
  private readonly log: EventLog;
  private readonly masterKey: MasterKey;
  private readonly clock: Clock;
  private readonly erasedKeys: ErasedKeys;
  private readonly cachedKeys: number;
  private readonly trustedMs: number;
  /** In order of last use. */
  private readonly cache = new Map<string, Cached>();
  private readonly underWay = new Map<string, Promise<Cached['key'] | undefined>>();

  constructor(parts: {
    readonly log: EventLog;
    readonly masterKey: MasterKey;
    readonly clock: Clock;
    readonly erasedKeys: ErasedKeys;
    readonly cachedKeys?: number;
    /** How long this node may go on with a key that was destroyed elsewhere, if it does not hear of it. */
    readonly trustedMs?: number;
  }) {
    this.log = parts.log;
    this.masterKey = parts.masterKey;
    this.clock = parts.clock;
    this.erasedKeys = parts.erasedKeys;
    this.cachedKeys = parts.cachedKeys ?? CACHED_KEYS;
    this.trustedMs = parts.trustedMs ?? TRUSTED_MS;
  }

  /**
   * Makes the subject's key unless it has one. Of two makers at once one wins, and both go on with the winner's.
   * @throws SubjectKeyDestroyed · errors of the log
   */
  async ensure(subject: string, who: KeyRequester): Promise<void> {
    const present = await this.find(subject);
    if (present === 'destroyed') throw new SubjectKeyDestroyed(subject);
    if (present === undefined) await this.create(subject, who);
  }

  /**
   * Makes the first key of a log that several nodes write, for nobody: by it each of them can tell that it has the same master
   * key as the others before anything is sealed with another.
   * @throws MasterKeyWrong · errors of the log
   */
  async markMasterKey(): Promise<void> {
    const id = derivedId(MARK, 'mark');
    const sender = { actor: 'woonspoor', role: 'SYSTEM', organisation: 'WOONSPOOR', name: 'markMasterKey' };
    await this.ensure(MARK, { ...sender, commandId: id, correlationId: id, causationId: id });
  }

  /**
   * The key of a subject that is new for sure, for whoever brings in many: its event is the caller's to append, before
   * anything that is sealed with it.
   */
  async ofNewSubject(
    subject: string,
    who: KeyRequester,
  ): Promise<{ readonly stream: string; readonly event: NewEvent }> {
    const bytes = freshBytes(KEY_BYTES);
    try {
      const { wrapped, masterKeyVersion } = await this.masterKey.wrap(subject, bytes);
      this.remember(subject, { keyVersion: KEY_VERSION, sealing: createSecretKey(bytes) });
      const event = this.created({ keyVersion: KEY_VERSION, masterKeyVersion, subject, wrapped }, who);
      return { stream: keyStream(subject), event };
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * Seals a JSON value for the place it will stand in: `eventId` is the event that holds it (of a correction: the correcting
   * event), `field` the name of the property it is the value of.
   * @throws SubjectKeyMissing (`ensure` comes first) · SubjectKeyDestroyed
   */
  async seal(subject: string, eventId: string, field: string, value: Json): Promise<Sealed> {
    const key = await this.find(subject);
    if (key === undefined) throw new SubjectKeyMissing(subject);
    if (key === 'destroyed') throw new SubjectKeyDestroyed(subject);
    const { keyVersion, sealing } = key;
    const box = lockBox(sealing, place(subject, eventId, field, keyVersion), Buffer.from(JSON.stringify(value)));
    return { box, keyVersion, subject };
  }

  /**
   * An opener for values of these subjects; the keys are fetched now, so that it need not wait. It answers undefined where
   * the key has been destroyed, and throws SealBroken where box or place is not what was sealed.
   * @throws SubjectKeyMissing · MasterKeyWrong · errors of the log
   */
  async load(subjects: Iterable<string>): Promise<Open> {
    const keys = new Map<string, Cached['key']>();
    const toRead: string[] = [];
    for (const subject of subjects) {
      const cached = this.cached(subject);
      if (cached) keys.set(subject, cached);
      else toRead.push(subject);
    }
    if (toRead.length > 0) {
      // Not remembered: whoever loads many comes by each of them once.
      const read = await this.log.readStreams(toRead.map(keyStream));
      for (const [index, events] of read.entries()) {
        const subject = toRead[index]!;
        const key = events === 'erased' ? 'destroyed' : await this.keyIn(subject, events);
        if (key === undefined) throw new SubjectKeyMissing(subject);
        keys.set(subject, key);
      }
    }
    return (sealed, eventId, field) => {
      const key = keys.get(sealed.subject);
      if (key === undefined) throw new Error(`the key of ${sealed.subject} was not loaded`);
      return key === 'destroyed' ? undefined : openSealed(key, sealed, eventId, field);
    };
  }

  /**
   * HMAC-SHA-256 (base64url, 128 bits) of a text under a key of the subject: equal texts can be told, the text can't.
   * Undefined once the key has been destroyed.
   * @throws SubjectKeyMissing
   */
  async fingerprint(subject: string, text: string): Promise<string | undefined> {
    const key = await this.find(subject);
    if (key === undefined) throw new SubjectKeyMissing(subject);
    if (key === 'destroyed') return undefined;
    const fingerprinting = createHmac('sha256', key.sealing).update('woonspoor fingerprint').digest();
    return createHmac('sha256', fingerprinting).update(text).digest().subarray(0, 16).toString('base64url');
  }

  /**
   * Destroys the subject's key: from now on nobody can read what was sealed for it, here or from any backup. Noted outside
   * the log first, so that no crash in between leaves a key that comes back. Repeatable.
   */
  async destroy(subject: string): Promise<void> {
    this.erasedKeys.add(subject, this.clock.now().toISOString());
    try {
      await this.log.erase(keyStream(subject));
    } finally {
      this.forget(subject);
    }
  }

  /** Drops a key from memory, so that the log is asked anew: for a node that hears of a destruction elsewhere. */
  forget(subject: string): void {
    this.cache.delete(subject);
    this.underWay.delete(subject);
  }

  /**
   * Keys were destroyed, by this node or another: forgets them, and keeps their subjects on this node's own list, so that no
   * backup brings them back here.
   */
  async heardOfDestruction(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.forget(subject);
    await this.erasedKeys.addMissing(subjects, this.clock.now().toISOString());
  }

  /** At every start, restore and copy: destroys again what came back. Answers how many keys were there. */
  async applyErasedKeys(): Promise<number> {
    let destroyed = 0;
    for await (const subject of this.erasedKeys.subjects()) {
      if (await this.isErased(subject)) continue;
      // Also where no key stands (a copy leaves them out): a value of this subject is then known to be destroyed, not lost.
      await this.log.erase(keyStream(subject));
      this.forget(subject);
      destroyed++;
    }
    return destroyed;
  }

  private async create(subject: string, who: KeyRequester): Promise<void> {
    const bytes = freshBytes(KEY_BYTES);
    const { wrapped, masterKeyVersion } = await this.masterKey.wrap(subject, bytes);
    const event = this.created({ keyVersion: KEY_VERSION, masterKeyVersion, subject, wrapped }, who);
    try {
      const { repeated } = await this.log.append(keyStream(subject), 'no-stream', [event]);
      if (!repeated) {
        this.remember(subject, { keyVersion: KEY_VERSION, sealing: createSecretKey(bytes) });
        return;
      }
    } catch (error) {
      if (error instanceof StreamErased) throw new SubjectKeyDestroyed(subject);
      if (!(error instanceof WrongExpectedHead)) throw error;
    } finally {
      bytes.fill(0);
    }
    // Somebody else's key stands there: the event id follows from the subject, so the log took ours for a repeat.
    this.forget(subject);
    const winner = await this.find(subject);
    if (winner === undefined) throw new SubjectKeyMissing(subject);
    if (winner === 'destroyed') throw new SubjectKeyDestroyed(subject);
  }

  private created(data: SubjectKeyCreated['data'], who: KeyRequester): NewEvent {
    return {
      id: derivedId(data.subject, 'subject key'),
      type: 'SubjectKeyCreated',
      data: { ...data },
      metadata: metadataOf(who, this.clock.now().toISOString()),
    };
  }

  private async find(subject: string): Promise<Cached['key'] | undefined> {
    const cached = this.cached(subject);
    if (cached) return cached;
    let reading = this.underWay.get(subject);
    if (!reading) {
      reading = this.read(subject).then((key) => {
        // Forgotten meanwhile: what was read may be older than the destruction.
        if (key !== undefined && this.underWay.get(subject) === reading) this.remember(subject, key);
        return key;
      });
      this.underWay.set(subject, reading);
    }
    try {
      return await reading;
    } finally {
      if (this.underWay.get(subject) === reading) this.underWay.delete(subject);
    }
  }

  private async read(subject: string): Promise<Cached['key'] | undefined> {
    try {
      return await this.keyIn(subject, await this.log.readStream(keyStream(subject)));
    } catch (error) {
      if (error instanceof StreamErased) return 'destroyed';
      throw error;
    }
  }

  private async keyIn(subject: string, [created]: readonly RecordedEvent[]): Promise<SubjectKey | undefined> {
    if (created === undefined) return undefined;
    const data = created.data as unknown as SubjectKeyCreated['data'];
    const bytes = await this.masterKey.unwrap(subject, data);
    try {
      return { keyVersion: data.keyVersion, sealing: createSecretKey(bytes) };
    } finally {
      bytes.fill(0);
    }
  }

  private async isErased(subject: string): Promise<boolean> {
    try {
      await this.log.readStream(keyStream(subject), { until: 0 });
      return false;
    } catch (error) {
      if (error instanceof StreamErased) return true;
      throw error;
    }
  }

  private cached(subject: string): Cached['key'] | undefined {
    const cached = this.cache.get(subject);
    if (!cached) return undefined;
    this.cache.delete(subject);
    if (performance.now() - cached.readAtMs >= this.trustedMs) return undefined;
    this.cache.set(subject, cached);
    return cached.key;
  }

  private remember(subject: string, key: Cached['key']): void {
    this.cache.delete(subject);
    this.cache.set(subject, { key, readAtMs: performance.now() });
    if (this.cache.size > this.cachedKeys) this.cache.delete(this.cache.keys().next().value!);
  }
}

function openSealed(key: SubjectKey, sealed: Sealed, eventId: string, field: string): unknown {
  const { subject, keyVersion, box } = sealed;
  let text: string;
  try {
    if (keyVersion !== key.keyVersion) throw new Error(`there is no version ${keyVersion} of this key`);
    text = unlockBox(key.sealing, place(subject, eventId, field, keyVersion), box).toString('utf8');
  } catch (cause) {
    throw new SealBroken(subject, eventId, field, { cause });
  }
  return JSON.parse(text) as unknown;
}

/** What a sealed value is bound to: elsewhere it cannot be opened. */
function place(subject: string, eventId: string, field: string, keyVersion: number): string {
  return JSON.stringify([subject, eventId, field, keyVersion]);
}
