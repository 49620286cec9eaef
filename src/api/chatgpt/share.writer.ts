import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { SharingService } from '../../sharing/sharing.service.js';
import { languageOf } from '../pages/language.js';
import type { PageInParts } from '../pages/page-in-parts.js';
import { prefersHtml } from '../pages/page.writer.js';
import { SharePageService } from '../pages/share/share-page.service.js';
import { toShareDto } from './dto/share.dto.js';
import type { ShareFormat } from './pipes/share-format.pipe.js';

/** Writes a share as whoever asks wants it: a page for browsers, JSON for everyone else. */
@Injectable()
export class ShareWriter {
  constructor(
    private readonly sharing: SharingService,
    private readonly pages: SharePageService,
  ) {}

  /**
   * @param format what is asked for by name, whatever the headers say
   * @throws AppError why it is not shown
   */
  async send(id: string, format: ShareFormat | undefined, response: Response): Promise<void> {
    if (format === undefined) response.vary('Accept');
    const isPage = format === undefined && prefersHtml(response.req);
    if (isPage) await this.sendPage(id, response);
    else await this.sendRaw(id, format ?? 'json', response);
  }

  private async sendPage(id: string, response: Response): Promise<void> {
    const page = await this.openPage(id, response);
    if (page) await this.pages.send(page, response);
  }

  private async openPage(id: string, response: Response): Promise<PageInParts | null> {
    const frame = await this.pages.begin(response);
    const share = await this.sharing.get(id);
    return this.pages.open(frame, share, response, { isPrivate: false });
  }

  private async sendRaw(id: string, format: ShareFormat, response: Response): Promise<void> {
    const share = await this.sharing.get(id);
    if (format === 'json') {
      response.json(toShareDto(id, share));
      return;
    }
    const { shareAsMarkdown, shareAsText } = await import('../pages/share/raw-share.js');
    response.vary('Accept-Language');
    const language = languageOf(response.req);
    if (format === 'md') {
      response.set('Content-Type', 'text/markdown; charset=utf-8');
      response.send(shareAsMarkdown(share, language));
    } else {
      response.set('Content-Type', 'text/plain; charset=utf-8');
      response.send(shareAsText(share, language));
    }
  }
}
