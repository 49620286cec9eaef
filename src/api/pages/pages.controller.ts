import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../platform/http/public.decorator.js';
import { PageAssetsService } from './page-assets.service.js';
import { robots } from './robots.js';

const forEver = 'public, max-age=31536000, immutable';

/** What pages are made of, and what browsers and search engines look for beside them. */
@Controller()
@Public(true)
export class PagesController {
  constructor(private readonly assets: PageAssetsService) {}

  @Get('assets/:file')
  async asset(
    @Param('file') file: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { hashedName, tag, body } = await this.assets.get(file);
    // Another version's content is not to be kept under this name.
    response.set({ ETag: tag, 'Cache-Control': file === hashedName ? forEver : 'no-cache' });
    await body.send(request, response.type(file));
  }

  @Get('favicon.ico')
  @Header('Cache-Control', 'public, max-age=86400')
  async icon(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { tag, body } = await this.assets.get('icon.svg');
    await body.send(request, response.set('ETag', tag).type('svg'));
  }

  @Get('robots.txt')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=86400')
  robots(): string {
    return robots;
  }
}
