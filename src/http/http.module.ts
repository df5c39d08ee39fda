import { Module } from '@nestjs/common';
import { Changes } from './changes.ts';
import { ChangesController } from './changes.controller.ts';
import { DocumentationController, OpenApi } from './documentation.controller.ts';

@Module({
  controllers: [DocumentationController, ChangesController],
  providers: [Changes, OpenApi],
  exports: [OpenApi],
})
export class HttpModule {}
