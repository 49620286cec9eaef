import { RequestRefusedError } from '../../platform/errors/http.errors.js';
import { text } from '../../platform/openapi/content.js';
import { otherwiseNone, problemDetails } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { PagesController } from './pages.controller.js';
import { robots } from './robots.js';

const tag = 'Pages';
const anyText = { schema: { type: 'string' } };

documentRoute(PagesController, 'asset', {
  tag,
  summary: 'What pages are made of',
  pathParameters: [{ name: 'file', description: 'As pages refer to it.', example: 'page.css' }],
  answer: {
    description: 'A style sheet, a script or an image',
    headers: { 'Cache-Control': 'For ever, where the name has the digest of the content in it.' },
    content: { 'text/css': anyText, 'text/javascript': anyText, 'image/svg+xml': anyText },
  },
  errors: [new RequestRefusedError(404, 'Not found', 'There is no such file')],
  errorContent: problemDetails,
});

documentRoute(PagesController, 'icon', {
  tag,
  summary: "The service's icon",
  answer: { description: 'A drawing', content: { 'image/svg+xml': anyText } },
  errors: otherwiseNone,
  errorContent: problemDetails,
});

documentRoute(PagesController, 'robots', {
  tag,
  summary: 'What search engines leave alone',
  answer: { description: 'Shares', content: text({ robots }) },
  errors: otherwiseNone,
  errorContent: problemDetails,
});
