import { UnknownModelError } from '../../upstreams/upstream.errors.js';
import { ModelsController } from './models.controller.js';
import { documentV1, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-models';
const model = { id: 'gpt-6-luna', object: 'model', created: 1_780_000_000, owned_by: 'system' };

documentV1(ModelsController, 'list', {
  tag,
  summary: 'List the models',
  description: 'The configured ones and the upstream’s own, asked for at most every five minutes.',
  answer: {
    description: 'Every model, on one page',
    content: openAiJson('ModelList', { answer: { object: 'list', data: [model] } }),
  },
  errors: [],
});

documentV1(ModelsController, 'retrieve', {
  tag,
  summary: 'Find a model',
  pathParameters: [{ name: 'model' }],
  answer: { description: 'The model', content: openAiJson('Model', { answer: model }) },
  errors: [new UnknownModelError("The model 'gpt-0' does not exist")],
});
