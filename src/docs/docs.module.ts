import { Module } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { DocsController } from './docs.controller.js';
import { LazyApiDocument } from './lazy.api-document.js';
import { SwaggerUiService } from './swagger-ui.service.js';

/** The API's description: `/docs` and `/openapi.json`. */
@Module({
  controllers: [DocsController],
  providers: [{ provide: ApiDocument, useClass: LazyApiDocument }, SwaggerUiService],
})
export class DocsModule {}
