import { hash, type KeyObject } from 'node:crypto';
import { doubleMetaphone } from 'double-metaphone';
import type { MasterKey } from './master-key.ts';

/** What words are of: the same word in two domains gives unrelated tokens. */
export type WordDomain = 'name' | 'address';

/** A word as it is stored: nothing of it can be read, but it can be found whole, by its beginning and by its sound. */
export interface BlindWord {
  readonly word: string;
  /** Of its first two letters; null for a word that has no more, and for a number: those are looked for whole. */
  readonly start: string | null;
  /** A short tag for each longer beginning, from three letters on, one after the other. */
  readonly beginnings: string;
  readonly sounds: readonly string[];
}

/** A word, or the beginning of one, as it is looked for. */
export interface SoughtWord {
  readonly word: string;
  /** Null: too short to be the beginning of a word. `tag` stands `tagAt` characters into `beginnings`; null: any will do. */
  readonly start: { readonly token: string; readonly tag: string | null; readonly tagAt: number } | null;
  readonly sounds: readonly string[];
}

/**
 * Keyed hashes of words, for finding without reading: who holds the read models, but not the master key, can neither read a
 * token nor make one. HMAC-SHA-256 (RFC 2104) cut to 128 bits, base64url; a tag to 24 bits.
 */
export class BlindIndex {
  /** Version of the master key behind stored tokens: with another one, they must be made anew. */
  readonly version: number;
  private readonly newest: Hmac;
  private readonly all: readonly Hmac[];

  private constructor(hmacs: readonly [number, Hmac][]) {
    [this.version, this.newest] = hmacs[0]!;
    this.all = hmacs.map(([, hmac]) => hmac);
  }

  static async under(masterKey: MasterKey): Promise<BlindIndex> {
    const keys = await masterKey.derive('blind index');
    return new BlindIndex([...keys].map(([version, key]) => [version, new Hmac(key)]));
  }

  /** An alien number, to store; null if there are no digits in it. */
  number(text: string): string | null {
    const digits = digitsOf(text);
    return digits === '' ? null : this.newest.token('alien-number', digits);
  }

  /** An alien number, to look for; under every version of the master key, so that a view not yet rebuilt is searched too. */
  soughtNumber(text: string): readonly string[] {
    const digits = digitsOf(text);
    return digits === '' ? [] : this.all.map((hmac) => hmac.token('alien-number', digits));
  }

  /** A word of `wordsOf` and its like, to store. */
  word(domain: WordDomain, word: string): BlindWord {
    const hmac = this.newest;
    let beginnings = '';
    const hasStart = word.length > SHORTEST_PREFIX && !STARTS_WITH_DIGIT.test(word);
    if (hasStart) {
      for (let length = SHORTEST_PREFIX + 1; length < word.length && length <= LONGEST_PREFIX; length++) {
        beginnings += hmac.tag(`${domain}-start`, word.slice(0, length));
      }
    }
    return {
      word: hmac.token(domain, word),
      start: hasStart ? hmac.token(`${domain}-start`, word.slice(0, SHORTEST_PREFIX)) : null,
      beginnings,
      sounds: soundsOf(word).map((sound) => hmac.token(`${domain}-sound`, sound)),
    };
  }

  /** A word to look for, under every version of the master key. */
  sought(domain: WordDomain, word: string): readonly SoughtWord[] {
    const prefix = word.length < SHORTEST_PREFIX || STARTS_WITH_DIGIT.test(word) ? null : word.slice(0, LONGEST_PREFIX);
    return this.all.map((hmac) => ({
      word: hmac.token(domain, word),
      start:
        prefix === null
          ? null
          : {
              token: hmac.token(`${domain}-start`, prefix.slice(0, SHORTEST_PREFIX)),
              tag: prefix.length === SHORTEST_PREFIX ? null : hmac.tag(`${domain}-start`, prefix),
              tagAt: (prefix.length - SHORTEST_PREFIX - 1) * TAG_LENGTH,
            },
      sounds: soundsOf(word).map((sound) => hmac.token(`${domain}-sound`, sound)),
    }));
  }
}

/** Characters of a tag. */
export const TAG_LENGTH = 4;
const TOKEN_LENGTH = 22;
const LONGEST_WORD = 40;
const SHORTEST_PREFIX = 2;
const LONGEST_PREFIX = 12;

/** V-numbers are written with spaces, dots, or a `V` in front. */
function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** Words as they are compared: lower case, without diacritics, apostrophes and punctuation. */
export function wordsOf(text: string): readonly string[] {
  return fold(text)
    .split(NOT_IN_A_WORD)
    .filter((word) => word !== '')
    .map((word) => word.slice(0, LONGEST_WORD));
}

/** As `wordsOf`, and what a hyphen joins (`Al-Hassan`) also as one word: others write it as one. */
export function nameWordsOf(name: string): readonly string[] {
  const joined = fold(name)
    .split(/\s+/)
    .filter((part) => HYPHEN.test(part))
    .map((part) => part.replace(NOT_IN_A_WORD_ALL, '').slice(0, LONGEST_WORD));
  return joined.length === 0 ? wordsOf(name) : [...wordsOf(name), ...joined];
}

/** As `wordsOf`, with a Dutch postcode (`1234 AB`) as one word. */
export function addressWordsOf(address: string): readonly string[] {
  return wordsOf(address.replace(/\b([1-9]\d{3})\s+([a-z]{2})\b/gi, '$1$2'));
}

/** How a word sounds (double metaphone): up to two codes; none for what is too short, a number, or not in Latin letters. */
export function soundsOf(word: string): readonly string[] {
  if (!LATIN_WORD.test(word)) return [];
  const [first, second] = doubleMetaphone(word);
  if (first.length < 2) return second.length < 2 ? [] : [second];
  return second === first || second.length < 2 ? [first] : [first, second];
}

const PLAIN = /^[a-z0-9 -]*$/;
const MARKS = /\p{M}/gu;
const APOSTROPHES = /['’‘ʼʻ`´]/g;
const UNDECOMPOSED = /[øłđßæœıþð]/g;
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  þ: 'th',
  ð: 'd',
};
const NOT_IN_A_WORD = /[^\p{L}\p{N}]+/u;
const NOT_IN_A_WORD_ALL = /[^\p{L}\p{N}]+/gu;
const HYPHEN = /[\p{L}\p{N}]\p{Pd}[\p{L}\p{N}]/u;
const STARTS_WITH_DIGIT = /^\p{N}/u;
const LATIN_WORD = /^[a-z]{3,}$/;

function fold(text: string): string {
  const lower = text.toLowerCase();
  if (PLAIN.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(APOSTROPHES, '')
    .replace(UNDECOMPOSED, (letter) => LETTERS[letter]!);
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const LONGEST_MESSAGE_BYTES = 512;

/** `createHmac` makes an object a call; over words this takes less than half the time. */
class Hmac {
  private readonly inner = Buffer.alloc(BLOCK_BYTES + LONGEST_MESSAGE_BYTES);
  private readonly outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  private readonly upTo: Buffer[] = [];

  constructor(key: KeyObject) {
    const bytes = key.export();
    for (let index = 0; index < BLOCK_BYTES; index++) {
      this.inner[index] = (bytes[index] ?? 0) ^ 0x36;
      this.outer[index] = (bytes[index] ?? 0) ^ 0x5c;
    }
    bytes.fill(0);
  }

  token(domain: string, text: string): string {
    return this.digest(`${domain}\n${text}`).slice(0, TOKEN_LENGTH);
  }

  tag(domain: string, text: string): string {
    return this.digest(`${domain}\n${text}`).slice(0, TAG_LENGTH);
  }

  private digest(message: string): string {
    const end = BLOCK_BYTES + this.inner.write(message, BLOCK_BYTES, 'utf8');
    const input = (this.upTo[end] ??= this.inner.subarray(0, end));
    this.outer.write(hash('sha256', input, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'base64url');
  }
}
