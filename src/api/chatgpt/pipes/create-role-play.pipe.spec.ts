import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { CreateRolePlayPipe } from './create-role-play.pipe.js';

const pipe = new CreateRolePlayPipe();

function refusalOf(body: string): string {
  try {
    pipe.transform(body);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.detail;
    throw error;
  }
  throw new Error(`Not refused: ${body}`);
}

/** A JSON body with these names. */
function named(human_name: unknown, ai_name: unknown = 'Sanae'): string {
  return JSON.stringify({ human_name, ai_name });
}

describe('a role play as a form', () => {
  it.each([
    ['human_name=a&ai_name=b', { human_name: 'a', ai_name: 'b' }],
    ['ai_name=b&human_name=a&prompt=P', { human_name: 'a', ai_name: 'b', prompt: 'P' }],
    ['human_name=a&ai_name=b&prompt=', { human_name: 'a', ai_name: 'b', prompt: '' }],
    ['\r\n human_name=a&ai_name=b\r\n', { human_name: 'a', ai_name: 'b' }],
    ['human_name=a+c&ai_name=%E6%97%A9', { human_name: 'a c', ai_name: '早' }],
    ['human_name=%2B%26%3D&ai_name=b=c', { human_name: '+&=', ai_name: 'b=c' }],
    ['human_name=早苗&ai_name=灵梦', { human_name: '早苗', ai_name: '灵梦' }],
    ['&human_name=a&&ai_name=b&', { human_name: 'a', ai_name: 'b' }],
    ['human_name=a&ai_name=b&stream=true', { human_name: 'a', ai_name: 'b', stream: true }],
    ['human_name=a&ai_name=b&stream=false', { human_name: 'a', ai_name: 'b', stream: false }],
    ['human_name=true&ai_name=5', { human_name: 'true', ai_name: '5' }],
    ['human_name=a&ai_name=b&prompt=%0AP%0A', { human_name: 'a', ai_name: 'b', prompt: '\nP\n' }],
    ['human_name=%7B&ai_name=b', { human_name: '{', ai_name: 'b' }],
  ])('is %s', (body, dto) => {
    expect(pipe.transform(body)).toEqual(dto);
  });

  it.each([
    ['', 'human_name'],
    ['just text', 'just text'],
    ['human_name=a', 'ai_name'],
    ['ai_name=b', 'human_name'],
    ['human_name=&ai_name=b', 'human_name'],
    ['human_name=a&ai_name=b&stream=yes', 'stream'],
    ['human_name=a&ai_name=b&stream=TRUE', 'stream'],
    ['human_name=a&ai_name=b&stream=', 'stream'],
    ['human_name=a&ai_name=b&surprise=1', 'Unknown key: surprise'],
    ['human_name=a&ai_name=b&__proto__=1', 'Unknown key: __proto__'],
    ['human_name=a&ai_name=b&constructor=1', 'Unknown key: constructor'],
    ['human_name=a&human_name=c&ai_name=b', 'human_name is given twice'],
    ['human_name=a&ai_name=b&prompt=&prompt=', 'prompt is given twice'],
    ['human_name=a%0Ab&ai_name=b', 'human_name'],
    ['[1]', '[1]'],
  ])('is refused, naming what is wrong: %j', (body, sentence) => {
    expect(refusalOf(body)).toContain(sentence);
  });
});

describe('a role play as JSON', () => {
  it('has what a form has', () => {
    const play = { human_name: ' 早苗', ai_name: '灵梦', prompt: '', stream: false };
    expect(pipe.transform(` ${JSON.stringify(play)}`)).toEqual(play);
  });

  it.each(['{', '{"human_name":"a","ai_name":"b"', '{human_name=a&ai_name=b}'])(
    'is refused when it is broken: %j',
    (body) => {
      expect(refusalOf(body)).toBe('The body is not valid JSON');
    },
  );
});

describe('a name', () => {
  it.each(['a', ' ', 'a b', '早'.repeat(64), '😀'.repeat(64), '$&', 'Human:', '\u00A0'])(
    'has 1 to 64 characters: %j',
    (name) => {
      expect(pipe.transform(named(name)).human_name).toBe(name);
      expect(pipe.transform(named('Reimu', name)).ai_name).toBe(name);
    },
  );

  it.each([
    '',
    'a'.repeat(65),
    '😀'.repeat(65),
    'a\nb',
    'a\rb',
    '\n',
    'a\n',
    'a\u2028',
    '\u2029a',
    'a\u0000',
    'a\tb',
    'a\u007F',
    'a\u0085b',
    null,
    5,
    true,
    ['a'],
    { a: 1 },
  ])('is refused as %j', (name) => {
    expect(refusalOf(named(name))).toMatch(/^human_name must be 1 to 64 characters/);
    expect(refusalOf(named('Reimu', name))).toMatch(/^ai_name must be 1 to 64 characters/);
  });

  it('stands among few fields of a form, however short they are', () => {
    expect(refusalOf(`human_name=a&ai_name=b${'&'.repeat(100_000)}`)).toBe(
      'The form has more than 16 fields',
    );
  });

  it('is not the same for both', () => {
    expect(refusalOf(named('Sanae', 'Sanae'))).toBe('human_name and ai_name must differ');
    expect(pipe.transform(named('Sanae', 'sanae'))).toMatchObject({ ai_name: 'sanae' });
  });
});
