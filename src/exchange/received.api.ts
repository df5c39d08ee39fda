import { CorrectedMember } from '../casework/cases.api.ts';
import { Day, Flag, Id, OneOf, Parts, Text } from '../http/fields.ts';
import { CHANNELS, PERMIT_TYPES } from '../journey/cases.events.ts';

/** The one fact that nobody can record through the API: what a split or merge handed over, as a log that is moved holds it. */

class ReceivedMember extends CorrectedMember {
  @Flag({ description: 'Following family.' })
  followingFamily!: boolean;
}

export class MembersReceipt {
  @Day({ description: 'Day on which they came.' })
  occurredOn!: string;

  @Id({ description: 'The case they come from.' })
  fromCaseId!: string;

  @Id({ description: 'The split or merge in that case.' })
  transferId!: string;

  @OneOf(PERMIT_TYPES, { description: 'Kind of permit.', enumName: 'PermitType' })
  permitType!: (typeof PERMIT_TYPES)[number];

  @OneOf(CHANNELS, { description: 'How the household came in.', enumName: 'Channel' })
  channel!: (typeof CHANNELS)[number];

  @Day({ description: 'Day of the permit.' })
  permitGrantedOn!: string;

  @Day({ description: 'Day on which the household they come from was first linked.', optional: true })
  firstLinkedOn?: string;

  @Text({ description: 'Reception centre where they wait.', max: 60, optional: true })
  receptionCentre?: string;

  @Parts(() => ReceivedMember, { description: 'Who came.', max: 30 })
  members!: ReceivedMember[];
}
