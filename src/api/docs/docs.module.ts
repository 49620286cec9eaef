import { Module } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { DocsPageService } from './docs-page.service.js';
import { DocsController } from './docs.controller.js';
import { LazyApiDocument } from './lazy.api-document.js';

/** The API's description: `/docs` and `/openapi.json`. */
@Module({
  controllers: [DocsController],
  providers: [{ provide: ApiDocument, useClass: LazyApiDocument }, DocsPageService],
})
export class DocsModule {}
