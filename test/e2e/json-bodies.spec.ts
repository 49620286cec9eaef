import { parseJsonObject } from '../../src/platform/http/json-object.js';
import { rolePlay } from '../factories/original-texts.js';
import { countRows } from '../support/database-file.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
let conversationsBefore: number;

beforeEach(() => {
  service.simulator.reset();
  conversationsBefore = countRows(service, 'conversations');
});

/** Refused input reaches neither the model nor the database. */
afterEach(() => {
  expect(service.simulator.totalCalls).toBe(0);
  expect(countRows(service, 'conversations')).toBe(conversationsBefore);
});

/** What each endpoint that takes JSON takes at least. */
const takers: [path: string, least: Record<string, unknown>][] = [
  ['createTurbo', {}],
  ['createGPT4', {}],
  ['createRolePlay', rolePlay],
  ['quickAnswer', { question: 'Q' }],
];

/** Posts and expects a refusal as plain text. */
async function refused(path: string, body: string): Promise<string> {
  const { status, text, headers } = await caller.post(path, body);
  expect({ body, status }).toEqual({ body, status: 400 });
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(text).not.toMatch(/\n|\bat /);
  return text;
}

/** An object with so many levels below it. */
function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}{}${'}'.repeat(levels)}`;
}

describe.each(takers)('the JSON of POST /chatgpt/%s', (path, least) => {
  it.each(['{', '{"prompt":', '{]', '{"prompt":"x",}', "{'prompt':'x'}", '{} {}', ' \n{"a":1'])(
    'is refused when broken: %s',
    async (body) => {
      expect(await refused(path, body)).toContain('JSON');
    },
  );

  it('is refused with an unknown key, which it names', async () => {
    expect(await refused(path, JSON.stringify({ ...least, surprise: 1 }))).toContain('surprise');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', ''])(
    'is refused with the key %j, which it names',
    async (key) => {
      const inner = JSON.stringify(least).slice(1, -1);
      for (const value of ['{"polluted":true}', '1', 'null']) {
        const body = `{"${key}":${value}${inner === '' ? '' : ','}${inner}}`;
        expect(await refused(path, body)).toContain(key);
      }
      expect(parseJsonObject('{}')).not.toHaveProperty('polluted');
    },
  );

  it.each<unknown>([1, true, [], {}, ['x'], { toString: 'x' }])(
    'refuses prompt: %j',
    async (prompt) => {
      expect(await refused(path, JSON.stringify({ ...least, prompt }))).toContain('prompt');
    },
  );

  it.each(['true', 1, [], {}])('refuses stream: %j', async (stream) => {
    expect(await refused(path, JSON.stringify({ ...least, stream }))).toContain('stream');
  });

  it.each([17, 1_000, 100_000])('is refused when nested %i levels deep', async (levels) => {
    const body = `{"prompt":${nested(levels)}}`;
    await refused(path, body);
  });

  it('is refused with a very long key, shortly', async () => {
    const text = await refused(path, JSON.stringify({ ...least, ['k'.repeat(100_000)]: 1 }));
    expect(text.length).toBeLessThan(1_000);
  });
});

describe('POST /chatgpt/createRolePlay', () => {
  it.each([
    ['no names', { human_name: undefined, ai_name: undefined }, 'human_name'],
    ['no human name', { human_name: undefined }, 'human_name'],
    ['no AI name', { ai_name: undefined }, 'ai_name'],
    ['an empty human name', { human_name: '' }, 'human_name'],
    ['an empty AI name', { ai_name: '' }, 'ai_name'],
    ['a human name that is too long', { human_name: 'x'.repeat(65) }, 'human_name'],
    ['an AI name that is too long', { ai_name: '梦'.repeat(65) }, 'ai_name'],
    ['a line feed in a name', { human_name: 'a\nb' }, 'human_name'],
    ['a carriage return in a name', { ai_name: 'a\rb' }, 'ai_name'],
    ['a line separator in a name', { ai_name: 'a\u2028b' }, 'ai_name'],
    ['a control character in a name', { human_name: 'a\u0000b' }, 'human_name'],
    ['a C1 control character in a name', { human_name: 'a\u0085b' }, 'human_name'],
    ['a number as name', { ai_name: 7 }, 'ai_name'],
    ['a list as name', { human_name: ['human'] }, 'human_name'],
    ['null as name', { human_name: null }, 'human_name'],
    ['equal names', { human_name: 'same', ai_name: 'same' }, 'name'],
  ])('refuses %s, as JSON', async (_title, change, named) => {
    expect(await refused('createRolePlay', JSON.stringify({ ...rolePlay, ...change }))).toContain(
      named,
    );
  });

  it.each([
    ['', 'name'],
    ['just text', ''],
    ['human_name=a', 'ai_name'],
    ['human_name=a&ai_name=a', 'name'],
    ['human_name=a%0Ab&ai_name=b', 'human_name'],
    ['human_name=a&ai_name=b&surprise=1', 'surprise'],
    ['human_name=a&ai_name=b&__proto__=1', '__proto__'],
    ['human_name=a&ai_name=b&constructor=1', 'constructor'],
    ['human_name=a&ai_name=b&stream=maybe', 'stream'],
    ['human_name=a&human_name=c&ai_name=b', 'human_name'],
    ['["human_name","ai_name"]', 'name'],
  ])('refuses the form %j', async (body, named) => {
    expect(await refused('createRolePlay', body)).toContain(named);
  });
});

describe('POST /chatgpt/quickAnswer', () => {
  it.each(['', 'just text', '[]', '[{"question":"Q"}]', '"Q"', '1', 'null', 'true'])(
    'refuses %j, which is no object',
    async (body) => {
      await refused('quickAnswer', body);
    },
  );

  it.each([{}, { question: '' }, { question: ' \n' }])('refuses the empty %j', async (body) => {
    expect(await refused('quickAnswer', JSON.stringify(body))).toBe('Question can not be empty');
  });

  it.each([1, [], {}, true])('refuses question: %j', async (question) => {
    expect(await refused('quickAnswer', JSON.stringify({ question }))).not.toBe('');
  });

  it.each(['gpt5', '', 'GPT3', 'role-play', 'constructor', 3, ['gpt3'], {}])(
    'refuses convType: %j',
    async (convType) => {
      const body = JSON.stringify({ question: 'Q', convType });
      expect(await refused('quickAnswer', body)).toContain('convType');
    },
  );

  it.each([
    [['one']],
    [['one', 'two', 'three']],
    [[1, 2]],
    [['one', null]],
    [[['one'], ['two']]],
    ['one, two'],
    [{ 0: 'one', 1: 'two', length: 2 }],
    [5],
  ])('refuses examples: %j', async (examples) => {
    const body = JSON.stringify({ question: 'Q', examples });
    expect(await refused('quickAnswer', body)).toContain('examples');
  });
});
