import { Controller, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { TheCommand, type CommandAnswer, type Sent } from '../http/command.ts';
import { Records } from '../http/documentation.ts';
import * as api from './cases.api.ts';
import { ChangeCase } from './cases.handler.ts';

/** The work on a case, and putting right what was recorded. */
@ApiTags('Case work')
@Controller('v1/cases/:caseId')
export class CaseWorkController {
  private readonly bus: CommandBus;
  constructor(@Inject(CommandBus) bus: CommandBus) {
    this.bus = bus;
  }

  @Post('impediments')
  @Records(api.Impediment, 'Report what holds the case up')
  reportImpediment(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('ImpedimentReported', sent));
  }

  @Post('impediments/:impedimentId/resolution')
  @Records(api.ImpedimentResolution, 'The impediment is resolved')
  resolveImpediment(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('ImpedimentResolved', sent));
  }

  @Post('term-suspensions')
  @Records(api.TermSuspension, 'Suspend the norm terms')
  suspendTerms(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('TermSuspended', sent));
  }

  @Post('term-resumptions')
  @Records(api.TermResumption, 'Resume the norm terms')
  resumeTerms(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('TermResumed', sent));
  }

  @Post('term-extensions')
  @Records(api.TermExtension, 'Extend a norm term')
  extendTerm(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('TermExtended', sent));
  }

  @Post('assignments')
  @Records(api.Assignment, 'Claim the case, assign it, or take it over with a reason')
  assignCase(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('assign', sent));
  }

  @Post('assignment-releases')
  @Records(api.AssignmentRelease, 'Give the case back')
  releaseCase(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('CaseReleased', sent));
  }

  @Post('notes')
  @Records(api.Note, 'Add a note')
  addNote(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('NoteAdded', sent));
  }

  @Post('document-references')
  @Records(api.DocumentReference, 'Refer to a document')
  referToDocument(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('DocumentReferenced', sent));
  }

  @Post('integration-steps')
  @Records(api.IntegrationStepReached, 'Somebody reached a step of integration')
  recordIntegrationStep(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('IntegrationStepReached', sent));
  }

  @Post('closures')
  @Records(api.Closure, 'Close the case')
  closeCase(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('CaseClosed', sent));
  }

  @Post('reopenings')
  @Records(api.Reopening, 'Reopen the case')
  reopenCase(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('CaseReopened', sent));
  }

  @Post('retractions')
  @Records(api.Retraction, 'Take back a fact, a correction or a retraction')
  retractFact(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('retract', sent));
  }

  @Post('corrections')
  @Records(
    api.Correction,
    'Correct a fact',
    'The replacement has the form of the command that records such a fact. Its day, the texts and names it does not give stay as they were.',
  )
  correctFact(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new ChangeCase('correct', sent));
  }
}
