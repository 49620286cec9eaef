import { Module } from '@nestjs/common';
import { PageAssetsService } from './page-assets.service.js';
import { PageWriter } from './page.writer.js';
import { PagesController } from './pages.controller.js';
import { TryPageService } from './try/try-page.service.js';
import { TryController } from './try/try.controller.js';

/** What all pages for people share: their frame, their files, and how they are sent. */
@Module({
  controllers: [PagesController, TryController],
  providers: [PageAssetsService, PageWriter, TryPageService],
  exports: [PageWriter],
})
export class PagesModule {}
