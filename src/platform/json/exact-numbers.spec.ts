import { toExactJson, withExactNumbers } from './exact-numbers.js';

function throughHere(text: string): string {
  return toExactJson(JSON.parse(withExactNumbers(text)) as object);
}

describe('numbers of JSON text', () => {
  it.each([
    '{"seed":9007199254740993}',
    '{"seed":-9007199254740993,"a":[12345678901234567890,1]}',
    '{"schema":{"maximum":9223372036854775807,"minimum":-9223372036854775808}}',
    '{"text":"\\"9007199254740993\\\\","seed":9007199254740993}',
    '{"9007199254740993":"9007199254740993 is one"}',
    '{"a":9007199254740991,"b":0.1234567890123456,"c":1e+21}',
    '{"a":"\\\\","b":9007199254740993}',
  ])('come out as they went in: %s', (text) => {
    expect(throughHere(text)).toBe(text);
  });

  it('are left alone where a double holds them', () => {
    for (const text of ['{"a":9007199254740991}', '{"a":1.2345678901234567890}', '{"a":"x"}']) {
      expect(withExactNumbers(text)).toBe(text);
    }
  });

  it('of more than 100 digits are numbers like others, however many millions they have', () => {
    expect(throughHere(`{"a":${'9'.repeat(100)}}`)).toBe(`{"a":${'9'.repeat(100)}}`);
    for (const digits of [101, 20_000_000]) {
      const text = `{"a":${'9'.repeat(digits)},"b":-${'1'.repeat(digits)}}`;
      expect(withExactNumbers(text) === text).toBe(true);
    }
  });

  it.each([
    '{"a":0009007199254740993}',
    '{"a":--9007199254740993}',
    '{"a":9007199254740993',
    '"9007199254740993',
    '9007199254740993"',
  ])('make no JSON of what is none: %s', (text) => {
    expect(() => JSON.parse(withExactNumbers(text)) as unknown).toThrow(SyntaxError);
  });
});
