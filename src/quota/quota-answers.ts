import type { RecordedEvent } from '../event-sourcing/event.ts';
import { PROVINCES } from '../reference/reference.events.ts';
import type { Reference } from '../reference/reference.ts';
import { allocationOf } from './allocation.ts';
import { progress, together, type Ledger, type MunicipalStanding, type Progress, type Standing } from './ledger.ts';
import type {
  AllocationBody,
  Level,
  MunicipalLedgerBody,
  QuotaHistoryBody,
  QuotaPeriodBody,
  QuotaStandingRowBody,
  QuotaStandingsBody,
} from './quota.api.ts';
import { quotaEvents, retractionsIn, type PeriodFacts, type RecordedQuotaEvent } from './quota-book.ts';
import { quotaStream } from './quota.events.ts';
import type { ParkedPeriod, QuotaKnown } from './quota-knowledge.ts';
import type { QuotaPeriod } from './quota-period.ts';
import type { AnsweredLedger } from './quota-questions.ts';

const COUNTRY = { code: 'NL', name: 'Nederland' };

export function periodOfFacts(facts: PeriodFacts, { parked }: QuotaKnown): QuotaPeriodBody {
  const { period, revision, totals, statutoryTotal, politicalTarget, rules } = facts;
  const { official, exempt, transfers, openingArrears } = facts;
  return {
    period,
    revision,
    statutoryTotal,
    politicalTarget,
    totals,
    rules,
    officialQuotas: [...official].map(([municipality, persons]) => ({ municipality, persons })),
    exemptions: [...exempt].map(([municipality, reason]) => ({ municipality, reason })),
    transfers,
    openingBalances: [...openingArrears].map(([municipality, arrears]) => ({ municipality, arrears })),
    parked: parkedOf(period, parked),
  };
}

export function parkedOf(period: QuotaPeriod, parked: readonly ParkedPeriod[]): ParkedPeriod | null {
  return parked.find((one) => one.period === period) ?? null;
}

/** Undefined: nothing was ever recorded of this half-year. */
export function historyOf({ recorded, parked }: QuotaKnown, period: QuotaPeriod): QuotaHistoryBody | undefined {
  const own = recorded.filter(({ stream }) => stream === quotaStream(period));
  const last = own.at(-1);
  if (last === undefined) return undefined;
  const retractions = retractionsIn(quotaEvents(own));
  const events = own.map(({ id, revision, type, data, metadata }) => {
    const { recordedAt, actor, organisation } = metadata;
    const retractedBy = retractedByOf(retractions.get(id), own);
    const standing = retractedBy === null ? 'STANDS' : 'RETRACTED';
    return { eventId: id, revision, type, recordedAt, actor, organisation, standing, retractedBy, fact: data };
  });
  return { period, revision: last.revision, events, parked: parkedOf(period, parked) };
}

function retractedByOf(retraction: RecordedQuotaEvent | undefined, own: readonly RecordedEvent[]) {
  if (retraction?.type !== 'QuotaFactRetracted') return null;
  const { id, data } = retraction;
  const { recordedAt, actor, organisation } = own.find((event) => event.id === id)!.metadata;
  return { eventId: id, recordedAt, actor, organisation, reason: data.reason };
}

export function allocationBody(
  facts: PeriodFacts,
  { municipalities, reference, parked, referenceParked }: QuotaKnown,
): Omit<AllocationBody, 'asKnownOn' | 'provisional'> {
  const { period, statutoryTotal, rules } = facts;
  const { existing, inhabitants, computed, quotaOf } = allocationOf(facts, municipalities);
  const rows = [...existing].map((code) => ({
    ...placeOf(code, reference),
    inhabitants: inhabitants?.get(code) ?? null,
    computed: computed.get(code) ?? null,
    ...quotaOf(code),
  }));
  const everybody = inhabitants && [...inhabitants.values()].reduce((sum, own) => sum + own, 0);
  const quota = rows.reduce((sum, row) => sum + row.quota, 0);
  const own = parkedOf(period, parked);
  return {
    period,
    statutoryTotal,
    rules,
    inhabitants: everybody ?? null,
    quota,
    municipalities: rows,
    parked: own,
    referenceParked,
  };
}

export function standingRows(answered: AnsweredLedger, level: Level): QuotaStandingsBody {
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

function knownOf({ asKnownOn, provisional, parked, freshness, known }: AnsweredLedger, ledger: Ledger) {
  const { period, inhabitantsMissing } = ledger;
  return {
    period,
    asKnownOn,
    provisional,
    inhabitantsMissing,
    parked,
    referenceParked: known.referenceParked,
    freshness,
  };
}

function rowsOf(
  { municipalities, facts }: Ledger,
  level: Level,
  { known }: AnsweredLedger,
): readonly QuotaStandingRowBody[] {
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
  return { ...placeOf(municipality, reference), origin, ...figuresOf(standing), pace };
}

function placeOf(code: string, reference: Reference) {
  const known = reference.municipality(code);
  return { code, name: known?.name ?? code, ...(known === undefined ? {} : { province: known.province }) };
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
  const isKnown = own.some(({ origin }) => origin !== 'NONE');
  return progress(correctedQuota, monthly, own[0]?.pace.completedMonths ?? 0, isKnown ? onTrackPercent : null);
}
