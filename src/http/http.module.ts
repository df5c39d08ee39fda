import { Module } from '@nestjs/common';
import { Changes } from './changes.ts';
import { ChangesController } from './changes.controller.ts';
import { DocumentationController, OpenApi } from './documentation.controller.ts';
import { GlossaryController } from './glossary.controller.ts';

@Module({
  controllers: [DocumentationController, ChangesController, GlossaryController],
  providers: [Changes, OpenApi],
  exports: [OpenApi],
})
export class HttpModule {}
