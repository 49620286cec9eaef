import { RequestRefusedError } from '../../../platform/errors/http.errors.js';
import { problemDetails } from '../../../platform/openapi/document-errors.js';
import { documentRoute } from '../../../platform/openapi/document-route.js';
import { HomeController } from './home.controller.js';

documentRoute(HomeController, 'page', {
  tag: 'Pages',
  summary: 'What this is, for browsers',
  answer: {
    description:
      'Name, version, whether calls can be served, and where to go from here; for callers that prefer text/html to JSON',
    content: { 'text/html': { schema: { type: 'string' } } },
  },
  errors: [new RequestRefusedError(404, 'Not found', 'Cannot GET /')],
  errorContent: problemDetails,
});
