import { Controller, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { TheCommand, type CommandAnswer, type Sent } from '../http/command.ts';
import { Records } from '../http/documentation.ts';
import * as api from './cases.api.ts';
import { ChangeCase } from './cases.handler.ts';

/** Who belongs to a household, and what becomes of them. */
@ApiTags('Households')
@Controller('v1/cases')
export class HouseholdsController {
  private readonly bus: CommandBus;
  constructor(@Inject(CommandBus) bus: CommandBus) {
    this.bus = bus;
  }

  @Post()
  @Records(api.PermitGrant, 'Open a case: a permit has been granted')
  openCase(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('PermitGranted', sent));
  }

  @Post(':caseId/members')
  @Records(api.MemberAddition, 'Add a member to the household')
  addMember(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('MemberAdded', sent));
  }

  @Post(':caseId/members/:personId/removal')
  @Records(api.MemberRemoval, 'Remove a member from the household')
  removeMember(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('MemberRemoved', sent));
  }

  @Post(':caseId/births')
  @Records(api.Birth, 'A child was born')
  recordBirth(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('ChildBorn', sent));
  }

  @Post(':caseId/following-family-arrivals')
  @Records(api.FollowingFamilyArrival, 'Following family arrived')
  recordFollowingFamily(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('FollowingFamilyArrived', sent));
  }

  @Post(':caseId/household-splits')
  @Records(
    api.HouseholdSplit,
    'Some of the household go to another case',
    'They are in transfer until that case has received them, a moment later. It is undone by that case handing them back.',
  )
  splitHousehold(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('HouseholdSplit', sent));
  }

  @Post(':caseId/household-merges')
  @Records(api.HouseholdMerge, 'The whole household goes to another case')
  mergeHousehold(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('HouseholdMerged', sent));
  }

  @Post(':caseId/identity-items')
  @Records(api.IdentityItem, 'Somebody obtained a number, card or account')
  recordIdentityItem(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('IdentityItemObtained', sent));
  }

  @Post(':caseId/permit-withdrawals')
  @Records(api.PersonsConcerned, 'Permits were withdrawn')
  withdrawPermits(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('PermitWithdrawn', sent));
  }

  @Post(':caseId/departures')
  @Records(api.PersonsConcerned, 'Persons departed')
  recordDeparture(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('HouseholdDeparted', sent));
  }

  @Post(':caseId/deaths')
  @Records(api.Death, 'Somebody died')
  recordDeath(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('PersonDeceased', sent));
  }
}
