import type { INestApplication } from '@nestjs/common';
import type { SharedBody } from '../../platform/http/shared-body.js';

/** The OpenAPI document of the service. */
export abstract class ApiDocument {
  /** Says whose routes the document is about. */
  abstract describe(app: INestApplication): void;

  /** The document as JSON in UTF-8. */
  abstract getJson(): Promise<SharedBody>;
}
