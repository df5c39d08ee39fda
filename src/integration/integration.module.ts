import { Module } from '@nestjs/common';
import { IntegrationController } from './integration.controller.ts';

@Module({ controllers: [IntegrationController] })
export class IntegrationModule {}
