import { Controller, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { TheCommand, type CommandAnswer, type Sent } from '../http/command.ts';
import { Records } from '../http/documentation.ts';
import * as api from './cases.api.ts';
import { ChangeCase } from './cases.handler.ts';

/** From reception to a home. */
@ApiTags('Housing')
@Controller('v1/cases/:caseId')
export class HousingController {
  private readonly bus: CommandBus;
  constructor(@Inject(CommandBus) bus: CommandBus) {
    this.bus = bus;
  }

  @Post('information-profiles')
  @Records(api.InformationProfile, 'The information profile is complete')
  completeProfile(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('InformationProfileCompleted', sent));
  }

  @Post('municipality-links')
  @Records(api.MunicipalityLink, 'Link the household to a municipality')
  linkMunicipality(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('MunicipalityLinked', sent));
  }

  @Post('link-revocations')
  @Records(api.LinkRevocation, 'Revoke the link')
  revokeLink(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('LinkRevoked', sent));
  }

  @Post('municipality-transfers')
  @Records(api.MunicipalityTransfer, 'Another municipality takes over, as both agreed')
  transferMunicipality(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('MunicipalityTransferAgreed', sent));
  }

  @Post('profile-acceptances')
  @Records(api.ProfileAcceptance, 'The municipality accepts the profile')
  acceptProfile(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('ProfileAccepted', sent));
  }

  @Post('search-starts')
  @Records(api.SearchStart, 'The search for a home starts')
  startSearch(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('SearchStarted', sent));
  }

  @Post('housing-offers')
  @Records(api.HousingOffer, 'Offer a home')
  offerHome(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('HomeOffered', sent));
  }

  @Post('housing-offers/:offerId/withdrawal')
  @Records(api.OfferWithdrawal, 'Withdraw the offer')
  withdrawOffer(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('OfferWithdrawn', sent));
  }

  @Post('housing-offers/:offerId/viewings')
  @Records(api.Viewing, 'The home was viewed, or not')
  recordViewing(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('HomeViewed', sent));
  }

  @Post('housing-offers/:offerId/acceptance')
  @Records(api.OfferAcceptance, 'The household accepts the offer')
  acceptOffer(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('OfferAccepted', sent));
  }

  @Post('housing-offers/:offerId/refusal')
  @Records(api.OfferRefusal, 'The household refuses the offer')
  refuseOffer(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('OfferRefused', sent));
  }

  @Post('housing-offers/:offerId/judgement')
  @Records(api.RefusalJudgement, 'Judge the refusal')
  judgeRefusal(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('RefusalJudged', sent));
  }

  @Post('tenancy-agreements')
  @Records(api.TenancyAgreement, 'The tenancy is signed')
  signTenancy(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('TenancySigned', sent));
  }

  @Post('move-ins')
  @Records(api.MoveIn, 'Persons moved in')
  recordMoveIn(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('MovedIn', sent));
  }
}
