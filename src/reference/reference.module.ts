import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { MunicipalitiesController } from './municipalities.controller.ts';
import { ReferenceController } from './reference.controller.ts';
import { SetReferenceHandler } from './reference.handler.ts';

@Module({
  imports: [CqrsModule],
  controllers: [ReferenceController, MunicipalitiesController],
  providers: [SetReferenceHandler],
})
export class ReferenceModule {}
