import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { CreateConversationPipe } from './create-conversation.pipe.js';

const pipe = new CreateConversationPipe();

describe('what a conversation is created from', () => {
  it.each(['', ' \n', ' Be kind.\n\n', '[]', '"P"', 'Say {"prompt":"x"}', 'null', 'prompt=P'])(
    'is the prompt, verbatim, when it is no JSON object: %j',
    (body) => {
      expect(pipe.transform(body)).toEqual({ prompt: body });
    },
  );

  it.each([
    ['{}', {}],
    ['{"prompt":" P\\n"}', { prompt: ' P\n' }],
    ['\n {"prompt":"","stream":true}', { prompt: '', stream: true }],
    ['{"stream":false}', { stream: false }],
  ])('is JSON when it begins with a brace: %j', (body, dto) => {
    expect(pipe.transform(body)).toEqual(dto);
  });

  it.each(['{', '{prompt}', ' {"prompt":5}', '{"prompt":null}', '{"model":"x"}'])(
    'is refused when it begins with a brace and is not right: %j',
    (body) => {
      expect(() => pipe.transform(body)).toThrow(InvalidInputError);
    },
  );
});
