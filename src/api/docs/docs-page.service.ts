import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { RequestRefusedError } from '../../platform/errors/http.errors.js';
import { SharedBody } from '../../platform/http/shared-body.js';

/** Nothing from elsewhere, and no script in the page itself; Swagger UI styles single elements. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ownFiles = ['docs.css', 'docs.js', 'errors.css', 'errors.html', 'icon.svg'];
const swaggerUiFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** What the page is made of. */
export const pageFiles: readonly string[] = [...ownFiles, ...swaggerUiFiles];

/** Swagger UI: a page of our own around the files of `swagger-ui-dist`. */
@Injectable()
export class DocsPageService {
  private readonly files = new Map<string, SharedBody>();

  /** @param path the one that the page was asked for by: what it refers to is relative to that */
  page(path: string): string {
    const folder = path.endsWith('/') ? '.' : './docs';
    return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Alice</title>
    <link rel="icon" type="image/svg+xml" href="${folder}/icon.svg">
    <link rel="stylesheet" href="${folder}/swagger-ui.css">
    <link rel="stylesheet" href="${folder}/docs.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript. The document behind it is openapi.json.</noscript>
    <script src="${folder}/swagger-ui-bundle.js"></script>
    <script src="${folder}/docs.js"></script>
  </body>
</html>
`;
  }

  /**
   * One of the files that the page needs.
   *
   * @throws RequestRefusedError 404 for any other
   */
  async file(name: string): Promise<SharedBody> {
    const known = this.files.get(name);
    if (known) return known;
    if (!pageFiles.includes(name)) {
      throw new RequestRefusedError(404, 'Not found', 'There is no such file');
    }
    const file = new SharedBody(await readFile(placeOf(name)));
    this.files.set(name, file);
    return file;
  }
}

function placeOf(name: string): string {
  if (ownFiles.includes(name)) return fileURLToPath(new URL(`page/${name}`, import.meta.url));
  // Without loading the package: its main module reads every file's path at once.
  const require = createRequire(import.meta.url);
  return `${dirname(require.resolve('swagger-ui-dist/package.json'))}/${name}`;
}
