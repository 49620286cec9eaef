import type { INestApplication } from '@nestjs/common';

/** The OpenAPI document of the service. */
export abstract class ApiDocument {
  /** Says whose routes the document is about. */
  abstract describe(app: INestApplication): void;

  /** The document as JSON. */
  abstract getJson(): Promise<string>;
}
