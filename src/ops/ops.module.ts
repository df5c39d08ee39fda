import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.ts';
import { OperationsController } from './operations.controller.ts';

@Module({ controllers: [HealthController, OperationsController] })
export class OpsModule {}
