import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../auth/public.decorator.js';
import { ApiDocument } from './api-document.js';
import { pagePolicy } from './swagger-ui.page.js';
import { SwaggerUiService } from './swagger-ui.service.js';

/** What the service's API is, for machines and for people who want to try it. */
@Controller()
@Public(true)
export class DocsController {
  constructor(
    private readonly apiDocument: ApiDocument,
    private readonly ui: SwaggerUiService,
  ) {}

  @Get('openapi.json')
  @Header('Content-Type', 'application/json; charset=utf-8')
  document(@Res() response: Response): Promise<void> {
    return this.apiDocument.getJson().then((json) => void response.send(json));
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', pagePolicy)
  page(@Req() { path }: Request): string {
    return this.ui.page(path);
  }

  @Get('docs/:file')
  file(@Param('file') file: string, @Res() response: Response): void {
    this.ui.send(file, response);
  }
}
