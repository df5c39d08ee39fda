import { Module } from '@nestjs/common';
import { AnalysisModule } from '../analysis/analysis.module.ts';
import { HealthController } from './health.controller.ts';
import { OperationsController } from './operations.controller.ts';

@Module({ imports: [AnalysisModule], controllers: [HealthController, OperationsController] })
export class OpsModule {}
