import { Shown } from '../http/documentation.ts';
import { Day, Id, Municipality, OneOf, Parts, rule, Text, Whole } from '../http/fields.ts';
import { FreshnessBody, FreshOrPast } from '../http/freshness.ts';
import { ParkedReferenceBody } from '../reference/reference.api.ts';
import { QUOTA_ORIGINS } from './allocation.ts';
import { PACES } from './ledger.ts';
import { ROUNDINGS, TOTAL_KINDS, type Rounding, type TotalKind } from './quota.events.ts';

const PERSONS = { min: 0, max: 1_000_000 } as const;
const BALANCE = { min: -100_000, max: 100_000 } as const;
const REASON = { max: 1_000 } as const;

/** Of two figures for one municipality, nobody could tell which was meant. */
const EachOnce = rule('once', (value) => !Array.isArray(value) || isOnce(value), 'must not name a municipality twice');

function isOnce(parts: readonly { readonly municipality?: unknown }[]): boolean {
  return new Set(parts.map((part) => part?.municipality)).size === parts.length;
}

class Published {
  @Day({ description: 'When it was published or decided. Default: today.', optional: true })
  occurredOn?: string;
}

class FromSource extends Published {
  @Text({ description: 'Where it was published.', optional: true, ...REASON })
  source?: string;
}

export class NationalTotalPublication extends FromSource {
  @OneOf(TOTAL_KINDS, {
    description: 'How firm it is. A political target stands beside the totals and obliges nobody.',
    enumName: 'TotalKind',
  })
  kind!: TotalKind;
  @Whole({ description: 'Persons to be housed in the half-year.', example: 13_000, ...PERSONS })
  persons!: number;

  static readonly example = { kind: 'FIXED', persons: 13_000, occurredOn: '2016-09-29', source: 'Staatscourant' };
}

export class QuotaRuleSet extends Published {
  @OneOf(ROUNDINGS, { description: 'How quotas are rounded to whole persons.', enumName: 'Rounding' })
  rounding!: Rounding;
  @Day({ description: 'Reference date of the inhabitants.', example: '2016-01-01' })
  inhabitantsOn!: string;
  @Whole({
    description: 'On track: within so many percent of the corrected quota. Default: 5.',
    optional: true,
    min: 0,
    max: 100,
  })
  onTrackPercent?: number;
  @Text({ description: 'Why it differs from the rule.', optional: true, ...REASON })
  reason?: string;

  static readonly example = { rounding: 'NEAREST', inhabitantsOn: '2016-01-01', reason: 'Declared substitute basis' };
}

class OfficialQuota {
  @Municipality({ description: 'Municipality.', example: 'GM0777' })
  municipality!: string;
  @Whole({ description: 'Its official quota.', example: 50, ...PERSONS })
  persons!: number;
}

export class OfficialQuotas extends FromSource {
  @Parts(() => OfficialQuota, { description: 'Quotas that go before the computed ones.', max: 500 })
  @EachOnce
  quotas!: OfficialQuota[];

  static readonly example = { quotas: [{ municipality: 'GM0777', persons: 50 }], source: 'Provincie Noord-Brabant' };
}

export class QuotaExemption extends Published {
  @Municipality({ description: 'Municipality that need not house anybody in the half-year.', example: 'GM1895' })
  municipality!: string;
  @Text({ description: 'Why.', ...REASON })
  reason!: string;

  static readonly example = { municipality: 'GM1895', reason: 'Hosts a reception centre' };
}

export class QuotaTransferAgreement extends Published {
  @Municipality({ description: 'Municipality whose quota becomes less.', example: 'GM0716' })
  from!: string;
  @Municipality({ description: 'Municipality whose quota becomes more.', example: 'GM0777' })
  to!: string;
  @Whole({ description: 'Persons.', min: 1, max: 10_000, example: 3 })
  persons!: number;
  @Text({ description: 'Why.', optional: true, ...REASON })
  reason?: string;

  static readonly example = { from: 'GM0716', to: 'GM0777', persons: 3 };
}

class OpeningBalance {
  @Municipality({ description: 'Municipality.', example: 'GM0716' })
  municipality!: string;
  @Whole({ description: 'Arrears, or below zero an advance.', example: 17, ...BALANCE })
  arrears!: number;
}

export class OpeningBalances extends FromSource {
  @Parts(() => OpeningBalance, { description: 'What the ledger begins with.', max: 500 })
  @EachOnce
  balances!: OpeningBalance[];

  static readonly example = { balances: [{ municipality: 'GM0716', arrears: 17 }] };
}

export class QuotaRetraction {
  @Id({ description: 'The event that was wrong.', example: '2f6d1c1e-6c0b-8d0c-9a53-1d6f0f6b7a01' })
  eventId!: string;
  @Text({ description: 'Why.', ...REASON })
  reason!: string;

  static readonly example = {
    eventId: '2f6d1c1e-6c0b-8d0c-9a53-1d6f0f6b7a01',
    reason: 'Entered for the wrong half-year',
  };
}

export const LEVELS = ['country', 'province', 'municipality'] as const;
export type Level = (typeof LEVELS)[number];

export class QuotaStandingQuery extends FreshOrPast {
  @OneOf(LEVELS, { description: 'Rows of which level. Default: municipality.', enumName: 'Level', optional: true })
  level?: Level;
}

class NationalTotalBody {
  @Shown('id', 'The event, by which it can be retracted.')
  eventId!: string;
  @Shown(TOTAL_KINDS, 'How firm it is.', { enumName: 'TotalKind' })
  kind!: string;
  @Shown('whole', 'Persons.')
  persons!: number;
  @Shown('date', 'When it was published.')
  publishedOn!: string;
  @Shown('text', 'Where.', { nullable: true })
  source!: string | null;
}

class QuotaRulesBody {
  @Shown(ROUNDINGS, 'How quotas are rounded.', { enumName: 'Rounding' })
  rounding!: string;
  @Shown('date', 'Reference date of the inhabitants.')
  inhabitantsOn!: string;
  @Shown('whole', 'Percent of the corrected quota within which a realisation is on track.')
  onTrackPercent!: number;
}

class OfficialQuotaBody {
  @Shown('text', 'Municipality.')
  municipality!: string;
  @Shown('whole', 'Persons.')
  persons!: number;
}

class QuotaExemptionBody {
  @Shown('text', 'Municipality.')
  municipality!: string;
  @Shown('text', 'Why.')
  reason!: string;
}

class QuotaTransferBody {
  @Shown('id', 'The event, by which it can be retracted.')
  eventId!: string;
  @Shown('text', 'Whose quota becomes less.')
  from!: string;
  @Shown('text', 'Whose quota becomes more.')
  to!: string;
  @Shown('whole', 'Persons.')
  persons!: number;
  @Shown('text', 'Why.', { nullable: true })
  reason!: string | null;
}

class OpeningBalanceBody {
  @Shown('text', 'Municipality.')
  municipality!: string;
  @Shown('whole', 'Arrears, or below zero an advance.')
  arrears!: number;
}

class ParkedQuotaPeriodBody {
  @Shown('text', 'Half-year.')
  period!: string;
  @Shown('whole', 'First revision that cannot be read; what comes before it counts.')
  revision!: number;
  @Shown('text', 'Why.')
  reason!: string;
}

export class QuotaPeriodBody {
  @Shown('text', 'Half-year, such as 2017H1.')
  period!: string;
  @Shown('whole', 'Its revision, for If-Match; also in the ETag of this half-year.')
  revision!: number;
  @Shown(() => NationalTotalBody, 'The total that obliges: the last of the firmest kind.', { nullable: true })
  statutoryTotal!: NationalTotalBody | null;
  @Shown(() => NationalTotalBody, 'What is aimed at beside it.', { nullable: true })
  politicalTarget!: NationalTotalBody | null;
  @Shown(() => NationalTotalBody, 'All that was published, in that order.', { list: true })
  totals!: readonly NationalTotalBody[];
  @Shown(() => QuotaRulesBody, 'How quotas are reckoned and judged.')
  rules!: QuotaRulesBody;
  @Shown(() => OfficialQuotaBody, 'Quotas that go before the computed ones.', { list: true })
  officialQuotas!: readonly OfficialQuotaBody[];
  @Shown(() => QuotaExemptionBody, 'Who need not house anybody.', { list: true })
  exemptions!: readonly QuotaExemptionBody[];
  @Shown(() => QuotaTransferBody, 'What municipalities agreed.', { list: true })
  transfers!: readonly QuotaTransferBody[];
  @Shown(() => OpeningBalanceBody, 'What the ledger begins with, in its first half-year.', { list: true })
  openingBalances!: readonly OpeningBalanceBody[];
  @Shown(
    () => ParkedQuotaPeriodBody,
    'Set where not all of it can be read: it counts up to there, and takes no commands.',
    {
      nullable: true,
    },
  )
  parked!: ParkedQuotaPeriodBody | null;
}

export class QuotaPeriodsBody {
  @Shown(() => QuotaPeriodBody, 'Half-years of which something is known, in order.', { list: true })
  periods!: readonly QuotaPeriodBody[];
  @Shown(() => ParkedQuotaPeriodBody, 'Half-years that cannot be read as a whole, also those of which nothing can.', {
    list: true,
  })
  parked!: readonly ParkedQuotaPeriodBody[];
}

class RetractedByBody {
  @Shown('id', 'The event that takes it back.')
  eventId!: string;
  @Shown('instant', 'When we were told.')
  recordedAt!: string;
  @Shown('text', 'By whom.')
  actor!: string;
  @Shown('text', 'For which organisation.')
  organisation!: string;
  @Shown('text', 'Why.')
  reason!: string;
}

class QuotaRecordBody {
  @Shown('id', 'The event, by which it can be retracted.')
  eventId!: string;
  @Shown('whole', 'Its revision.')
  revision!: number;
  @Shown('text', 'Its type.')
  type!: string;
  @Shown('instant', 'When we were told.')
  recordedAt!: string;
  @Shown('text', 'By whom.')
  actor!: string;
  @Shown('text', 'For which organisation.')
  organisation!: string;
  @Shown(['STANDS', 'RETRACTED'], 'Whether it still stands.', { enumName: 'QuotaFactStanding' })
  standing!: string;
  @Shown(() => RetractedByBody, 'Who took it back.', { nullable: true })
  retractedBy!: RetractedByBody | null;
  @Shown('json', 'What was stated.')
  fact!: object;
}

export class QuotaHistoryBody {
  @Shown('text', 'Half-year.')
  period!: string;
  @Shown('whole', 'Its revision, for If-Match; also in ETag.')
  revision!: number;
  @Shown(() => QuotaRecordBody, 'All that was ever recorded, in that order.', { list: true })
  events!: readonly QuotaRecordBody[];
  @Shown(
    () => ParkedQuotaPeriodBody,
    'Set where not all of it can be read: it counts up to there, and takes no commands.',
    {
      nullable: true,
    },
  )
  parked!: ParkedQuotaPeriodBody | null;
}

class AllocatedBody {
  @Shown('text', 'Code of the municipality.')
  code!: string;
  @Shown('text', 'Its name.')
  name!: string;
  @Shown('text', 'Code of its province.', { optional: true })
  province?: string;
  @Shown('whole', 'Its inhabitants on the reference date; null: not known.', { nullable: true })
  inhabitants!: number | null;
  @Shown('whole', 'Its share of the total, rounded; null: it could not be computed.', { nullable: true })
  computed!: number | null;
  @Shown('whole', 'Its quota: computed, official or none, with what is transferred.')
  quota!: number;
  @Shown(QUOTA_ORIGINS, 'Where its quota comes from.', { enumName: 'QuotaOrigin' })
  origin!: string;
}

export class AllocationBody {
  @Shown('text', 'Half-year.')
  period!: string;
  @Shown('date', 'As known by the end of this day.')
  asKnownOn!: string;
  @Shown('flag', 'It can still change: that day is not over.')
  provisional!: boolean;
  @Shown(() => NationalTotalBody, 'The total that is divided.', { nullable: true })
  statutoryTotal!: NationalTotalBody | null;
  @Shown(() => QuotaRulesBody, 'How it is divided.')
  rules!: QuotaRulesBody;
  @Shown('whole', 'Inhabitants of all municipalities; null: not known for the reference date.', { nullable: true })
  inhabitants!: number | null;
  @Shown('whole', 'Quotas of all together: more than the total, as each is rounded.')
  quota!: number;
  @Shown(() => AllocatedBody, 'Municipalities that exist on the first day, by code.', { list: true })
  municipalities!: readonly AllocatedBody[];
  @Shown(
    () => ParkedQuotaPeriodBody,
    'Set where not all of it can be read: it counts up to there, and takes no commands.',
    {
      nullable: true,
    },
  )
  parked!: ParkedQuotaPeriodBody | null;
  @Shown(
    () => ParkedReferenceBody,
    'Set where facts about municipalities or rules cannot be read: the last good ones hold.',
    {
      nullable: true,
    },
  )
  referenceParked!: ParkedReferenceBody | null;
}

class ProgressBody {
  @Shown('whole', 'Months of the half-year that are over.')
  completedMonths!: number;
  @Shown('number', 'Persons expected by then: so many sixths of the corrected quota.')
  expected!: number;
  @Shown('whole', 'Persons realised in those months.')
  realised!: number;
  @Shown(PACES, 'How the two compare; null: no quota is known.', { enumName: 'Pace', nullable: true })
  pace!: string | null;
}

class QuotaStandingBody {
  @Shown('whole', 'Quota of the half-year alone.')
  quota!: number;
  @Shown('whole', 'Arrears at its beginning.')
  arrears!: number;
  @Shown('whole', 'Advance at its beginning.')
  advance!: number;
  @Shown('whole', 'quota + arrears − advance')
  correctedQuota!: number;
  @Shown('whole', 'Persons realised in the half-year.')
  realised!: number;
  @Shown('whole', 'Corrected quota − realised: still to go, or below zero an advance.')
  balance!: number;
}

export class QuotaStandingRowBody extends QuotaStandingBody {
  @Shown('text', 'Code of the municipality or province, or NL.')
  code!: string;
  @Shown('text', 'Its name.')
  name!: string;
  @Shown('text', 'Code of its province; of municipalities.', { optional: true })
  province?: string;
  @Shown(QUOTA_ORIGINS, 'Where its quota comes from; of municipalities.', { enumName: 'QuotaOrigin', optional: true })
  origin?: string;
  @Shown(() => ProgressBody, 'Progress after the months that are over.')
  pace!: ProgressBody;
}

class NationalStandingBody extends QuotaStandingBody {
  @Shown('whole', 'Published total that obliges; null: none is known.', { nullable: true })
  statutoryTotal!: number | null;
  @Shown(() => ProgressBody, 'Progress after the months that are over.')
  pace!: ProgressBody;
  @Shown(
    'whole',
    'Persons a month that are needed in the months left; null: the half-year is over, or no total is known.',
    {
      nullable: true,
    },
  )
  neededAMonth!: number | null;
}

class KnownBody {
  @Shown('text', 'Half-year.')
  period!: string;
  @Shown('date', 'As known by the end of this day.')
  asKnownOn!: string;
  @Shown('flag', 'It can still change: that day is not over, the view is not past it, or a case stands still.')
  provisional!: boolean;
  @Shown('date', 'Set if quotas could not be computed: no inhabitants are known of this reference date.', {
    nullable: true,
  })
  inhabitantsMissing!: string | null;
  @Shown(
    () => ParkedQuotaPeriodBody,
    'Half-years up to this one that cannot be read as a whole: they count up to there.',
    {
      list: true,
    },
  )
  parked!: readonly ParkedQuotaPeriodBody[];
  @Shown(
    () => ParkedReferenceBody,
    'Set where facts about municipalities or rules cannot be read: the last good ones hold.',
    {
      nullable: true,
    },
  )
  referenceParked!: ParkedReferenceBody | null;
  @Shown(() => FreshnessBody, 'How much the figures know.')
  freshness!: FreshnessBody;
}

export class QuotaStandingsBody extends KnownBody {
  @Shown(() => NationalStandingBody, 'The country by the statutory total, without what rounding adds to the quotas.')
  national!: NationalStandingBody;
  @Shown(() => QuotaStandingRowBody, 'Sums of municipalities, or municipalities; arrears and advances apart.', {
    list: true,
  })
  rows!: readonly QuotaStandingRowBody[];
}

class MonthBody {
  @Shown('text', 'Month, such as 2017-01.')
  month!: string;
  @Shown('whole', 'Persons realised in it.')
  realised!: number;
  @Shown('whole', 'Persons to go at its end.')
  toGo!: number;
}

class MunicipalPeriodBody extends QuotaStandingRowBody {
  @Shown('text', 'Half-year.')
  period!: string;
  @Shown(() => MonthBody, 'Month by month.', { list: true })
  months!: readonly MonthBody[];
}

export class MunicipalLedgerBody extends KnownBody {
  @Shown(() => MunicipalPeriodBody, 'From the first half-year of the ledger on.', { list: true })
  periods!: readonly MunicipalPeriodBody[];
}
