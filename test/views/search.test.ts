import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import {
  findByAddress,
  findByAlienNumber,
  findByName,
  searchProjection,
  sharedAlienNumbers,
  type SearchResult,
} from '../../src/cases/search.projection.ts';
import { BlindIndex } from '../../src/privacy/blind-index.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import { built, openPlain, person, plain, rowsOf, story, type Story } from './story.ts';

const FIRST = randomBytes(32);
const blindIndex = await BlindIndex.under(new LocalMasterKey(new Map([[1, FIRST]])));
const view = searchProjection(blindIndex);

function home(caseId: string, street: string, houseNumber: string, postalCode: string, city: string) {
  return { address: plain(caseId, { street, houseNumber, postalCode, city }) };
}

function cases(): readonly Story[] {
  return [
    story('hassan').permit('2017-01-01', [
      person('amina', { name: 'Amina Al-Hassan', alienNumber: '2012345678' }),
      person('yusuf', { name: 'Yusuf Hassan', alienNumber: '2012345679' }),
    ]),
    story('tekle')
      .permit('2017-01-02', [person('selam', { name: 'Sélam Teklé', alienNumber: '2055555555' })])
      .linked('2017-01-03', 'GM0344')
      .offered('2017-01-04', 'home', home('tekle', 'Kerkstraat', '12 A', '3512 AB', 'Utrecht'))
      .on('2017-01-05', 'FollowingFamilyArrived', {
        sponsorPersonId: 'selam',
        members: [person('aman', { name: 'Aman Teklé', role: 'CHILD' })],
      }),
    story('ahmadi').permit('2017-01-03', [
      person('namesake', { name: 'Amina Hassani', alienNumber: '2012345678' }),
      person('amira', { name: 'Amirah Ahmadi' }),
    ]),
  ];
}

function found(result: SearchResult): string[] {
  return result.found.map(({ caseId, personId, match }) => `${caseId} ${personId ?? '-'} ${match}`);
}

describe('Search', () => {
  let db: Database;
  beforeAll(async () => {
    db = await built(view, cases());
  });

  function byName(name: string): string[] {
    return found(findByName(db, blindIndex, name, 50));
  }

  it('finds an alien number however it is written, and only whole', () => {
    const byNumber = (number: string) => found(findByAlienNumber(db, blindIndex, number, 50));
    expect(byNumber('V 2055 555 555')).toEqual(['tekle selam EXACT']);
    expect(byNumber('2012345678')).toEqual(['ahmadi namesake EXACT', 'hassan amina EXACT']);
    expect(byNumber('205555555')).toEqual([]);
    expect(byNumber('')).toEqual([]);
  });

  it('finds a name without its diacritics', () => {
    expect(byName('selam tekle')).toEqual(['tekle selam EXACT']);
    expect(byName('SÉLAM')).toEqual(['tekle selam EXACT']);
  });

  it('finds all who bear a word, and who came later', () => {
    expect(byName('tekle')).toEqual(['tekle aman EXACT', 'tekle selam EXACT']);
  });

  it('asks for all words', () => {
    expect(byName('amina hassan')).toEqual(['hassan amina EXACT', 'ahmadi namesake PREFIX']);
    expect(byName('yusuf tekle')).toEqual([]);
  });

  it('finds beginnings from two letters on', () => {
    expect(byName('am has')).toEqual(['ahmadi namesake PREFIX', 'hassan amina PREFIX']);
    expect(byName('yu')).toEqual(['hassan yusuf PREFIX']);
    expect(byName('y')).toEqual([]);
  });

  it('finds what sounds alike', () => {
    expect(byName('Youssef Hasan')).toEqual(['hassan yusuf LIKE_SOUNDING']);
    expect(byName('Teklay')).toEqual(['tekle aman LIKE_SOUNDING', 'tekle selam LIKE_SOUNDING']);
  });

  it('ranks whole words before beginnings, and those before what sounds alike', () => {
    expect(byName('hassan')).toEqual(['hassan amina EXACT', 'hassan yusuf EXACT', 'ahmadi namesake PREFIX']);
    expect(byName('amira')).toEqual(['ahmadi amira PREFIX']);
    expect(byName('amina')).toEqual(['ahmadi namesake EXACT', 'hassan amina EXACT', 'tekle aman LIKE_SOUNDING']);
  });

  it('finds names joined by a hyphen also when they are written as one', () => {
    expect(byName('alhassan')).toEqual(['hassan amina EXACT']);
    expect(byName('al hassan')).toEqual(['hassan amina EXACT']);
  });

  it('says when there is more than was asked for', () => {
    expect(findByName(db, blindIndex, 'hassan', 2)).toMatchObject({ more: true, found: [{}, {}] });
    expect(findByName(db, blindIndex, 'hassan', 3)).toMatchObject({ more: false });
  });

  it('finds the case of an address', () => {
    const byAddress = (address: string) => found(findByAddress(db, blindIndex, address, 50));
    expect(byAddress('kerkstraat 12')).toEqual(['tekle - EXACT']);
    expect(byAddress('3512ab')).toEqual(['tekle - EXACT']);
    expect(byAddress('3512 AB 12')).toEqual(['tekle - EXACT']);
    expect(byAddress('kerk utr')).toEqual(['tekle - PREFIX']);
    expect(byAddress('kerkstraat 13')).toEqual([]);
    expect(byName('kerkstraat')).toEqual([]);
  });

  it('signals one number with several persons, once each', () => {
    const persons = [
      { caseId: 'ahmadi', personId: 'namesake' },
      { caseId: 'hassan', personId: 'amina' },
    ];
    expect(sharedAlienNumbers(db, { limit: 10 })).toEqual([{ persons }]);
    expect(sharedAlienNumbers(db, { caseId: 'ahmadi', limit: 10 })).toEqual([{ persons }]);
    expect(sharedAlienNumbers(db, { caseId: 'tekle', limit: 10 })).toEqual([]);
  });

  it('does not signal a person who went to another case', async () => {
    const amina = person('amina', { name: 'Amina', alienNumber: '2012345678' });
    const moved = await built(view, [
      story('giving')
        .permit('2017-01-01', [amina, person('other')])
        .on('2017-02-01', 'HouseholdSplit', { targetCaseId: 'taking', personIds: ['amina'] }),
      story('taking').on('2017-02-01', 'MembersReceived', {
        fromCaseId: 'giving',
        transferId: 't',
        permitType: 'ASYLUM_TEMPORARY',
        channel: 'ASYLUM',
        permitGrantedOn: '2017-01-01',
        receptionCentre: null,
        members: [{ ...amina, followingFamily: false }],
      }),
    ]);
    expect(sharedAlienNumbers(moved, { limit: 10 })).toEqual([]);
    expect(found(findByName(moved, blindIndex, 'amina', 10))).toEqual(['giving amina EXACT', 'taking amina EXACT']);
  });
});

/** Whole tokens, or tags of beginnings one after the other. */
const TOKENS = /^([A-Za-z0-9_-]{22}|([A-Za-z0-9_-]{4})*)$/;

describe('Rows of search', () => {
  const household = () =>
    story('a')
      .permit('2017-01-01', [
        person('anna', { name: 'Anna Berg', alienNumber: '2012345678' }),
        person('bert', { name: 'Bert Berg' }),
      ])
      .linked('2017-01-02', 'GM0344')
      .offered('2017-01-04', 'home', home('a', 'Kerkstraat', '12', '3512 AB', 'Utrecht'));

  it('hold nothing but random ids and tokens', () => {
    const { persons, words } = rowsOf(view, household());
    const texts = [...persons!, ...words!].flatMap((row) => Object.values(row)).filter((it) => typeof it === 'string');
    expect(texts.length).toBeGreaterThan(20);
    for (const text of texts) if (!['anna', 'bert'].includes(text)) expect(text).toMatch(TOKENS);
  });

  it('are other ones under another master key', async () => {
    const other = searchProjection(await BlindIndex.under(new LocalMasterKey(new Map([[1, randomBytes(32)]]))));
    const tokens = new Set(rowsOf(view, household()).words!.map(({ word }) => word));
    expect(rowsOf(other, household()).words!.some(({ word }) => tokens.has(word!))).toBe(false);
  });

  it('are found after the master key got a newer version, before they are made anew', async () => {
    const rotated = await BlindIndex.under(
      new LocalMasterKey(
        new Map([
          [1, FIRST],
          [2, randomBytes(32)],
        ]),
      ),
    );
    const db = await built(view, [household()]);
    expect(found(findByName(db, rotated, 'anna', 10))).toEqual(['a anna EXACT']);
    expect(searchProjection(rotated).version).toBeGreaterThan(view.version);
  });

  it('of a person whose key has been destroyed are gone, the others stay', () => {
    const { persons } = rowsOf(view, household(), openPlain(['anna']));
    expect(persons!.map(({ personId }) => personId)).toEqual(['bert']);
    expect(rowsOf(view, household(), openPlain(['anna', 'bert', 'a']))).toEqual({ persons: [], words: [] });
  });

  it('of a person whose erasure is recorded are gone even while a key is still at hand', () => {
    const erased = household().on('2017-06-01', 'PersonalDataErased', { subjects: ['anna'] });
    expect(view.subjects!(erased.history())).toEqual(['bert', 'a']);
    expect(rowsOf(view, erased).persons!.map(({ personId }) => personId)).toEqual(['bert']);
  });

  it('of a person registered in error are gone', () => {
    const household = story('a')
      .permit('2017-01-01', [person('anna', { name: 'Anna' }), person('bert', { name: 'Bert' })])
      .on('2017-01-05', 'MemberRemoved', { personId: 'bert', reason: 'REGISTERED_IN_ERROR' });
    expect(rowsOf(view, household).persons!.map(({ personId }) => personId)).toEqual(['anna']);
  });

  it('follow a corrected name, opened where the correction sealed it', () => {
    const household = story('a')
      .permit('2017-01-01', [person('anna', { name: 'Anna' })])
      .corrected('2017-01-05', 0, { members: [person('anna', { name: 'Hanna' })] });
    const asked: string[] = [];
    const open = openPlain();
    const rows = view.rows(household.history(), undefined as never, (sealed, eventId, field) => {
      asked.push(`${eventId} ${field}`);
      return open(sealed, eventId, field);
    });
    expect(asked).toEqual(['case-a/1 personal']);
    expect(rows.words!.map(({ word }) => word)).toEqual([blindIndex.word('name', 'hanna').word]);
  });
});
