import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../platform/http/public.decorator.js';
import { ApiDocument } from './api-document.js';
import { DocsPageService, pagePolicy } from './docs-page.service.js';

/** What the service's API is, for machines and for people who want to try it. */
@Controller()
@Public(true)
export class DocsController {
  constructor(
    private readonly apiDocument: ApiDocument,
    private readonly docsPage: DocsPageService,
  ) {}

  @Get('openapi.json')
  async document(@Req() request: Request, @Res() response: Response): Promise<void> {
    await (await this.apiDocument.getJson()).send(request, response.type('application/json'));
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', pagePolicy)
  page(@Req() { path }: Request): string {
    return this.docsPage.page(path);
  }

  @Get('docs/:file')
  async file(
    @Param('file') name: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const file = await this.docsPage.file(name);
    response.set('Content-Security-Policy', pagePolicy);
    await file.send(request, response.type(name).set('Cache-Control', 'public, max-age=86400'));
  }
}
