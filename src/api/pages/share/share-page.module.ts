import { Module } from '@nestjs/common';
import { PagesModule } from '../pages.module.js';
import { SharePageService } from './share-page.service.js';

/** Shares as pages. */
@Module({
  imports: [PagesModule],
  providers: [SharePageService],
  exports: [SharePageService],
})
export class SharePageModule {}
