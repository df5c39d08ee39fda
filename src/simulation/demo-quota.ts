import { epochDay } from '../event-sourcing/days.ts';
import { quotaStream, type PerMunicipality, type QuotaFact, type TotalKind } from '../quota/quota.events.ts';
import type { Draws } from './draws.ts';
import { FOR } from './household.ts';
import type { Place } from './places.ts';
import { housedIn, type Housed } from './published.ts';
import type { Notice } from './run-simulation.ts';

/** National totals as published; days of publication are assumed where only "before 1 April / 1 October" is known. */
const TOTALS: readonly (readonly [period: string, kind: TotalKind, persons: number, occurredOn: string])[] = [
  ['2016H1', 'FIXED', 20_000, '2015-09-30'],
  ['2016H2', 'FIXED', 23_000, '2016-03-31'],
  ['2017H1', 'FIXED', 13_000, '2016-09-30'],
  ['2017H2', 'FORECAST', 19_000, '2016-09-30'],
];
/** What was published of Etten-Leur: its quotas of 2016 rest on inhabitants of 2015, which the demo does not know. */
const ETTEN_LEUR = 'GM0777';
const ETTEN_LEUR_QUOTAS: readonly (readonly [period: string, persons: number])[] = [
  ['2016H1', 50],
  ['2016H2', 58],
];
const ETTEN_LEUR_ARREARS = 7;
const ARREARS_ON_NEW_YEAR = 6_082;
/** How far opening balances lie from an even share, in per cent. */
const OPENING_SPREAD = [-160, -60, 0, 40, 70, 100, 130, 160, 200, 260, 400];

/**
 * What is known of the quotas in the demo, each from the day of its publication on, but not before the register begins.
 * @param housed persons housed per municipality as they are known in the end: the opening balances follow from them, so that
 * the second half of 2016 closes with the arrears that were published
 */
export function demoQuotaNotices(
  draws: Draws,
  places: readonly Place[],
  housed: Housed,
  from: string,
): readonly Notice[] {
  const facts: QuotaFact[] = TOTALS.map(([period, kind, persons, occurredOn]) => ({
    type: 'NationalTotalPublished',
    data: { period, occurredOn, kind, persons, source: 'Published by the ministry' },
  }));
  for (const [period, persons] of ETTEN_LEUR_QUOTAS) {
    facts.push({
      type: 'QuotaRulesSet',
      data: {
        period,
        occurredOn: from,
        rounding: 'NEAREST',
        inhabitantsOn: '2016-01-01',
        onTrackPercent: 5,
        reason: 'Inhabitants of 1 January 2015 are not in the register: those of 2016 stand in for them.',
      },
    });
    facts.push({
      type: 'OfficialQuotasPublished',
      data: { period, occurredOn: from, persons: { [ETTEN_LEUR]: persons }, source: 'Municipal report' },
    });
  }
  const arrears = openingArrears(draws, places, housed, from);
  const source = 'Solved, so that 1 January 2017 closes with the published arrears.';
  facts.push({ type: 'OpeningBalancesSet', data: { period: '2016H1', occurredOn: from, arrears, source } });
  return facts.map((fact) => ({
    day: epochDay(fact.data.occurredOn > from ? fact.data.occurredOn : from),
    stream: quotaStream(fact.data.period),
    type: fact.type,
    data: { ...fact.data },
  }));
}

/** By municipality of that day; together what makes the year close as published. */
function openingArrears(draws: Draws, places: readonly Place[], housed: Housed, from: string): PerMunicipality {
  const day = epochDay(from);
  const existing = [...places.entries()].filter(([, place]) => place.from <= day && day < place.until);
  const quota = TOTALS.filter(([period]) => period.startsWith('2016')).reduce((sum, [, , persons]) => sum + persons, 0);
  const wanted = ARREARS_ON_NEW_YEAR - quota + housedIn(housed, '2016-01', '2016-12');
  const inhabitants = existing.reduce((sum, [, place]) => sum + place.inhabitants, 0);
  const arrears = new Map<string, number>();
  for (const [index, { code, inhabitants: own }] of existing) {
    const percent = draws.spread(OPENING_SPREAD, index, FOR.OPENING);
    arrears.set(code, Math.round((wanted * own * percent) / (100 * inhabitants)));
  }
  if (arrears.has(ETTEN_LEUR)) arrears.set(ETTEN_LEUR, ETTEN_LEUR_ARREARS);
  spreadRest(arrears, existing, wanted);
  return Object.fromEntries(arrears);
}

/** What rounding and chance left over is divided by inhabitants, the last persons one by one. */
function spreadRest(arrears: Map<string, number>, existing: readonly [number, Place][], wanted: number): void {
  const others = existing.map(([, place]) => place).filter(({ code }) => code !== ETTEN_LEUR);
  const inhabitants = others.reduce((sum, place) => sum + place.inhabitants, 0);
  const rest = () => wanted - [...arrears.values()].reduce((sum, persons) => sum + persons, 0);
  const all = rest();
  for (const { code, inhabitants: own } of others) {
    arrears.set(code, arrears.get(code)! + Math.trunc((all * own) / inhabitants));
  }
  const left = rest();
  const largest = others.toSorted((a, b) => b.inhabitants - a.inhabitants || (a.code < b.code ? -1 : 1));
  for (let nth = 0; nth < Math.abs(left); nth++) {
    const { code } = largest[nth % largest.length]!;
    arrears.set(code, arrears.get(code)! + Math.sign(left));
  }
}
