import { Injectable, type INestApplication } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { SharedBody } from '../../platform/http/shared-body.js';
import { Once } from '../../platform/lifecycle/once.js';

/** Built when it is first asked for, because what builds it takes 14 MiB to load. */
@Injectable()
export class LazyApiDocument extends ApiDocument {
  private app: INestApplication | null = null;
  private readonly json = new Once(() => this.build());

  override describe(app: INestApplication): void {
    this.app = app;
  }

  override getJson(): Promise<SharedBody> {
    return this.json.get();
  }

  private async build(): Promise<SharedBody> {
    if (!this.app) throw new Error('The document was never told which application it describes');
    const { buildApiDocument } = await import('./build-api-document.js');
    return new SharedBody(Buffer.from(JSON.stringify(buildApiDocument(this.app))));
  }
}
