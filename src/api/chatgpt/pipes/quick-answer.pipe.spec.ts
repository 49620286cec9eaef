import { poemQuestion } from '../../../../test/factories/original-texts.js';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { QuickAnswerPipe } from './quick-answer.pipe.js';

const pipe = new QuickAnswerPipe();

function refusalOf(body: string): string {
  try {
    pipe.transform(body);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.detail;
    throw error;
  }
  throw new Error(`Not refused: ${body}`);
}

describe('a quick answer', () => {
  it.each([
    poemQuestion,
    { question: ' Q\n' },
    { question: 'Q', prompt: '', examples: [], stream: true },
    { question: 'Q', convType: 'gpt3' },
    { question: 'Q', convType: 'turbo' },
    { question: 'Q', convType: 'gpt4' },
    { question: 'Q', examples: ['', ''] },
  ])('is asked with %j', (question) => {
    expect(pipe.transform(JSON.stringify(question))).toEqual(question);
  });

  it.each([{}, { question: '' }, { question: ' \n' }, { question: null }, { question: ['Q'] }])(
    'needs a question: %j',
    (body) => {
      expect(refusalOf(JSON.stringify(body))).toBe('Question can not be empty');
    },
  );

  it.each<[Record<string, unknown>, string]>([
    [{ prompt: 5 }, 'prompt'],
    [{ prompt: null }, 'prompt'],
    [{ stream: 'true' }, 'stream'],
    [{ stream: null }, 'stream'],
    [{ convType: 'gpt5' }, 'convType'],
    [{ convType: 'role-play' }, 'convType'],
    [{ convType: 'GPT3' }, 'convType'],
    [{ convType: '' }, 'convType'],
    [{ convType: null }, 'convType'],
    [{ convType: ['gpt3'] }, 'convType'],
    [{ examples: 'Q, A' }, 'examples'],
    [{ examples: null }, 'examples'],
    [{ examples: ['Q'] }, 'examples'],
    [{ examples: ['Q', 'A', 'Q'] }, 'examples'],
    [{ examples: ['Q', 5] }, 'examples'],
    [{ examples: ['Q', null] }, 'examples'],
    [{ examples: [['Q'], ['A']] }, 'examples'],
    [{ examples: { 0: 'Q', 1: 'A', length: 2 } }, 'examples'],
    [{ model: 'gpt-6' }, 'Unknown key: model'],
  ])('is refused, naming what is wrong: %j', (wrong, sentence) => {
    expect(refusalOf(JSON.stringify({ question: 'Q', ...wrong }))).toContain(sentence);
  });

  it('has at most 1000 sentences as examples', () => {
    const examples = Array.from({ length: 1_000 }, () => 'x');
    expect(pipe.transform(JSON.stringify({ question: 'Q', examples })).examples).toEqual(examples);
    const tooMany = [...examples, 'Q', 'A'];
    expect(refusalOf(JSON.stringify({ question: 'Q', examples: tooMany }))).toMatch(
      /^examples.*1000/,
    );
  });

  it.each(['', 'Why?', 'question=Q', '[]', '"Q"', 'null', '{"question":"Q"'])(
    'is refused when it is no JSON object: %j',
    (body) => {
      expect(refusalOf(body)).toMatch(/JSON/);
    },
  );
});
