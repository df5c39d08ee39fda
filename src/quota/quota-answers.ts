import { PROVINCES } from '../reference/reference.events.ts';
import type { Reference } from '../reference/reference.ts';
import { progress, together, type Ledger, type MunicipalStanding, type Progress, type Standing } from './ledger.ts';
import type { Level, MunicipalLedgerBody, QuotaPeriodBody, StandingRowBody, StandingsBody } from './quota.api.ts';
import type { PeriodFacts } from './quota-book.ts';
import type { AnsweredLedger } from './quota-questions.ts';

const COUNTRY = { code: 'NL', name: 'Nederland' };

export function periodOfFacts(facts: PeriodFacts): QuotaPeriodBody {
  const { period, totals, statutoryTotal, politicalTarget, rules, official, exempt, transfers, openingArrears } = facts;
  return {
    period,
    statutoryTotal,
    politicalTarget,
    totals,
    rules,
    officialQuotas: [...official].map(([municipality, persons]) => ({ municipality, persons })),
    exemptions: [...exempt].map(([municipality, reason]) => ({ municipality, reason })),
    transfers,
    openingBalances: [...openingArrears].map(([municipality, arrears]) => ({ municipality, arrears })),
  };
}

export function standingRows(answered: AnsweredLedger, level: Level): StandingsBody {
  const ledger = answered.ledgers.at(-1)!;
  return { ...knownOf(answered, ledger), national: ledger.national, rows: rowsOf(ledger, level, answered) };
}

/** Of one municipality, in each half-year in which it has a place in the ledger. */
export function municipalPeriods(answered: AnsweredLedger, municipality: string): MunicipalLedgerBody {
  const periods = answered.ledgers.flatMap(({ period, municipalities }) => {
    const own = municipalities.find((standing) => standing.municipality === municipality);
    if (own === undefined) return [];
    return [{ period, ...municipalRow(own, answered.known.reference), months: own.byMonth }];
  });
  return { ...knownOf(answered, answered.ledgers.at(-1)!), periods };
}

function knownOf({ asKnownOn, provisional, freshness }: AnsweredLedger, { period, inhabitantsMissing }: Ledger) {
  return { period, asKnownOn, provisional, inhabitantsMissing, freshness };
}

function rowsOf(
  { municipalities, facts }: Ledger,
  level: Level,
  { known }: AnsweredLedger,
): readonly StandingRowBody[] {
  const { reference } = known;
  const sums = (place: { readonly code: string; readonly name: string }, own: readonly MunicipalStanding[]) => {
    const standing = together(own);
    return { ...place, ...figuresOf(standing), pace: paceTogether(standing, own, facts.rules.onTrackPercent) };
  };
  switch (level) {
    case 'country':
      return [sums(COUNTRY, municipalities)];
    case 'province': {
      const byProvince = Map.groupBy(
        municipalities,
        ({ municipality }) => reference.municipality(municipality)?.province ?? '',
      );
      return [...byProvince]
        .map(([code, own]) => sums({ code, name: PROVINCES.get(code) ?? '' }, own))
        .sort((a, b) => (a.code < b.code ? -1 : 1));
    }
    case 'municipality':
      return municipalities.map((standing) => municipalRow(standing, reference));
  }
}

function municipalRow(standing: MunicipalStanding, reference: Reference) {
  const { municipality, origin, pace } = standing;
  const known = reference.municipality(municipality);
  return {
    code: municipality,
    name: known?.name ?? municipality,
    ...(known === undefined ? {} : { province: known.province }),
    origin,
    ...figuresOf(standing),
    pace,
  };
}

function figuresOf({ quota, arrears, advance, correctedQuota, realised, balance }: Standing): Standing {
  return { quota, arrears, advance, correctedQuota, realised, balance };
}

function paceTogether(
  { correctedQuota }: Standing,
  own: readonly MunicipalStanding[],
  onTrackPercent: number,
): Progress {
  const monthly =
    own[0]?.byMonth.map((_, index) => own.reduce((sum, one) => sum + one.byMonth[index]!.realised, 0)) ?? [];
  return progress(correctedQuota, monthly, own[0]?.pace.completedMonths ?? 0, onTrackPercent);
}
