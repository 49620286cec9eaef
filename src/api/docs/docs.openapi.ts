import { RequestRefusedError } from '../../platform/errors/http.errors.js';
import { otherwiseNone, problemDetails } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { pageFiles } from './docs-page.service.js';
import { DocsController } from './docs.controller.js';

const tag = 'Documentation';
const text = { schema: { type: 'string' } };

documentRoute(DocsController, 'document', {
  tag,
  summary: 'This document',
  answer: {
    description: 'OpenAPI 3.0',
    content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
  },
  errors: otherwiseNone,
  errorContent: problemDetails,
});

documentRoute(DocsController, 'page', {
  tag,
  summary: 'This document as a page that can try every endpoint',
  answer: {
    description: 'Swagger UI',
    headers: { 'Content-Security-Policy': 'Nothing but what the service itself serves.' },
    content: { 'text/html': text },
  },
  errors: otherwiseNone,
  errorContent: problemDetails,
});

documentRoute(DocsController, 'file', {
  tag,
  summary: 'What the page is made of',
  pathParameters: [{ name: 'file', enum: [...pageFiles] }],
  answer: {
    description: 'A style sheet, a script, an image, or the page of all error codes',
    headers: { 'Cache-Control': '`public, max-age=86400`' },
    content: {
      'text/css': text,
      'text/html': text,
      'text/javascript': text,
      'image/svg+xml': text,
    },
  },
  errors: [new RequestRefusedError(404, 'Not found', 'There is no such file')],
  errorContent: problemDetails,
});
