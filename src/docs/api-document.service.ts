import { Injectable, type INestApplication } from '@nestjs/common';

/** The OpenAPI document, built when it is first asked for. */
@Injectable()
export class ApiDocumentService {
  private app: INestApplication | null = null;
  private json: Promise<string> | null = null;

  /** Says whose routes the document is about. */
  describe(app: INestApplication): void {
    this.app = app;
  }

  /** The document as JSON. */
  getJson(): Promise<string> {
    this.json ??= this.build();
    return this.json;
  }

  private async build(): Promise<string> {
    if (!this.app) throw new Error('The document was never told which application it describes');
    // Loads @nestjs/swagger and every *.openapi.ts: 14 MiB that an unread document does not cost.
    const { buildApiDocument } = await import('./api-document.js');
    return JSON.stringify(buildApiDocument(this.app));
  }
}
