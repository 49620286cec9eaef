import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { unlockedForSeconds, type SharePassword } from '../../sharing/share-locks.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { languageOf } from '../pages/language.js';
import type { PageInParts } from '../pages/page-in-parts.js';
import { prefersHtml } from '../pages/page.writer.js';
import { SharePageService } from '../pages/share/share-page.service.js';
import { toShareDto } from './dto/share.dto.js';
import type { ShareFormat } from './pipes/share-format.pipe.js';
import { shareCookie } from './share-password.decorator.js';

/** Which share is asked for, and what proves that it may be. */
interface AskedShare {
  id: string;
  password: SharePassword | undefined;
}

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
  async send(
    asked: AskedShare,
    format: ShareFormat | undefined,
    response: Response,
  ): Promise<void> {
    if (format === undefined) response.vary('Accept');
    const isPage = format === undefined && prefersHtml(response.req);
    if (isPage) await this.sendPage(asked, response);
    else await this.sendRaw(asked, format ?? 'json', response);
  }

  /**
   * Opens a share for the browser whose form this is, and sends it to the page again.
   *
   * @throws AppError why it stays closed
   */
  async unlock(id: string, password: string, response: Response): Promise<void> {
    response.vary('Accept');
    const { req: request } = response;
    if (prefersHtml(request)) await this.pages.begin(response);
    const cookie = await this.sharing.unlock(id, password, request.ip ?? '');
    const name = encodeURIComponent(id);
    if (cookie !== '') {
      response.cookie(shareCookie, cookie, {
        httpOnly: true,
        sameSite: 'lax',
        secure: request.secure,
        path: cookiePathOf(request, name),
        maxAge: unlockedForSeconds * 1_000,
        encode: String,
      });
    }
    // Relative, so that it holds behind any path prefix.
    response.redirect(303, `${request.path.endsWith('/') ? '../' : './'}${name}`);
  }

  private async sendPage(asked: AskedShare, response: Response): Promise<void> {
    const page = await this.openPage(asked, response);
    if (page) await this.pages.send(page, response);
  }

  private async openPage(
    { id, password }: AskedShare,
    response: Response,
  ): Promise<PageInParts | null> {
    const frame = await this.pages.begin(response);
    const share = await this.sharing.get(id, password);
    return this.pages.open(frame, share, response, { isPrivate: password !== undefined });
  }

  private async sendRaw(
    { id, password }: AskedShare,
    format: ShareFormat,
    response: Response,
  ): Promise<void> {
    const share = await this.sharing.get(id, password);
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

/**
 * The path of the share alone. What a form sends goes to the folder that the share is to browsers, so
 * that they know the path by themselves, also the part of it that a proxy takes away.
 *
 * @returns empty where the browser knows it
 */
function cookiePathOf({ path }: Request, name: string): string {
  return path.endsWith('/') ? '' : `/chatgpt/share/${name}`;
}
