import { Module } from '@nestjs/common';
import { ApiDocumentService } from './api-document.service.js';
import { DocsController } from './docs.controller.js';
import { SwaggerUiService } from './swagger-ui.service.js';

/** The API's description: `/docs` and `/openapi.json`. */
@Module({
  controllers: [DocsController],
  providers: [ApiDocumentService, SwaggerUiService],
})
export class DocsModule {}
