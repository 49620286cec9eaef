import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { CreateConversationDto } from '../dto/create-conversation.dto.js';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import { looksLikeJson, toDto } from './json-object.js';

/** The sentence with which something is refused. */
function refusalOf(refused: () => unknown): string {
  try {
    refused();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.detail;
    throw error;
  }
  throw new Error('Not refused');
}

/** A body that is nested so many levels deep, itself counted. */
const nested = {
  objects: (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`,
  arrays: (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`,
};

describe('a body that may be JSON', () => {
  it.each(['{', '{}', ' {', '\r\n\t{"a":1}', '{not json', '\u00A0{'])(
    'is when it is %j',
    (body) => {
      expect(looksLikeJson(body)).toBe(true);
    },
  );

  it.each(['', ' ', '[]', '"{"', 'a {', '1', 'null', '}{'])('is not when it is %j', (body) => {
    expect(looksLikeJson(body)).toBe(false);
  });
});

describe('a JSON body of known keys', () => {
  it('has its values taken as they are, whatever is in them', () => {
    const prompt = { a: [{ b: 1 }] };
    const refused = refusalOf(() => toDto(CreateConversationDto, { prompt }));
    expect(refused).toBe('prompt must be a string');
    const touched = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('Its keys were asked for');
        },
      },
    );
    expect(refusalOf(() => toDto(CreateConversationDto, { prompt: touched }))).toBe(refused);
  });
});

describe('a JSON body', () => {
  it('is read as it is', () => {
    expect(parseJsonObject(' {"a": [1, {"b": null}], "c": "\\u68a6"} ')).toEqual({
      a: [1, { b: null }],
      c: '梦',
    });
  });

  it.each(['', '{', '{a:1}', "{'a':1}", '{"a":1,}', '{"a":1}{"b":2}', '{"a":1} x', 'undefined'])(
    'is refused when it is broken: %j',
    (body) => {
      expect(refusalOf(() => parseJsonObject(body))).toBe('The body is not valid JSON');
    },
  );

  it.each(['[]', '[{"question":"Q"}]', '"Q"', '1', 'null', 'true'])(
    'is refused when it is no object: %j',
    (body) => {
      expect(refusalOf(() => parseJsonObject(body))).toBe('The body must be a JSON object');
    },
  );

  it.each(['objects', 'arrays'] as const)(
    'may be nested 16 levels deep and no deeper: %s',
    (of) => {
      expect(parseJsonObject(nested[of](16))).toHaveProperty('a');
      expect(refusalOf(() => parseJsonObject(nested[of](17)))).toMatch(/16 levels/);
    },
  );

  it('is measured at its deepest place', () => {
    const deep = '['.repeat(16) + ']'.repeat(16);
    expect(refusalOf(() => parseJsonObject(`{"a":1,"b":[[],{"c":{}}],"d":${deep}}`))).toMatch(
      /16 levels/,
    );
  });

  it.each([1_000, 200_000])('is refused at %i levels too', (levels) => {
    expect(refusalOf(() => parseJsonObject(nested.arrays(levels)))).not.toBe('');
    expect(refusalOf(() => parseJsonObject(nested.objects(levels)))).not.toBe('');
  });

  it('keeps __proto__ as a key like any other', () => {
    const properties = parseJsonObject('{"__proto__":{"polluted":true}}');
    expect(Object.keys(properties)).toEqual(['__proto__']);
    const untouched = parseJsonObject('{}');
    expect(Object.getPrototypeOf(properties)).toBe(Object.getPrototypeOf(untouched));
    expect(untouched).not.toHaveProperty('polluted');
  });
});

describe('the keys of a body', () => {
  it('become a DTO of its class', () => {
    const dto = toDto(CreateConversationDto, { prompt: ' P\n', stream: true });
    expect(dto).toBeInstanceOf(CreateConversationDto);
    expect(dto).toEqual({ prompt: ' P\n', stream: true });
  });

  it('may be absent', () => {
    expect(toDto(CreateConversationDto, {})).toEqual({});
  });

  it.each(['surprise', 'Prompt', '', '0', 'constructor', 'toString', 'then', '__proto__'])(
    'are refused by name when unknown: %j',
    (key) => {
      for (const value of ['1', 'null', '{"polluted":true}']) {
        const properties = parseJsonObject(`{"prompt":"P",${JSON.stringify(key)}:${value}}`);
        expect(refusalOf(() => toDto(CreateConversationDto, properties))).toBe(
          `Unknown key: ${key}`,
        );
      }
      expect(parseJsonObject('{}')).not.toHaveProperty('polluted');
    },
  );

  it('are named by no more than 64 characters', () => {
    const properties = { ['k'.repeat(65)]: 1 };
    expect(refusalOf(() => toDto(CreateConversationDto, properties))).toBe(
      `Unknown key: ${'k'.repeat(64)}`,
    );
  });

  it.each([null, 1, true, [], ['P'], {}])('are held to their type: prompt %j', (prompt) => {
    expect(refusalOf(() => toDto(CreateConversationDto, { prompt }))).toBe(
      'prompt must be a string',
    );
  });

  it.each([null, 1, 0, 'true', '', [], {}])('are held to their type: stream %j', (stream) => {
    expect(refusalOf(() => toDto(CreateConversationDto, { stream }))).toBe(
      'stream must be true or false',
    );
  });
});
