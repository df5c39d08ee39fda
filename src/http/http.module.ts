import { Module } from '@nestjs/common';
import { Changes } from './changes.ts';
import { ChangesController } from './changes.controller.ts';
import { DocumentationController, EntranceController, OpenApi } from './documentation.controller.ts';
import { GlossaryController } from './glossary.controller.ts';

@Module({
  controllers: [EntranceController, DocumentationController, ChangesController, GlossaryController],
  providers: [Changes, OpenApi],
  exports: [OpenApi],
})
export class HttpModule {}
