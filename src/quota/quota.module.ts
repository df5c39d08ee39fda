import { Module } from '@nestjs/common';
import { QuotaController } from './quota.controller.ts';

@Module({ controllers: [QuotaController] })
export class QuotaModule {}
