import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CaseWorkController } from './case-work.controller.ts';
import { ChangeCaseHandler } from './cases.handler.ts';
import { ErasureController } from './erasure.controller.ts';
import { HouseholdsController } from './households.controller.ts';
import { HousingController } from './housing.controller.ts';

@Module({
  imports: [CqrsModule],
  controllers: [HouseholdsController, HousingController, CaseWorkController, ErasureController],
  providers: [ChangeCaseHandler],
})
export class CaseworkModule {}
