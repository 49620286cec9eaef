import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { RequestRefusedError } from '../common/errors/http.errors.js';
import { initializer, pageWith, uiFiles } from './swagger-ui.page.js';

const cached = { 'Cache-Control': 'public, max-age=86400' };

/** Swagger UI: a page of our own around the files of `swagger-ui-dist`. */
@Injectable()
export class SwaggerUiService {
  private folder: string | null = null;

  /** @param path the one that the page was asked for by: what it refers to is relative to that */
  page(path: string): string {
    return pageWith(path.endsWith('/') ? '.' : './docs');
  }

  /**
   * Sends one of the files that the page needs.
   *
   * @throws RequestRefusedError 404 for any other
   */
  send(file: string, response: Response): void {
    if (file === 'initializer.js') {
      response.set(cached).type('text/javascript').send(initializer);
      return;
    }
    if (!uiFiles.includes(file)) {
      throw new RequestRefusedError(404, 'Not found', 'There is no such file');
    }
    response.sendFile(file, { root: this.findFolder(), headers: cached });
  }

  /** Resolves the package without loading it: its main module reads every file's path at once. */
  private findFolder(): string {
    const require = createRequire(import.meta.url);
    this.folder ??= dirname(require.resolve('swagger-ui-dist/package.json'));
    return this.folder;
  }
}
