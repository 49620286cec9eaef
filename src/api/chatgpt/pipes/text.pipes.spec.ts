import type { PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import {
  ArticlePipe,
  ChatSettingsPipe,
  ConversationIdPipe,
  QuestionPipe,
  StreamHeaderPipe,
} from './text.pipes.js';

const noMetadata = { type: 'custom' } as const;

describe.each<[string, PipeTransform<string, string>, string]>([
  ['a question', new QuestionPipe(), 'Question can not be empty'],
  ['an article', new ArticlePipe(), 'Article can not be empty'],
])('%s', (_what, pipe, sentence) => {
  it.each([' Q\n', '{"a":1}', '0', '梦', '\u200B'])('is kept verbatim: %j', (body) => {
    expect(pipe.transform(body, noMetadata)).toBe(body);
  });

  it.each(['', ' ', '\n\t\r\n', '\u00A0\u3000', '\uFEFF'])('is refused when blank: %j', (body) => {
    expect(() => pipe.transform(body, noMetadata)).toThrow(new InvalidInputError(sentence));
  });
});

describe('the header conversation', () => {
  const pipe = new ConversationIdPipe();

  it('is the id as given', () => {
    expect(pipe.transform('conv_0')).toBe('conv_0');
  });

  it.each([undefined, ''])('is needed: %p', (id) => {
    expect(() => pipe.transform(id)).toThrow(new InvalidInputError('conversation id is nil'));
  });
});

describe('the header settings', () => {
  const pipe = new ChatSettingsPipe();

  it.each([
    [undefined, ''],
    ['', ''],
    ['FriendChat', 'FriendChat'],
  ])('may be %p', (header, settings) => {
    expect(pipe.transform(header)).toBe(settings);
  });

  it.each(['friendchat', 'Friend', 'toString', 'FriendChat, FriendChat'])(
    'is refused as %j, by its name',
    (header) => {
      expect(() => pipe.transform(header)).toThrow(
        new InvalidInputError(`No such setting: ${header}`),
      );
    },
  );
});

describe('the header stream', () => {
  const pipe = new StreamHeaderPipe();

  it.each([
    [undefined, false],
    ['', false],
    ['false', false],
    ['true', true],
  ])('%p means %p', (header, stream) => {
    expect(pipe.transform(header)).toBe(stream);
  });

  it.each(['1', 'yes', 'TRUE', 'true, true'])('is refused as %j', (header) => {
    expect(() => pipe.transform(header)).toThrow(
      new InvalidInputError('stream must be true or false'),
    );
  });
});
