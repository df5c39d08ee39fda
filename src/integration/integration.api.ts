import { Transform } from 'class-transformer';
import { Shown } from '../http/documentation.ts';
import { Day, Municipality, NotBefore, Whole } from '../http/fields.ts';
import { FreshnessBody, FreshOrPast, toNumber } from '../http/freshness.ts';
import { INTEGRATION_STEPS } from '../journey/cases.events.ts';

export class IntegrationQuery extends FreshOrPast {
  @Day({ description: 'Who moved in on this day or later.', example: '2016-07-01' })
  from!: string;
  @Day({ description: 'Who moved in on this day or earlier.', example: '2016-12-31' })
  @NotBefore('from')
  until!: string;
  @Whole({ description: 'Within so many weeks of moving in.', example: 10, min: 1, max: 520 })
  @Transform(({ value }) => toNumber(value))
  weeks!: number;
  @Municipality({ description: 'Who moved in in this municipality.', optional: true })
  municipality?: string;
}

class IntegrationStepBody {
  @Shown(INTEGRATION_STEPS, 'Step of integration.', { enumName: 'IntegrationStep' })
  step!: string;
  @Shown('whole', 'Adults who moved in.')
  persons!: number;
  @Shown('whole', 'Of these: so many weeks ago or longer, so that it can be told whether they were in time.')
  due!: number;
  @Shown('whole', 'Of those: who reached the step within so many weeks.')
  inTime!: number;
  @Shown('number', '`inTime / due`, from 0 to 1; null: nobody is due.', { nullable: true })
  share!: number | null;
}

export class IntegrationProgressBody {
  @Shown('date', 'As known by the end of this day.')
  asKnownOn!: string;
  @Shown('flag', 'It can still change: that day is not over, the view is not past it, or a case stands still.')
  provisional!: boolean;
  @Shown(() => IntegrationStepBody, 'One a step, in their order.', { list: true })
  steps!: readonly IntegrationStepBody[];
  @Shown(() => FreshnessBody, 'How much the figures know.')
  freshness!: FreshnessBody;
}
