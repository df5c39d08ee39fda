import { CHANNELS, HOUSING_KINDS, type Channel, type HousingKind } from '../journey/cases.events.ts';
import { Shown } from '../http/documentation.ts';
import { Day, Flag, SomeOf, Whole } from '../http/fields.ts';
import { FreshOrPast } from '../http/freshness.ts';

const DAYS = { min: 1, max: 3660 } as const;
const MAXIMUM = { min: 0, max: 3660, optional: true } as const;

class ValidFrom {
  @Day({ description: 'From this day on; may lie in the past: what was reckoned since is reckoned anew.' })
  validFrom!: string;
}

export class NormTermSet extends ValidFrom {
  @Whole({ description: 'Days from the permit to the link.', example: 14, ...DAYS })
  linkDays!: number;
  @Whole({ description: 'Days from the link to the offer of the home.', example: 70, ...DAYS })
  homeDays!: number;
  @Whole({ description: 'Days from the start of the tenancy to the move.', example: 14, ...DAYS })
  moveDays!: number;
  @Whole({ description: 'Days from the permit to the move, judged on its own.', example: 98, ...DAYS })
  wholeDays!: number;
  @Whole({ description: 'Days by which one term can be extended in all; absent: no maximum.', ...MAXIMUM })
  maximumExtensionDays?: number | null;
  @Whole({ description: 'Days for which a case can be suspended in all; absent: no maximum.', ...MAXIMUM })
  maximumSuspensionDays?: number | null;

  static readonly example = { validFrom: '2017-07-01', linkDays: 14, homeDays: 70, moveDays: 14, wholeDays: 98 };
}

export class CountingRuleSet extends ValidFrom {
  @SomeOf(HOUSING_KINDS, { description: 'Kinds of housing that count.', enumName: 'HousingKind' })
  countedHousing!: HousingKind[];
  @SomeOf(CHANNELS, { description: 'Channels whose persons count.', enumName: 'Channel' })
  countedChannels!: Channel[];
  @Flag({ description: 'Following family counts.' })
  followingFamilyCounts!: boolean;
  @Flag({ description: 'A child born after the move counts.' })
  bornAfterMoveInCounts!: boolean;

  static readonly example = {
    validFrom: '2017-07-01',
    countedHousing: ['REGULAR', 'TRANSIT_LOCATION'],
    countedChannels: ['ASYLUM', 'FAMILY_REUNIFICATION', 'RELOCATION', 'RESETTLEMENT'],
    followingFamilyCounts: true,
    bornAfterMoveInCounts: false,
  };
}

/** What a newer program wrote of the rules. */
export class ParkedReferenceBody {
  @Shown('text', 'Where it stands.')
  stream!: string;
  @Shown('whole', 'First revision that cannot be read.')
  revision!: number;
  @Shown('text', 'Why.')
  reason!: string;
}

class NormTermSetBody {
  @Shown('date', 'From this day on.')
  validFrom!: string;
  @Shown('whole', 'Days from the permit to the link.')
  linkDays!: number;
  @Shown('whole', 'Days from the link to the offer.')
  homeDays!: number;
  @Shown('whole', 'Days from the start of the tenancy to the move.')
  moveDays!: number;
  @Shown('whole', 'Days from the permit to the move.')
  wholeDays!: number;
  @Shown('whole', 'Most days of extension; null: no maximum.', { nullable: true })
  maximumExtensionDays!: number | null;
  @Shown('whole', 'Most days of suspension; null: no maximum.', { nullable: true })
  maximumSuspensionDays!: number | null;
}

class CountingRuleSetBody {
  @Shown('date', 'From this day on.')
  validFrom!: string;
  @Shown(HOUSING_KINDS, 'Kinds of housing that count.', { enumName: 'HousingKind', list: true })
  countedHousing!: readonly string[];
  @Shown(CHANNELS, 'Channels whose persons count.', { enumName: 'Channel', list: true })
  countedChannels!: readonly string[];
  @Shown('flag', 'Following family counts.')
  followingFamilyCounts!: boolean;
  @Shown('flag', 'A child born after the move counts.')
  bornAfterMoveInCounts!: boolean;
}

export class NormTermSetsBody {
  @Shown(() => NormTermSetBody, 'All sets that are not superseded, by day.', { list: true })
  sets!: readonly NormTermSetBody[];
  @Shown(() => ParkedReferenceBody, 'Set where rules cannot be read: the last good ones hold.', { nullable: true })
  parked!: ParkedReferenceBody | null;
}

export class CountingRuleSetsBody {
  @Shown(() => CountingRuleSetBody, 'All sets that are not superseded, by day.', { list: true })
  sets!: readonly CountingRuleSetBody[];
  @Shown(() => ParkedReferenceBody, 'Set where rules cannot be read: the last good ones hold.', { nullable: true })
  parked!: ParkedReferenceBody | null;
}

export class MunicipalityQuery extends FreshOrPast {
  @Day({ description: 'Which exist on this day. Default: `asKnownOn`, or today.', optional: true })
  on?: string;
}

class InhabitantsBody {
  @Shown('date', 'On this day.')
  referenceDate!: string;
  @Shown('whole', 'How many lived there.')
  persons!: number;
}

class MunicipalityBody {
  @Shown('text', 'CBS code, such as GM0716.')
  code!: string;
  @Shown('text', 'Its name.')
  name!: string;
  @Shown('text', 'CBS code of its province, such as PV29.')
  province!: string;
  @Shown('text', 'Name of its province.')
  provinceName!: string;
  @Shown(() => InhabitantsBody, 'Inhabitants, for each reference date that is known.', { list: true })
  inhabitants!: readonly InhabitantsBody[];
}

export class MunicipalitiesBody {
  @Shown('date', 'The day that was asked for.')
  on!: string;
  @Shown(
    'date',
    'Day of the list that answers it, the last one known: changes since do not show. Null: none is known.',
    {
      nullable: true,
    },
  )
  validFrom!: string | null;
  @Shown('text', 'Who published the list.', { nullable: true })
  source!: string | null;
  @Shown(() => MunicipalityBody, 'By name.', { list: true })
  municipalities!: readonly MunicipalityBody[];
  @Shown(() => ParkedReferenceBody, 'Set where facts cannot be read: the last good ones hold.', { nullable: true })
  parked!: ParkedReferenceBody | null;
}
