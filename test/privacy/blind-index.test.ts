import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  addressWordsOf,
  BlindIndex,
  nameWordsOf,
  normaliseAlienNumber,
  prefixesOf,
  searchedPrefixOf,
  soundsOf,
  wordsOf,
} from '../../src/privacy/blind-index.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';

const first = randomBytes(32);
const second = randomBytes(32);

describe('Words for a blind index', () => {
  it('fold diacritics, case and letters that Unicode does not take apart', () => {
    expect(wordsOf('Fatíma ŁUKASZ Straße Ørsted')).toEqual(['fatima', 'lukasz', 'strasse', 'orsted']);
  });

  it('drop apostrophes and split at punctuation', () => {
    expect(wordsOf("Sa'id O’Neill, J.P.")).toEqual(['said', 'oneill', 'j', 'p']);
  });

  it('keep other scripts', () => {
    expect(wordsOf('محمد ሰላም')).toEqual(['محمد', 'ሰላም']);
  });

  it('of a name also join what a hyphen joins', () => {
    expect(nameWordsOf('Amina Al-Hassan')).toEqual(['amina', 'al', 'hassan', 'alhassan']);
  });

  it('of an address hold a postcode as one word', () => {
    expect(addressWordsOf('Kerkstraat 12, 1234 AB Utrecht')).toEqual(['kerkstraat', '12', '1234ab', 'utrecht']);
    expect(addressWordsOf('Kerkstraat 12, 1234ab')).toEqual(['kerkstraat', '12', '1234ab']);
  });

  it('begin with two letters, and end before the whole word', () => {
    expect(prefixesOf('amina')).toEqual(['am', 'ami', 'amin']);
    expect(prefixesOf('al')).toEqual([]);
    expect(prefixesOf('1234ab')).toEqual([]);
  });

  it('of any length are found by the beginning that is stored', () => {
    const long = 'abdulrahmanovitsj';
    for (let typed = 2; typed < long.length; typed++) {
      expect(prefixesOf(long)).toContain(searchedPrefixOf(long.slice(0, typed)));
    }
    expect(searchedPrefixOf('a')).toBeUndefined();
  });

  it.each([
    ['mohammed', 'muhamad'],
    ['yusuf', 'youssef'],
    ['fatima', 'fatema'],
    ['tesfay', 'tesfai'],
  ])('%s sounds like %s', (one, other) => {
    expect(soundsOf(one).filter((sound) => soundsOf(other).includes(sound))).not.toEqual([]);
  });

  it('too short, of digits or in another script have no sound', () => {
    expect(['al', '12', 'محمد', 'aya'].map(soundsOf)).toEqual([[], [], [], []]);
  });

  it('of an alien number are its digits', () => {
    expect(normaliseAlienNumber('V 123.456.7890')).toBe('1234567890');
  });
});

describe('Blind index', () => {
  it('gives HMAC-SHA-256 under a key derived from the master key, cut to 128 bits', async () => {
    const masterKey = new LocalMasterKey(new Map([[1, first]]));
    const key = (await masterKey.derive('blind index')).get(1)!;
    const index = await BlindIndex.under(masterKey);
    for (const word of ['amina', 'محمد', 'x'.repeat(40)]) {
      const expected = createHmac('sha256', key).update(`name\n${word}`).digest().subarray(0, 16).toString('hex');
      expect(Buffer.from(index.token('name', word), 'base64url').subarray(0, 16).toString('hex')).toBe(expected);
    }
  });

  it('tells domains apart', async () => {
    const index = await BlindIndex.under(new LocalMasterKey(new Map([[1, first]])));
    expect(index.token('name', 'utrecht')).not.toBe(index.token('address', 'utrecht'));
  });

  it('stores under the newest master key and searches under all', async () => {
    const before = await BlindIndex.under(new LocalMasterKey(new Map([[1, first]])));
    const after = await BlindIndex.under(
      new LocalMasterKey(
        new Map([
          [1, first],
          [2, second],
        ]),
      ),
    );
    expect(after.version).toBe(2);
    expect(after.token('name', 'amina')).not.toBe(before.token('name', 'amina'));
    expect(after.tokens('name', 'amina')).toEqual([after.token('name', 'amina'), before.token('name', 'amina')]);
  });

  it('is unlike another master key', async () => {
    const one = await BlindIndex.under(new LocalMasterKey(new Map([[1, first]])));
    const other = await BlindIndex.under(new LocalMasterKey(new Map([[1, second]])));
    expect(one.token('name', 'amina')).not.toBe(other.token('name', 'amina'));
  });
});
