import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { createHash } from 'node:crypto';
import { Open } from '../access/development-identity.ts';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { Id, Ids } from '../http/fields.ts';
import { OperatorsOnly } from '../ops/operations.controller.ts';
import { Keyring } from '../privacy/keyring.ts';
import { erase } from './erasure.ts';

class Erasure {
  @Id({ description: 'The case.' })
  caseId!: string;
  @Ids({ description: 'Persons of the case, or the case itself for its free text.', max: 30 })
  subjects!: string[];
}

/** For operators of this machine, until rights and the procedure of erasure are there: what is destroyed stays so. */
@ApiExcludeController()
@Open()
@UseGuards(OperatorsOnly)
@Controller('operations/erasures')
export class ErasureController {
  private readonly parts: { readonly log: EventLog; readonly clock: Clock; readonly keyring: Keyring };
  constructor(@Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock, @Inject(Keyring) keyring: Keyring) {
    this.parts = { log, clock, keyring };
  }

  @Post()
  @HttpCode(200)
  async eraseSubjects(@Body() { caseId, subjects }: Erasure): Promise<{ caseId: string; revision: number }> {
    const commandId = createHash('sha256')
      .update(JSON.stringify(['erasure', caseId, [...subjects].sort((a, b) => (a < b ? -1 : 1))]))
      .digest('hex');
    const { revision } = await erase(this.parts, caseId, subjects, {
      commandId,
      name: 'eraseSubjects',
      actor: 'operator',
      role: 'ADMINISTRATOR',
      organisation: 'WOONSPOOR',
      correlationId: commandId,
      causationId: commandId,
    });
    return { caseId, revision };
  }
}
