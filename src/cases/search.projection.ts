import type { Database } from 'better-sqlite3';
import { idOf, streamName } from '../event-sourcing/event.ts';
import type { Projection, Row, Value } from '../event-sourcing/projection.ts';
import {
  addressWordsOf,
  nameWordsOf,
  normaliseAlienNumber,
  prefixesOf,
  searchedPrefixOf,
  soundsOf,
  wordsOf,
  type BlindIndex,
  type TokenDomain,
} from '../privacy/blind-index.ts';
import type { Address, Personal, Sealed } from '../privacy/sealed.ts';
import type { Reference } from '../reference/reference.ts';
import { caseModel, membersOf, type CaseHistory } from './case-history.ts';

/** The `member` of tokens that are the case's, not a person's. */
const NOBODY = -1;

const VERSION = 1;

/**
 * Finds persons and homes without holding anything that can be read: keyed tokens of names, alien numbers and addresses.
 * Where a key has been destroyed there are none. Tokens change with the master key: the view's version follows it.
 */
export function searchProjection(blindIndex: BlindIndex): Projection<CaseHistory, Reference> {
  const nameTokens = new WordTokens(blindIndex, NAME);
  const addressTokens = new WordTokens(blindIndex, ADDRESS);
  return {
    name: 'search',
    version: VERSION * 1000 + blindIndex.version,
    tables: {
      persons: {
        columns: { member: 'integer', personId: 'text', alienNumber: 'text' },
        key: ['member'],
        keeps: 'latest',
        indexes: [['alienNumber', 'personId', 'stream']],
      },
      tokens: {
        columns: { member: 'integer', token: 'text' },
        key: ['member', 'token'],
        keeps: 'latest',
        indexes: [['token']],
      },
    },
    subjects: (history) => [...new Set(sealedValues(history).map(({ sealed }) => sealed.subject))],
    rows(history, _reference, open) {
      const persons: Row[] = [];
      const tokens: Row[] = [];
      const addresses = new Set<string>();
      for (const { sealed, eventId, field, member } of sealedValues(history)) {
        const content = open(sealed, eventId, field);
        if (content === undefined) continue;
        if (field === 'address') {
          addressTokens.addTo(addresses, addressWordsOf(addressText(content as Address)));
          continue;
        }
        const { name, alienNumber } = content as Personal;
        const number = normaliseAlienNumber(alienNumber ?? '');
        const numberToken = number === '' ? null : blindIndex.token('alien-number', number);
        persons.push({ member, personId: sealed.subject, alienNumber: numberToken });
        const names = new Set<string>();
        nameTokens.addTo(names, nameWordsOf(name));
        for (const token of names) tokens.push({ member, token });
      }
      for (const token of addresses) tokens.push({ member: NOBODY, token });
      return { persons, tokens };
    },
  };
}

interface SealedValue {
  readonly sealed: Sealed;
  readonly eventId: string;
  readonly field: 'personal' | 'address';
  readonly member: number;
}

/** Who is or was in the household (not who was never meant to be), and the homes offered: what of it was not erased. */
function sealedValues({ facts, events, state }: CaseHistory): readonly SealedValue[] {
  if (state.kind === 'unknown') return [];
  const members = state.members;
  const persons = new Map<string, SealedValue>();
  const addresses: SealedValue[] = [];
  for (const { fact, eventId: statedIn, correctedBy } of facts) {
    const eventId = correctedBy ?? statedIn;
    if (fact.type === 'HomeOffered' && fact.data.address !== null) {
      addresses.push({ sealed: fact.data.address, eventId, field: 'address', member: NOBODY });
    }
    for (const { personId, personal } of membersOf(fact)) {
      if (personal === null) continue;
      const member = members.findIndex((one) => one.personId === personId);
      if (member === -1 || members[member]!.left?.reason === 'REGISTERED_IN_ERROR') continue;
      persons.set(personId, { sealed: personal, eventId, field: 'personal', member });
    }
  }
  const found = [...persons.values(), ...addresses];
  const erased = new Set<string>();
  for (const event of events) {
    if (event.type === 'PersonalDataErased') for (const subject of event.data.subjects) erased.add(subject);
  }
  return erased.size === 0 ? found : found.filter(({ sealed }) => !erased.has(sealed.subject));
}

function addressText({ street, houseNumber, postalCode, city }: Address): string {
  return `${street} ${houseNumber} ${postalCode} ${city}`;
}

/** Domains of tokens: how words of one sort are found whole, by their beginning, and by their sound. */
interface Domains {
  readonly whole: TokenDomain;
  readonly prefix: TokenDomain;
  readonly sound: TokenDomain;
}
const NAME: Domains = { whole: 'name', prefix: 'name-prefix', sound: 'name-sound' };
const ADDRESS: Domains = { whole: 'address', prefix: 'address-prefix', sound: 'address-sound' };

const REMEMBERED_WORDS = 10_000;

/** The tokens of words. Families share a name, and many persons a first name: those of words met lately are remembered. */
class WordTokens {
  private readonly blindIndex: BlindIndex;
  private readonly domains: Domains;
  private readonly remembered = new Map<string, readonly string[]>();

  constructor(blindIndex: BlindIndex, domains: Domains) {
    this.blindIndex = blindIndex;
    this.domains = domains;
  }

  addTo(tokens: Set<string>, words: readonly string[]): void {
    for (const word of words) for (const token of this.of(word)) tokens.add(token);
  }

  private of(word: string): readonly string[] {
    let tokens = this.remembered.get(word);
    if (tokens === undefined) {
      tokens = this.make(word);
      if (this.remembered.size >= REMEMBERED_WORDS) this.remembered.clear();
      this.remembered.set(word, tokens);
    }
    return tokens;
  }

  private make(word: string): readonly string[] {
    const { whole, prefix, sound } = this.domains;
    return [
      this.blindIndex.token(whole, word),
      ...prefixesOf(word).map((start) => this.blindIndex.token(prefix, start)),
      ...soundsOf(word).map((code) => this.blindIndex.token(sound, code)),
    ];
  }
}

/** How well the worst of the words asked for was met. */
export const MATCHES = ['EXACT', 'PREFIX', 'LIKE_SOUNDING'] as const;
export type Match = (typeof MATCHES)[number];

export interface Found {
  readonly caseId: string;
  /** Null: what was found is the case's, not a person's. */
  readonly personId: string | null;
  readonly match: Match;
}

export interface SearchResult {
  /** Best match first. */
  readonly found: readonly Found[];
  /** There is more than was asked for: the question is too wide. */
  readonly more: boolean;
}

interface FoundRow {
  readonly stream: string;
  readonly personId: string | null;
  readonly worst: number;
}

/** Persons with exactly this alien number, however it is written. */
export function findByAlienNumber(
  db: Database,
  blindIndex: BlindIndex,
  alienNumber: string,
  limit: number,
): SearchResult {
  const number = normaliseAlienNumber(alienNumber);
  if (number === '') return { found: [], more: false };
  const tokens = blindIndex.tokens('alien-number', number);
  const rows = db
    .prepare<Value[], FoundRow>(
      `SELECT stream, personId, 0 AS worst FROM persons
       WHERE alienNumber IN (${marks(tokens)}) ORDER BY stream, personId LIMIT ?`,
    )
    .all(...tokens, limit + 1);
  return resultOf(rows, limit);
}

/** Persons whose name has all these words, whole, as beginnings, or sounding like them. */
export function findByName(db: Database, blindIndex: BlindIndex, name: string, limit: number): SearchResult {
  return findByWords(db, blindIndex, NAME, wordsOf(name), limit);
}

/** Cases with a home offered whose address has all these words. */
export function findByAddress(db: Database, blindIndex: BlindIndex, address: string, limit: number): SearchResult {
  return findByWords(db, blindIndex, ADDRESS, addressWordsOf(address), limit);
}

const MOST_WORDS = 8;

function findByWords(
  db: Database,
  blindIndex: BlindIndex,
  domains: Domains,
  asked: readonly string[],
  limit: number,
): SearchResult {
  const words = [...new Set(asked)].slice(0, MOST_WORDS);
  if (words.length === 0) return { found: [], more: false };
  const values: Value[] = [];
  const perWord = words.map((word, index) => {
    const ways: string[] = [];
    const way = (rank: number, tokens: readonly string[]) => {
      if (tokens.length === 0) return;
      ways.push(`SELECT stream, member, ${rank} AS rank FROM tokens WHERE token IN (${marks(tokens)})`);
      values.push(...tokens);
    };
    const prefix = searchedPrefixOf(word);
    way(0, blindIndex.tokens(domains.whole, word));
    way(1, prefix === undefined ? [] : blindIndex.tokens(domains.prefix, prefix));
    way(
      2,
      soundsOf(word).flatMap((sound) => blindIndex.tokens(domains.sound, sound)),
    );
    return `w${index} AS MATERIALIZED (SELECT stream, member, MIN(rank) AS rank FROM (${ways.join(' UNION ALL ')}) GROUP BY stream, member)`;
  });
  const ranks = words.map((_, index) => `w${index}.rank`);
  const worst = ranks.length === 1 ? ranks[0] : `MAX(${ranks.join(', ')})`;
  const rows = db
    .prepare<Value[], FoundRow>(
      `WITH ${perWord.join(', ')}
       SELECT w0.stream, personId, ${worst} AS worst FROM w0
       ${words
         .slice(1)
         .map((_, index) => `JOIN w${index + 1} USING (stream, member)`)
         .join(' ')}
       LEFT JOIN persons USING (stream, member)
       ORDER BY worst, ${ranks.join(' + ')}, stream, personId LIMIT ?`,
    )
    .all(...values, limit + 1);
  return resultOf(rows, limit);
}

function resultOf(rows: readonly FoundRow[], limit: number): SearchResult {
  const found = rows.slice(0, limit).map(({ stream, personId, worst }): Found => {
    return { caseId: idOf(stream), personId, match: MATCHES[worst]! };
  });
  return { found, more: rows.length > limit };
}

/** Several persons with one alien number: a signal, for nothing prevents it. */
export interface SharedAlienNumber {
  readonly persons: readonly { readonly caseId: string; readonly personId: string }[];
}

/** Alien numbers that stand with more than one person, in one case or several; of `caseId` only, if it is given. */
export function sharedAlienNumbers(
  db: Database,
  options: { readonly caseId?: string; readonly limit: number },
): readonly SharedAlienNumber[] {
  const { caseId, limit } = options;
  const ofCase = caseId === undefined ? [] : [streamName(caseModel.category, caseId)];
  const rows = db
    .prepare<Value[], { persons: string }>(
      `SELECT json_group_array(json_array(stream, personId)) AS persons FROM persons
       WHERE ${caseId === undefined ? 'alienNumber IS NOT NULL' : 'alienNumber IN (SELECT alienNumber FROM persons WHERE stream = ?)'}
       GROUP BY alienNumber HAVING COUNT(DISTINCT personId) > 1 ORDER BY alienNumber LIMIT ?`,
    )
    .all(...ofCase, limit);
  return rows.map(({ persons }) => ({
    persons: (JSON.parse(persons) as [string, string][])
      .map(([stream, personId]) => ({ caseId: idOf(stream), personId }))
      .sort((a, b) => compare(a.caseId, b.caseId) || compare(a.personId, b.personId)),
  }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
