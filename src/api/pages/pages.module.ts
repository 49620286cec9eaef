import { Module } from '@nestjs/common';
import { PageAssetsService } from './page-assets.service.js';
import { PageWriter } from './page.writer.js';
import { PagesController } from './pages.controller.js';

/** What all pages for people share: their frame, their files, and how they are sent. */
@Module({
  controllers: [PagesController],
  providers: [PageAssetsService, PageWriter],
  exports: [PageWriter],
})
export class PagesModule {}
