import { RequestRefusedError } from '../../../platform/errors/http.errors.js';
import { problemDetails } from '../../../platform/openapi/document-errors.js';
import { documentRoute } from '../../../platform/openapi/document-route.js';
import { TryController } from './try.controller.js';

documentRoute(TryController, 'page', {
  tag: 'Pages',
  summary: 'A page to talk to a model on',
  answer: {
    description: 'In English or Chinese, by Accept-Language. It calls the API as its reader may.',
    headers: { 'Content-Security-Policy': 'Nothing but what the service itself serves.' },
    content: { 'text/html': { schema: { type: 'string' } } },
  },
  errors: [new RequestRefusedError(404, 'Not found', 'Cannot GET /try')],
  errorContent: problemDetails,
});
