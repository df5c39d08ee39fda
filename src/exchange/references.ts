import { hash } from 'node:crypto';
import { derivedId } from '../event-sourcing/transact.ts';
import type { Keyring, KeyRequester } from '../privacy/keyring.ts';

const SUBJECT = derivedId('woonspoor', 'references of senders');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a sender calls things, as ids: the same reference gives the same id in every file. A reference that is a UUID is the id.
 * Ids follow from references through a secret of the log, so that nobody can try out which number of a register one was.
 */
export class References {
  readonly #secret: string;
  readonly #organisation: string;

  constructor(secret: string, organisation: string) {
    this.#secret = secret;
    this.#organisation = organisation;
  }

  /** The secret of a log; made when it is asked for first. */
  static async secretOf(keyring: Keyring, who: KeyRequester): Promise<string> {
    await keyring.ensure(SUBJECT, who);
    const secret = await keyring.fingerprint(SUBJECT, 'references');
    if (secret === undefined) throw new Error('the key that turns references into ids has been destroyed');
    return secret;
  }

  /** A case of the organisation that sends. */
  caseId(reference: string): string {
    return isId(reference) ? oneSpelling(reference) : this.#derived('case', this.#organisation, reference);
  }

  /** Something within a case: cases need not know each other's numbers of persons, offers and facts. */
  within(caseId: string, kind: string, reference: string): string {
    return isId(reference) ? oneSpelling(reference) : this.#derived(kind, caseId, reference);
  }

  /** A row that has no reference: it is known again by what it says, and by how many like it come before. */
  ofContent(caseId: string, content: string, before: number): string {
    return this.#derived('row', `${caseId} ${before}`, content);
  }

  #derived(...parts: readonly string[]): string {
    // Half of the digest is given away: nothing can be appended to what was hashed.
    return uuidOf(hash('sha256', `${this.#secret}${JSON.stringify(parts)}`, 'hex'));
  }
}

/** In the form of a UUID of version 8 (RFC 9562), as all derived ids. */
function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function isId(reference: string): boolean {
  return UUID.test(reference);
}

/** The same for all spellings that lead to one id: a UUID is the same in capitals. */
export function oneSpelling(reference: string): string {
  return isId(reference) ? reference.toLowerCase() : reference;
}

/** For telling cases apart in a file without remembering their references: 52 bits. */
export function digestOf(reference: string): number {
  return parseInt(hash('sha256', reference, 'hex').slice(0, 13), 16);
}
