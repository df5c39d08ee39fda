import { hash, type KeyObject } from 'node:crypto';
import { doubleMetaphone } from 'double-metaphone';
import type { MasterKey } from './master-key.ts';

/** What a token stands for; the same text in two domains gives unrelated tokens. */
export type TokenDomain =
  'alien-number' | 'name' | 'name-prefix' | 'name-sound' | 'address' | 'address-prefix' | 'address-sound';

/**
 * Keyed hashes of words, for finding without reading: who holds the read models, but not the master key, can neither read a
 * token nor make one. HMAC-SHA-256 (RFC 2104) cut to 128 bits, base64url.
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

  /** To store. */
  token(domain: TokenDomain, text: string): string {
    return this.newest.of(`${domain}\n${text}`);
  }

  /** To search with: under every version of the master key, so that a view not yet rebuilt is searched too. */
  tokens(domain: TokenDomain, text: string): readonly string[] {
    return this.all.map((hmac) => hmac.of(`${domain}\n${text}`));
  }
}

const LONGEST_WORD = 40;
const SHORTEST_PREFIX = 2;
const LONGEST_PREFIX = 10;

/** Digits only: V-numbers are written with spaces, dots, or a `V` in front. */
export function normaliseAlienNumber(text: string): string {
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

/** Beginnings of a word, from two letters; of very long words not all. None of a number: those are looked for whole. */
export function prefixesOf(word: string): readonly string[] {
  const prefixes: string[] = [];
  if (STARTS_WITH_DIGIT.test(word)) return prefixes;
  for (let length = SHORTEST_PREFIX; length < word.length && length <= LONGEST_PREFIX; length++) {
    prefixes.push(word.slice(0, length));
  }
  return prefixes;
}

/** The beginning under which a word that is still being typed is looked for; undefined: too short. */
export function searchedPrefixOf(word: string): string | undefined {
  return word.length < SHORTEST_PREFIX || STARTS_WITH_DIGIT.test(word) ? undefined : word.slice(0, LONGEST_PREFIX);
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

  of(message: string): string {
    const end = BLOCK_BYTES + this.inner.write(message, BLOCK_BYTES, 'utf8');
    const input = (this.upTo[end] ??= this.inner.subarray(0, end));
    this.outer.write(hash('sha256', input, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'base64url').slice(0, 22);
  }
}
