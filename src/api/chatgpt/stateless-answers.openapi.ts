import { InvalidInputError } from '../../platform/errors/http.errors.js';
import { json, text } from '../../platform/openapi/content.js';
import { documentDto } from '../../platform/openapi/document-dto.js';
import { QuickAnswerDto } from './dto/quick-answer.dto.js';
import { StatelessAnswersController } from './stateless-answers.controller.js';
import { article, quickAnswer, quickQuestion, summary } from './examples.openapi.js';
import { documentTextPost, jsonErrors, modelAnswer } from './text-post.openapi.js';

const tag = 'Answers';

documentDto(QuickAnswerDto, 'What quickAnswer takes.', {
  prompt: {
    type: 'string',
    required: false,
    description: 'What the model is told to be. Absent: nothing is said about that.',
    example: quickQuestion.prompt,
  },
  examples: {
    type: 'array',
    items: { type: 'string' },
    required: false,
    maxItems: 1_000,
    description: 'Questions and model answers in turn, an even number of them.',
    example: quickQuestion.examples,
  },
  question: { type: 'string', required: true, minLength: 1, example: quickQuestion.question },
  convType: {
    type: 'string',
    enum: ['gpt3', 'turbo', 'gpt4'] satisfies QuickAnswerDto['convType'][],
    required: false,
    default: 'turbo',
    description: 'Which model answers.',
  },
  stream: {
    type: 'boolean',
    required: false,
    default: false,
    description: 'Whether the answer comes as an event stream.',
  },
});

documentTextPost(StatelessAnswersController, 'quickAnswer', {
  tag,
  summary: 'Answer one question without a conversation',
  description:
    'The answer is an event stream with `"stream": true` or `Accept: text/event-stream`.',
  body: json(QuickAnswerDto, {
    'with examples': quickQuestion,
    'only a question': { question: quickQuestion.question },
    'streamed by gpt4': { question: quickQuestion.question, convType: 'gpt4', stream: true },
  }),
  isBodyRequired: true,
  answer: modelAnswer('The answer', text({ answer: quickAnswer })),
  errors: [
    ...jsonErrors,
    new InvalidInputError('The body must be a JSON object'),
    new InvalidInputError('Question can not be empty'),
    new InvalidInputError('examples must be an array of strings'),
    new InvalidInputError('examples must be strings'),
    new InvalidInputError('examples must be at most 1000 sentences'),
    new InvalidInputError('examples must be questions and answers in turn, an even number of them'),
    new InvalidInputError('convType must be one of gpt3, turbo, gpt4'),
  ],
});

documentTextPost(StatelessAnswersController, 'summary', {
  tag,
  summary: 'Sum up an article',
  body: text({ article }),
  isBodyRequired: true,
  answer: { description: 'The summary, as the model gives it', content: text({ summary }) },
  errors: [new InvalidInputError('Article can not be empty')],
});
