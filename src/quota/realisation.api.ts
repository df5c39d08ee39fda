import { Transform } from 'class-transformer';
import { CHANNELS, HOUSING_KINDS, type Channel } from '../journey/cases.events.ts';
import { Shown } from '../http/documentation.ts';
import { Day, Flag, Municipality, NotBefore, OneOf, Text, Whole } from '../http/fields.ts';
import { FreshnessBody, FreshOrPast, toBoolean, toNumber } from '../http/freshness.ts';

export class RealisationQuery extends FreshOrPast {
  @Day({ description: 'Persons counted on this day or later.', example: '2017-01-01' })
  from!: string;
  @Day({ description: 'Persons counted on this day or earlier.', example: '2017-06-30' })
  @NotBefore('from')
  until!: string;
  @Municipality({ description: 'For this municipality.', optional: true })
  municipality?: string;
}

export class RealisedPersonsQuery extends RealisationQuery {
  @OneOf(CHANNELS, { description: 'Who came in this way.', enumName: 'Channel', optional: true })
  channel?: Channel;
  @Flag({ description: 'Following family, or not.', optional: true })
  @Transform(({ value }) => toBoolean(value))
  followingFamily?: boolean;
  @Text({ description: '`next` of the page before.', max: 2000, optional: true })
  cursor?: string;
  @Whole({ description: 'Largest number of persons. Default: 50.', min: 1, max: 200, optional: true })
  @Transform(({ value }) => toNumber(value))
  limit?: number;
}

class RealisationFiguresBody {
  @Shown('text', 'Municipality.')
  municipality!: string;
  @Shown('text', 'Month, such as 2017-02.')
  month!: string;
  @Shown(CHANNELS, 'How they came in.', { enumName: 'Channel' })
  channel!: string;
  @Shown('flag', 'Following family, or not.')
  followingFamily!: boolean;
  @Shown('whole', 'Number of persons.')
  persons!: number;
}

export class RealisationBody {
  @Shown('date', 'As known by the end of this day.')
  asKnownOn!: string;
  @Shown('flag', 'It can still change: that day is not over, the view is not past it, or a case stands still.')
  provisional!: boolean;
  @Shown(() => RealisationFiguresBody, 'One a municipality, month, channel and following family or not.', {
    list: true,
  })
  figures!: readonly RealisationFiguresBody[];
  @Shown(() => FreshnessBody, 'How much the figures know.')
  freshness!: FreshnessBody;
}

class RealisedPersonBody {
  @Shown('id', 'The person.')
  personId!: string;
  @Shown('id', 'The case whose move-in counts.')
  caseId!: string;
  @Shown('text', 'For which municipality.')
  municipality!: string;
  @Shown('date', 'Day on which the person counts.')
  countedOn!: string;
  @Shown(CHANNELS, 'How they came in.', { enumName: 'Channel' })
  channel!: string;
  @Shown('flag', 'Following family, or not.')
  followingFamily!: boolean;
  @Shown(HOUSING_KINDS, 'Kind of housing.', { enumName: 'HousingKind' })
  housingKind!: string;
}

export class RealisedPersonsBody {
  @Shown(() => RealisedPersonBody, 'In order of the day they count.', { list: true })
  items!: readonly RealisedPersonBody[];
  @Shown('text', 'Give it as `cursor` for the next page.', { nullable: true })
  next!: string | null;
  @Shown(() => FreshnessBody, 'How much the list knows.')
  freshness!: FreshnessBody;
}
