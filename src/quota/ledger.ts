import { allocationOf, type Municipalities, type QuotaOrigin } from './allocation.ts';
import { periodFacts, type PeriodFacts, type QuotaBook } from './quota-book.ts';
import { completedMonths, monthsOf, periodsFrom, startOf, type QuotaPeriod } from './quota-period.ts';

/** Persons realised in a municipality, as recorded, and a month (`2017-02`). */
export interface Realised {
  readonly municipality: string;
  readonly month: string;
  readonly persons: number;
}

export const PACES = ['AHEAD', 'ON_TRACK', 'BEHIND'] as const;
export type Pace = (typeof PACES)[number];

/** Persons, of one municipality or of many together. */
export interface Standing {
  /** Of the half-year alone, transfers included. */
  readonly quota: number;
  /** What the half-year began with; one of both is zero for a municipality. */
  readonly arrears: number;
  readonly advance: number;
  /** `quota + arrears − advance` */
  readonly correctedQuota: number;
  readonly realised: number;
  /** `correctedQuota − realised`: still to go, or below zero an advance. */
  readonly balance: number;
}

export interface MunicipalStanding extends Standing {
  readonly municipality: string;
  readonly origin: QuotaOrigin;
  /** Realised by month; all six. */
  readonly byMonth: readonly { readonly month: string; readonly realised: number; readonly toGo: number }[];
  readonly pace: Progress;
}

/** After the months that are over. */
export interface Progress {
  readonly completedMonths: number;
  /** Sixths of the corrected quota, rounded to a tenth of a person. */
  readonly expected: number;
  /** In those months. */
  readonly realised: number;
  /** Null: no quota is known. */
  readonly pace: Pace | null;
}

/** The country by the statutory total, as the ministry publishes it: without what rounding adds to the quotas. */
export interface NationalStanding extends Standing {
  readonly statutoryTotal: number | null;
  readonly pace: Progress;
  /** Persons a month that are needed in the months that are left; null: the half-year is over, or no total is known. */
  readonly neededAMonth: number | null;
}

export interface Ledger {
  readonly period: QuotaPeriod;
  readonly facts: PeriodFacts;
  /** In order of code. Whoever has a quota, a balance or a realised person. */
  readonly municipalities: readonly MunicipalStanding[];
  readonly national: NationalStanding;
  /** Set where quotas could not be computed: this reference date has no inhabitants. */
  readonly inhabitantsMissing: string | null;
}

/**
 * Where the ledger up to a half-year begins: the last one until then with opening balances, which hold what earlier ones would
 * carry over; else the first of which something stands. So facts lead to the same figures in whichever order they came.
 */
export function beginningOf(book: QuotaBook, period: QuotaPeriod): QuotaPeriod {
  const until = [...book.values()].filter((facts) => facts.period <= period);
  const opened = until.findLast(({ openingArrears }) => openingArrears.size > 0);
  return (opened ?? until[0])?.period ?? period;
}

/**
 * The ledger up to a half-year, from its beginning on: quota = total × inhabitants / inhabitants of the country, rounded (art. 29 of
 * the Housing Act 2014), corrected by what is carried over (`corrected quota = quota + arrears − advance`, `balance after =
 * corrected quota − realised`), which has no end and is never waived. The balances of a municipality pass to its successor.
 * @param asOf what is over by the end of this day is judged (ISO)
 */
export function ledgers(
  book: QuotaBook,
  period: QuotaPeriod,
  parts: {
    readonly municipalities: Municipalities;
    readonly realised: readonly Realised[];
    readonly asOf: string;
  },
): readonly Ledger[] {
  const { municipalities, asOf } = parts;
  const realised = byMunicipality(parts.realised, municipalities);
  let balances: ReadonlyMap<string, number> = new Map();
  let nationalBalance = 0;
  return periodsFrom(beginningOf(book, period), period).map((each) => {
    const facts = book.get(each) ?? periodFacts(each, []);
    const opening = carriedOver([...balances, ...facts.openingArrears], municipalities, startOf(each));
    nationalBalance += sum(facts.openingArrears.values());
    const now = ledgerOf(facts, { opening, nationalBalance, realised, municipalities, asOf });
    balances = new Map(now.municipalities.map(({ municipality, balance }) => [municipality, balance]));
    nationalBalance = now.national.balance;
    return now;
  });
}

function ledgerOf(
  facts: PeriodFacts,
  given: {
    readonly opening: ReadonlyMap<string, number>;
    readonly nationalBalance: number;
    readonly realised: ReadonlyMap<string, ReadonlyMap<string, number>>;
    readonly municipalities: Municipalities;
    readonly asOf: string;
  },
): Ledger {
  const { opening, realised, municipalities, asOf } = given;
  const { period, rules, statutoryTotal } = facts;
  const months = monthsOf(period);
  const { existing, inhabitants, quotaOf } = allocationOf(facts, municipalities);
  const over = completedMonths(period, asOf);

  const seen = [...realised].filter(([, persons]) => months.some((month) => persons.has(month))).map(([code]) => code);
  const codes = [...new Set([...existing, ...opening.keys(), ...seen])].sort();
  const standings = codes.flatMap((municipality): MunicipalStanding[] => {
    const { quota, origin } = quotaOf(municipality);
    const before = opening.get(municipality) ?? 0;
    const persons = months.map((month) => realised.get(municipality)?.get(month) ?? 0);
    const standing = standingOf(quota, before, sum(persons));
    if (origin === 'NONE' && !existing.has(municipality) && before === 0 && standing.realised === 0) return [];
    let toGo = standing.correctedQuota;
    const byMonth = months.map((month, index) => {
      toGo -= persons[index]!;
      return { month, realised: persons[index]!, toGo };
    });
    const pace = progress(standing.correctedQuota, persons, over, origin === 'NONE' ? null : rules.onTrackPercent);
    return [{ municipality, origin, ...standing, byMonth, pace }];
  });

  const monthly = months.map((_, index) => sum(standings.map(({ byMonth }) => byMonth[index]!.realised)));
  const national = standingOf(statutoryTotal?.persons ?? 0, given.nationalBalance, sum(monthly));
  const left = months.length - over;
  return {
    period,
    facts,
    municipalities: standings,
    national: {
      ...national,
      statutoryTotal: statutoryTotal?.persons ?? null,
      pace: progress(national.correctedQuota, monthly, over, statutoryTotal === null ? null : rules.onTrackPercent),
      neededAMonth:
        left === 0 || statutoryTotal === null
          ? null
          : Math.max(0, Math.round((national.correctedQuota - sum(monthly.slice(0, over))) / left)),
    },
    inhabitantsMissing: statutoryTotal !== null && inhabitants === undefined ? rules.inhabitantsOn : null,
  };
}

/** Sums of many: arrears and advances apart, since one does not make up for another's. */
export function together(standings: readonly Standing[]): Standing {
  const total = (of: (standing: Standing) => number): number => sum(standings.map(of));
  return {
    quota: total(({ quota }) => quota),
    arrears: total(({ arrears }) => arrears),
    advance: total(({ advance }) => advance),
    correctedQuota: total(({ correctedQuota }) => correctedQuota),
    realised: total(({ realised }) => realised),
    balance: total(({ balance }) => balance),
  };
}

/**
 * What is expected after so many of six months is that many sixths of the corrected quota; on track is what differs from it by no
 * more than so many percent of the corrected quota.
 * @param onTrackPercent null: no quota is known, so that nothing can be said of the pace
 */
export function progress(
  correctedQuota: number,
  monthly: readonly number[],
  completed: number,
  onTrackPercent: number | null,
): Progress {
  const realised = sum(monthly.slice(0, completed));
  const difference = realised - (correctedQuota * completed) / monthly.length;
  const expected = Math.round(((correctedQuota * completed) / monthly.length) * 10) / 10;
  const pace = onTrackPercent === null ? null : paceOf(difference, (Math.abs(correctedQuota) * onTrackPercent) / 100);
  return { completedMonths: completed, expected, realised, pace };
}

function paceOf(difference: number, band: number): Pace {
  if (Math.abs(difference) <= band) return 'ON_TRACK';
  return difference > 0 ? 'AHEAD' : 'BEHIND';
}

function standingOf(quota: number, before: number, realised: number): Standing {
  const correctedQuota = quota + before;
  return {
    quota,
    arrears: Math.max(0, before),
    advance: Math.max(0, -before),
    correctedQuota,
    realised,
    balance: correctedQuota - realised,
  };
}

function carriedOver(
  balances: Iterable<readonly [string, number]>,
  municipalities: Municipalities,
  date: string,
): ReadonlyMap<string, number> {
  const carried = new Map<string, number>();
  for (const [code, balance] of balances) {
    const successor = municipalities.successor(code, date);
    carried.set(successor, (carried.get(successor) ?? 0) + balance);
  }
  return carried;
}

/** By the municipality that existed in the month, and the month. */
function byMunicipality(
  realised: readonly Realised[],
  municipalities: Municipalities,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const { municipality, month, persons } of realised) {
    const code = municipalities.successor(municipality, `${month}-01`);
    let months = found.get(code);
    if (months === undefined) found.set(code, (months = new Map()));
    months.set(month, (months.get(month) ?? 0) + persons);
  }
  return found;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
