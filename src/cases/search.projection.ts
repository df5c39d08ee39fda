import type { Database } from 'better-sqlite3';
import { idOf, streamName } from '../event-sourcing/event.ts';
import type { Projection, Row, Value } from '../projecting/projection.ts';
import {
  addressWordsOf,
  nameWordsOf,
  TAG_LENGTH,
  wordsOf,
  type BlindIndex,
  type BlindWord,
  type WordDomain,
} from '../privacy/blind-index.ts';
import type { Address, Personal, Sealed } from '../privacy/sealed.ts';
import type { Reference } from '../reference/reference.ts';
import { caseModel, membersOf, type CaseHistory } from '../journey/case-history.ts';

/** The `member` of words that are the case's, not a person's. */
const NOBODY = -1;

export const SEARCH_VIEW = 'search';
const VERSION = 1;

/**
 * Finds persons and homes without holding anything that can be read: keyed tokens of names, alien numbers and addresses.
 * Where a key has been destroyed there are none. Tokens change with the master key: the view's version follows it.
 */
export function searchProjection(blindIndex: BlindIndex): Projection<CaseHistory, Reference> {
  const names = new BlindWords(blindIndex, 'name');
  const addresses = new BlindWords(blindIndex, 'address');
  return {
    name: SEARCH_VIEW,
    version: VERSION * 1000 + blindIndex.version,
    tables: {
      persons: {
        columns: { member: 'integer', personId: 'text', alienNumber: 'text' },
        key: ['member'],
        keeps: 'latest',
        indexes: [['alienNumber', 'personId', 'stream']],
      },
      words: {
        columns: {
          member: 'integer',
          place: 'integer',
          word: 'text',
          start: 'text',
          beginnings: 'text',
          sound: 'text',
        },
        key: ['member', 'place'],
        keeps: 'latest',
        indexes: [
          ['word', 'stream', 'member'],
          ['start', 'beginnings', 'stream', 'member'],
          ['sound', 'stream', 'member'],
        ],
      },
    },
    subjects: (history) => [...new Set(sealedValues(history).map(({ sealed }) => sealed.subject))],
    rows(history, _reference, open) {
      const persons: Row[] = [];
      const words: Row[] = [];
      const homes = new Set<string>();
      for (const { sealed, eventId, field, member } of sealedValues(history)) {
        const content = open(sealed, eventId, field);
        if (content === undefined) continue;
        if (field === 'address') {
          for (const word of addressWordsOf(addressText(content as Address))) homes.add(word);
          continue;
        }
        const { name, alienNumber } = content as Personal;
        persons.push({ member, personId: sealed.subject, alienNumber: blindIndex.number(alienNumber ?? '') });
        names.addRows(words, member, new Set(nameWordsOf(name)));
      }
      addresses.addRows(words, NOBODY, homes);
      return { persons, words };
    },
  };
}

const REMEMBERED_WORDS = 10_000;

/** Families share a name, and many persons a first name: what was made of words met lately is remembered. */
class BlindWords {
  private readonly blindIndex: BlindIndex;
  private readonly domain: WordDomain;
  private readonly remembered = new Map<string, BlindWord>();

  constructor(blindIndex: BlindIndex, domain: WordDomain) {
    this.blindIndex = blindIndex;
    this.domain = domain;
  }

  addRows(rows: Row[], member: number, words: ReadonlySet<string>): void {
    let place = 0;
    for (const each of words) {
      const { word, start, beginnings, sounds } = this.of(each);
      const [sound = null, otherSound] = sounds;
      rows.push({ member, place: place++, word, start, beginnings, sound });
      if (otherSound === undefined) continue;
      rows.push({ member, place: place++, word: null, start: null, beginnings: '', sound: otherSound });
    }
  }

  private of(word: string): BlindWord {
    let blind = this.remembered.get(word);
    if (blind === undefined) {
      blind = this.blindIndex.word(this.domain, word);
      if (this.remembered.size >= REMEMBERED_WORDS) this.remembered.clear();
      this.remembered.set(word, blind);
    }
    return blind;
  }
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
  const tokens = blindIndex.soughtNumber(alienNumber);
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
  return findByWords(db, blindIndex, 'name', wordsOf(name), limit);
}

/** Cases with a home offered whose address has all these words. */
export function findByAddress(db: Database, blindIndex: BlindIndex, address: string, limit: number): SearchResult {
  return findByWords(db, blindIndex, 'address', addressWordsOf(address), limit);
}

const MOST_WORDS = 8;

function findByWords(
  db: Database,
  blindIndex: BlindIndex,
  domain: WordDomain,
  asked: readonly string[],
  limit: number,
): SearchResult {
  const words = [...new Set(asked)].slice(0, MOST_WORDS);
  if (words.length === 0) return { found: [], more: false };
  const values: Value[] = [];
  const perWord = words.map((word, index) => {
    const ways: string[] = [];
    const way = (rank: number, condition: string, ...operands: Value[]) => {
      ways.push(`SELECT stream, member, ${rank} AS rank FROM words WHERE ${condition}`);
      values.push(...operands);
    };
    for (const sought of blindIndex.sought(domain, word)) {
      way(0, 'word = ?', sought.word);
      const { start } = sought;
      if (start?.tag === null) way(1, 'start = ?', start.token);
      else if (start)
        way(1, `start = ? AND substr(beginnings, ?, ${TAG_LENGTH}) = ?`, start.token, start.tagAt + 1, start.tag);
      for (const sound of sought.sounds) way(2, 'sound = ?', sound);
    }
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
interface SharedAlienNumber {
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

/** Who of a case has the number of whom else, in the same case or another. */
export function sharedWith(
  caseId: string,
  shared: readonly SharedAlienNumber[],
): readonly { readonly personId: string; readonly caseId: string; readonly otherPersonId: string }[] {
  return shared.flatMap(({ persons }) =>
    persons
      .filter((own) => own.caseId === caseId)
      .flatMap(({ personId }) =>
        persons
          .filter((other) => other.personId !== personId)
          .map((other) => ({ personId, caseId: other.caseId, otherPersonId: other.personId })),
      ),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
