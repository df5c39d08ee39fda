import { Controller, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { TheCommand, type CommandAnswer, type Sent } from '../http/command.ts';
import { Records } from '../http/documentation.ts';
import * as api from './quota.api.ts';
import { ChangeQuota, type QuotaChange } from './quota.handler.ts';

/** Records what is published and decided of a half-year. */
@ApiTags('Quota')
@Controller('v1/quota/periods/:period')
export class QuotaWorkController {
  private readonly bus: CommandBus;
  constructor(@Inject(CommandBus) bus: CommandBus) {
    this.bus = bus;
  }

  @Post('totals')
  @Records(api.NationalTotalPublication, 'Record a published national total', 'All are kept; the firmest obliges.')
  publishNationalTotal(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('NationalTotalPublished', sent);
  }

  @Post('rules')
  @Records(api.QuotaRuleSet, 'Set how quotas are reckoned and judged')
  setQuotaRules(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('QuotaRulesSet', sent);
  }

  @Post('official-quotas')
  @Records(api.OfficialQuotas, 'Record official quotas', 'They go before the computed ones.')
  publishOfficialQuotas(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('OfficialQuotasPublished', sent);
  }

  @Post('exemptions')
  @Records(api.QuotaExemption, 'Exempt a municipality')
  exemptFromQuota(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('QuotaExempted', sent);
  }

  @Post('transfers')
  @Records(api.QuotaTransferAgreement, 'Record that one municipality takes over quota of another')
  transferQuota(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('QuotaTransferred', sent);
  }

  @Post('opening-balances')
  @Records(api.OpeningBalances, 'Set what the ledger begins with', 'In its first half-year only.')
  setOpeningBalances(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('OpeningBalancesSet', sent);
  }

  @Post('retractions')
  @Records(api.QuotaRetraction, 'Take back what was recorded wrongly')
  retractQuotaFact(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.send('retract', sent);
  }

  private send(change: QuotaChange, sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeQuota(change, sent));
  }
}
