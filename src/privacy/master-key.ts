import { createSecretKey, hkdfSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { lockBox, unlockBox } from './cipher-box.ts';
import { KEY_CATEGORY, type SubjectKeyCreated } from './keys.events.ts';
import { MasterKeyUnusable, MasterKeyWrong } from './privacy-error.ts';

/** A subject's key as it stands in the log. */
export interface WrappedKey {
  readonly wrapped: string;
  readonly masterKeyVersion: number;
}

/** Protects the subjects' keys. A key management service fits: nothing asks for the master key itself. */
export abstract class MasterKey {
  /** Version that wraps new keys: the newest. */
  abstract readonly version: number;
  abstract wrap(subject: string, key: Uint8Array): Promise<WrappedKey>;
  /** @throws MasterKeyWrong */
  abstract unwrap(subject: string, wrapped: WrappedKey): Promise<Buffer>;
  /** A key for another purpose (search), from each version of the master key that can be read, newest first. */
  abstract derive(purpose: string): Promise<ReadonlyMap<number, KeyObject>>;
}

/**
 * Where the master key comes from: text (`<base64>` or `<version>:<base64>`, several apart by white space or commas), or a file
 * with such text. Plain data, so that a worker can be given it.
 */
export type MasterKeySource =
  | { readonly value: string }
  /** `create`: make the file if it is absent and the log has no keys yet (development). */
  | { readonly file: string; readonly create: boolean };

const KEY_BYTES = 32;

/** A master key held in memory. */
export class LocalMasterKey extends MasterKey {
  readonly version: number;
  private readonly versions: ReadonlyMap<number, KeyObject>;

  constructor(versions: ReadonlyMap<number, Uint8Array>) {
    super();
    this.versions = new Map(
      [...versions].sort(([a], [b]) => b - a).map(([version, bytes]) => [version, createSecretKey(bytes)]),
    );
    this.version = Math.max(...versions.keys());
  }

  wrap(subject: string, key: Uint8Array): Promise<WrappedKey> {
    const wrapped = lockBox(this.versions.get(this.version)!, wrapContext(subject, this.version), key);
    return Promise.resolve({ wrapped, masterKeyVersion: this.version });
  }

  async unwrap(subject: string, { wrapped, masterKeyVersion }: WrappedKey): Promise<Buffer> {
    const masterKey = this.versions.get(masterKeyVersion);
    if (!masterKey) {
      const given = [...this.versions.keys()].join(', ');
      throw new MasterKeyWrong(
        `the key of ${subject} was wrapped with version ${masterKeyVersion} of the master key; given: version ${given}`,
      );
    }
    try {
      return unlockBox(masterKey, wrapContext(subject, masterKeyVersion), wrapped);
    } catch (cause) {
      throw new MasterKeyWrong(
        `the key of ${subject} cannot be unwrapped: the master key (version ${masterKeyVersion}) is another one than it was wrapped with, or the key in the log was changed; start with the master key that this log was begun with (WOONSPOOR_MASTER_KEY_FILE)`,
        { cause },
      );
    }
  }

  derive(purpose: string): Promise<ReadonlyMap<number, KeyObject>> {
    const derived = [...this.versions].map(([version, key]): [number, KeyObject] => {
      const bytes = hkdfSync('sha256', key, Buffer.alloc(0), `woonspoor ${purpose}`, KEY_BYTES);
      return [version, createSecretKey(new Uint8Array(bytes))];
    });
    return Promise.resolve(new Map(derived));
  }
}

/**
 * The master key for this log, checked against a key that stands in it.
 * @throws MasterKeyUnusable · MasterKeyWrong · errors of the log
 */
export async function openMasterKey(source: MasterKeySource, log: EventLog): Promise<MasterKey> {
  const sample = await firstKeyOf(log);
  const masterKey = new LocalMasterKey('value' in source ? parseMasterKey(source.value) : fromFile(source, sample));
  if (sample) (await masterKey.unwrap(sample.subject, sample)).fill(0);
  return masterKey;
}

/** A new master key, as text for a file or a setting. */
export function newMasterKeyText(version = 1): string {
  return `${version}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

/** @throws MasterKeyUnusable */
export function parseMasterKey(text: string): ReadonlyMap<number, Uint8Array> {
  const versions = new Map<number, Uint8Array>();
  for (const entry of text.split(/[\s,]+/).filter((it) => it !== '')) {
    const [, version = '1', base64 = ''] = /^(?:(\d{1,6}):)?(.*)$/s.exec(entry) ?? [];
    if (!/^[A-Za-z0-9+/_-]+=*$/.test(base64)) throw new MasterKeyUnusable('the master key is not base64 text');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length !== KEY_BYTES) {
      throw new MasterKeyUnusable(
        `the master key must have ${KEY_BYTES} bytes; version ${version} has ${bytes.length} (openssl rand -base64 ${KEY_BYTES} makes one)`,
      );
    }
    if (Number(version) < 1) throw new MasterKeyUnusable('versions of the master key start at 1');
    if (versions.has(Number(version))) throw new MasterKeyUnusable(`the master key has version ${version} twice`);
    versions.set(Number(version), bytes);
  }
  if (versions.size === 0) throw new MasterKeyUnusable('the master key is empty');
  return versions;
}

function fromFile(
  { file, create }: { readonly file: string; readonly create: boolean },
  sample: SubjectKeyCreated['data'] | undefined,
): ReadonlyMap<number, Uint8Array> {
  let text = readIfThere(file);
  if (text === undefined) {
    if (sample) {
      throw new MasterKeyUnusable(
        `the master key file ${file} is missing, but the log holds keys wrapped with it: put it back, or say where it is (WOONSPOOR_MASTER_KEY_FILE; the same for all nodes of a log); a new one could not read them`,
      );
    }
    if (!create) throw new MasterKeyUnusable(`the master key file ${file} is missing`);
    createFile(file);
    text = readIfThere(file) ?? '';
  }
  try {
    return parseMasterKey(text);
  } catch (error) {
    if (!(error instanceof MasterKeyUnusable)) throw error;
    throw new MasterKeyUnusable(`${file}: ${error.message}`);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MasterKeyUnusable(`the master key file ${file} cannot be read`, { cause });
  }
}

/** Whole or not at all, and durable before any key is wrapped with it; of two processes at once one wins. */
function createFile(file: string): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, `${newMasterKeyText()}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
    syncDirectory(dirname(file));
  } catch (cause) {
    throw new MasterKeyUnusable(`the master key file ${file} cannot be made`, { cause });
  }
}

function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function firstKeyOf(log: EventLog): Promise<SubjectKeyCreated['data'] | undefined> {
  for await (const [first] of log.readAll({ categories: [KEY_CATEGORY], batchSize: 1 })) {
    if (first) return first.data as SubjectKeyCreated['data'];
  }
  return undefined;
}

function wrapContext(subject: string, masterKeyVersion: number): string {
  return JSON.stringify(['subject key', subject, masterKeyVersion]);
}
