import type { INestApplication } from '@nestjs/common';

/** The OpenAPI document of the service. */
export abstract class ApiDocument {
  /** Says whose routes the document is about. */
  abstract describe(app: INestApplication): void;

  /** The document as JSON in UTF-8: the same bytes for everyone who asks. */
  abstract getJson(): Promise<Buffer>;
}
