import type { Database } from 'better-sqlite3';
import type { CaseHistory } from '../journey/case-history.ts';
import {
  evolve,
  livesInRegularHome,
  present,
  UNKNOWN_CASE,
  type CaseMember,
  type CaseState,
  type KnownCase,
  type Move,
} from '../journey/case-state.ts';
import type { Channel, HousingKind } from '../journey/cases.events.ts';
import { idOf } from '../event-sourcing/event.ts';
import { pageOf, placeOf, type Page } from '../projecting/keyset.ts';
import type { Projection, Row, Value } from '../projecting/projection.ts';
import { KNOWN_ON } from '../read-store/views.ts';
import type { Reference } from '../reference/reference.ts';
import type { Realised } from './ledger.ts';

/**
 * Persons housed, counted by the rules of the quota: each once, on the day of the first housing that qualifies, for the
 * municipality linked on that day. A case proposes its persons (`candidates`); of a person whom several cases propose, the
 * earliest proposal is `realised`.
 */
export const realisationProjection: Projection<CaseHistory, Reference> = {
  name: 'realisation',
  version: 3,
  tables: {
    candidates: {
      columns: {
        personId: 'text',
        countedOn: 'text',
        /** Of `countedOn`: `2017-02`. */
        month: 'text',
        municipality: 'text',
        channel: 'text',
        followingFamily: 'integer',
        housingKind: 'text',
      },
      key: ['personId'],
      keeps: 'daily',
    },
  },
  elections: {
    realised: {
      from: 'candidates',
      per: 'personId',
      orderBy: ['countedOn'],
      indexes: [
        ['municipality', 'countedOn', 'personId'],
        ['countedOn', 'personId'],
      ],
    },
  },
  sums: {
    realisedPersons: { from: 'realised', groupBy: ['municipality', 'countedOn', 'channel', 'followingFamily'] },
    realisedMonths: { from: 'realised', groupBy: ['municipality', 'month'] },
    realisedMonthsNow: { from: 'realised', keeps: 'latest', groupBy: ['municipality', 'month'] },
  },
  rows(history, reference) {
    if (!history.facts.some(({ fact }) => fact.type === 'MovedIn')) return { candidates: [] };
    return { candidates: candidates(history, reference) };
  },
};

/** Goes through the journey, so that the household, the link and the rules are those of each fact's own day. */
function candidates({ facts, state: today }: CaseHistory, reference: Reference): readonly Row[] {
  const counted = new Map<string, Row>();
  const bornTooLate = new Set<string>();
  let state: CaseState = UNKNOWN_CASE;
  for (const { fact } of facts) {
    const before: CaseState = state;
    state = evolve(before, fact);
    if (before.kind === 'unknown' || state.kind === 'unknown') continue;
    const on = fact.data.occurredOn;

    const count = (member: CaseMember, home: Move | null, after: KnownCase) => {
      if (home === null || counted.has(member.personId) || bornTooLate.has(member.personId)) return;
      const municipality = countsFor(member, home, after, on, reference);
      if (municipality !== null) counted.set(member.personId, candidate(member, home, after, on, municipality));
    };

    if (fact.type === 'MovedIn') {
      const housedBefore = new Set(before.members.map((member) => member.home));
      for (const member of present(state)) {
        if (housedBefore.has(member.home)) continue;
        // Born on this day, and not said to have moved: after the move, for all we know.
        const bornToday = member.joinedAs === 'BORN' && !fact.data.personIds.includes(member.personId);
        if (bornToday && !reference.countingRules(on).bornAfterMoveInCounts) bornTooLate.add(member.personId);
        else count(member, member.home, state);
      }
    } else if (fact.type === 'MunicipalityTransferAgreed') {
      // A home outside the linked municipality counts from the day the household is transferred to where it stands.
      for (const member of present(state)) count(member, member.home, state);
    } else if (fact.type === 'ChildBorn') {
      const { personId } = fact.data.member;
      const housed = present(before).find((member) => counted.has(member.personId) || livesInRegularHome(member));
      const child = present(state).find((member) => member.personId === personId);
      if (housed === undefined || child === undefined) continue;
      if (reference.countingRules(on).bornAfterMoveInCounts) count(child, housed.home, state);
      else bornTooLate.add(personId);
    }
  }
  if (today.kind === 'unknown') return [];
  for (const { personId, left } of today.members) if (left?.reason === 'REGISTERED_IN_ERROR') counted.delete(personId);
  return [...counted.values()];
}

/** The municipality a person counts for who lives in this home, by the rules of that day; null: not counted. */
function countsFor(member: CaseMember, home: Move, state: KnownCase, on: string, reference: Reference): string | null {
  const rules = reference.countingRules(on);
  const following = isFollowingFamily(member, state);
  if (!rules.countedHousing.includes(home.kind) || !rules.countedChannels.includes(state.channel)) return null;
  if (following && !rules.followingFamilyCounts) return null;
  // Following family with a case of its own need not be linked: it joins the sponsor where the sponsor lives.
  if (state.link === null) return state.sponsorCaseId === null ? null : home.municipality;
  const linked = state.link.municipality;
  return home.kind === 'TRANSIT_LOCATION' || home.municipality === linked ? linked : null;
}

function isFollowingFamily(member: CaseMember, state: KnownCase): boolean {
  return member.followingFamily || state.sponsorCaseId !== null || state.channel === 'FAMILY_REUNIFICATION';
}

function candidate(member: CaseMember, home: Move, state: KnownCase, countedOn: string, municipality: string): Row {
  return {
    personId: member.personId,
    countedOn,
    month: countedOn.slice(0, 7),
    municipality,
    channel: state.channel,
    followingFamily: isFollowingFamily(member, state) ? 1 : 0,
    housingKind: home.kind,
  };
}

export interface RealisationQuestion {
  /** As known by the end of this day. */
  readonly knownOn: string;
  /** Days on which persons were counted, both included. */
  readonly counted: { readonly from: string; readonly until: string };
  readonly municipality?: string;
}

/** Persons realised in one municipality and month. */
export interface RealisationFigures {
  readonly municipality: string;
  /** `2017-02` */
  readonly month: string;
  readonly channel: Channel;
  readonly followingFamily: boolean;
  readonly persons: number;
}

/** One row a municipality, month, channel and following family or not; other figures are sums of these. */
export function realisationFigures(db: Database, question: RealisationQuestion): readonly RealisationFigures[] {
  const { sql, values } = conditionsOf(question);
  const rows = db
    .prepare<object, Omit<RealisationFigures, 'followingFamily'> & { readonly followingFamily: number }>(
      `SELECT municipality, substr(countedOn, 1, 7) AS month, channel, followingFamily, SUM(rows) AS persons
       FROM realisedPersons WHERE knownOn <= @knownOn AND ${sql}
       GROUP BY municipality, month, channel, followingFamily HAVING SUM(rows) <> 0
       ORDER BY municipality, month, channel, followingFamily`,
    )
    .all(values);
  return rows.map((row) => ({ ...row, followingFamily: row.followingFamily === 1 }));
}

/** Persons by municipality, as recorded, and month, of some months (both included), as known on a day; null: now. */
export function realisedMonths(
  db: Database,
  { knownOn, from, until }: { readonly knownOn: string | null; readonly from: string; readonly until: string },
): readonly Realised[] {
  const ofMonths = 'month BETWEEN ? AND ?';
  if (knownOn === null) {
    const sql = `SELECT municipality, month, rows AS persons FROM realisedMonthsNow WHERE ${ofMonths}`;
    return db.prepare<Value[], Realised>(sql).all(from, until);
  }
  const sql = `SELECT municipality, month, SUM(rows) AS persons FROM realisedMonths WHERE knownOn <= ? AND ${ofMonths}
    GROUP BY municipality, month HAVING SUM(rows) <> 0`;
  return db.prepare<Value[], Realised>(sql).all(knownOn, from, until);
}

export interface RealisedPerson {
  readonly personId: string;
  /** The case whose move-in counts. */
  readonly caseId: string;
  readonly municipality: string;
  readonly countedOn: string;
  readonly channel: Channel;
  readonly followingFamily: boolean;
  readonly housingKind: HousingKind;
}

type PersonRow = Omit<RealisedPerson, 'caseId' | 'followingFamily'> & {
  readonly stream: string;
  readonly followingFamily: number;
};

/** The persons behind a figure, exactly as many, in order of the day they were counted. @throws InvalidCursor */
export function realisedPersons(
  db: Database,
  question: RealisationQuestion & {
    readonly channel?: Channel;
    readonly followingFamily?: boolean;
    readonly cursor?: string;
    readonly limit: number;
  },
): Page<RealisedPerson> {
  const { sql, values } = conditionsOf(question);
  const { channel, followingFamily } = question;
  const order = 'person';
  const place = question.cursor === undefined ? undefined : placeOf(question.cursor, order, 2);
  const conditions = [KNOWN_ON, sql];
  if (channel !== undefined) conditions.push('channel = @channel');
  if (followingFamily !== undefined) conditions.push('followingFamily = @following');
  if (place !== undefined) conditions.push('(countedOn, personId) > (@p0, @p1)');
  const rows = db
    .prepare<object, PersonRow>(
      `SELECT personId, stream, municipality, countedOn, channel, followingFamily, housingKind FROM realised
       WHERE ${conditions.join(' AND ')} ORDER BY countedOn, personId LIMIT @limit`,
    )
    .all({
      ...values,
      ...(channel === undefined ? {} : { channel }),
      ...(followingFamily === undefined ? {} : { following: followingFamily ? 1 : 0 }),
      ...(place === undefined ? {} : { p0: place[0], p1: place[1] }),
      limit: question.limit + 1,
    });
  const page = pageOf(rows, question.limit, order, (row) => [row.countedOn, row.personId]);
  return { items: page.items.map(personOf), next: page.next };
}

function personOf({ stream, followingFamily, ...row }: PersonRow): RealisedPerson {
  return { ...row, caseId: idOf(stream), followingFamily: followingFamily === 1 };
}

function conditionsOf({ knownOn, counted, municipality }: RealisationQuestion): {
  readonly sql: string;
  readonly values: Readonly<Record<string, Value>>;
} {
  const inPeriod = 'countedOn BETWEEN @from AND @until';
  return {
    sql: municipality === undefined ? inPeriod : `municipality = @municipality AND ${inPeriod}`,
    values: {
      knownOn,
      from: counted.from,
      until: counted.until,
      ...(municipality === undefined ? {} : { municipality }),
    },
  };
}
