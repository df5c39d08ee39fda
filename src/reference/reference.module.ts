import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ReferenceController } from './reference.controller.ts';
import { SetReferenceHandler } from './reference.handler.ts';

@Module({ imports: [CqrsModule], controllers: [ReferenceController], providers: [SetReferenceHandler] })
export class ReferenceModule {}
