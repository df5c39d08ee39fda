import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  addressWordsOf,
  BlindIndex,
  nameWordsOf,
  soundsOf,
  TAG_LENGTH,
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
});

const one = new LocalMasterKey(new Map([[1, first]]));
const both = new LocalMasterKey(
  new Map([
    [1, first],
    [2, second],
  ]),
);

/** As a query does it. */
function isFound(index: BlindIndex, stored: string, asked: string): boolean {
  const { start, beginnings } = index.word('name', stored);
  return index.sought('name', asked).some((sought) => {
    if (sought.start === null || sought.start.token !== start) return false;
    const { tag, tagAt } = sought.start;
    return tag === null || beginnings.slice(tagAt, tagAt + TAG_LENGTH) === tag;
  });
}

describe('Blind index', () => {
  it('gives HMAC-SHA-256 under a key derived from the master key, cut to 128 bits', async () => {
    const key = (await one.derive('blind index')).get(1)!;
    const index = await BlindIndex.under(one);
    for (const word of ['amina', 'محمد', 'x'.repeat(40)]) {
      const expected = createHmac('sha256', key).update(`name\n${word}`).digest().subarray(0, 16).toString('hex');
      const { word: token } = index.word('name', word);
      expect(token).toHaveLength(22);
      expect(Buffer.from(token, 'base64url').subarray(0, 16).toString('hex')).toBe(expected);
    }
  });

  it('finds a word by each beginning from two letters on, and not by another', async () => {
    const index = await BlindIndex.under(one);
    for (const word of ['amina', 'abdulrahmanovitsj', 'ali', 'محمد']) {
      for (let typed = 2; typed < word.length; typed++) {
        expect([word, typed, isFound(index, word, word.slice(0, typed))]).toEqual([word, typed, true]);
      }
    }
    for (const asked of ['a', 'amina', 'aminah', 'amira', 'mi', 'ab'])
      expect(isFound(index, 'amina', asked)).toBe(false);
    expect(isFound(index, 'al', 'al')).toBe(false);
  });

  it('has no beginnings of numbers: they are looked for whole', async () => {
    const index = await BlindIndex.under(one);
    expect(index.word('address', '1234ab')).toMatchObject({ start: null, beginnings: '' });
    expect(index.sought('address', '1234')).toMatchObject([{ start: null }]);
  });

  it('knows an alien number however it is written', async () => {
    const index = await BlindIndex.under(one);
    expect(index.number('V 123.456.7890')).toBe(index.number('1234567890'));
    expect(index.soughtNumber('v1234567890')).toEqual([index.number('1234567890')]);
    expect(index.number('none')).toBeNull();
    expect(index.soughtNumber('none')).toEqual([]);
  });

  it('tells domains apart, and a word from a beginning or a sound', async () => {
    const index = await BlindIndex.under(one);
    expect(index.word('name', 'utrecht').word).not.toBe(index.word('address', 'utrecht').word);
    expect(index.word('name', 'ali').start).not.toBe(index.word('name', 'al').word);
    expect(index.word('name', 'anna').sounds).not.toContain(index.word('name', 'an').word);
  });

  it('stores under the newest master key and searches under all', async () => {
    const before = await BlindIndex.under(one);
    const after = await BlindIndex.under(both);
    expect(after.version).toBe(2);
    expect(after.word('name', 'amina').word).not.toBe(before.word('name', 'amina').word);
    expect(after.sought('name', 'amina').map(({ word }) => word)).toEqual([
      after.word('name', 'amina').word,
      before.word('name', 'amina').word,
    ]);
  });

  it('is unlike another master key', async () => {
    const other = await BlindIndex.under(new LocalMasterKey(new Map([[1, second]])));
    expect(other.word('name', 'amina').word).not.toBe((await BlindIndex.under(one)).word('name', 'amina').word);
  });
});
