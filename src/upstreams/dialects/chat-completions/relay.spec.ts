import { noteExactNumbers } from '../../../platform/json/exact-numbers.js';
import type { RawAnswer, RelayRequest } from '../dialect.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { encodeRelay, RelayDecoder } from './relay.js';

function requestOf(body: object = {}, maxOutputTokens: number | null = null): RelayRequest {
  const request = { path: '/chat/completions' as const, model: 'm', body: { model: 'm', ...body } };
  return { ...request, maxOutputTokens };
}

function event(value: Record<string, unknown>): RawAnswer {
  return { data: JSON.stringify(value), value };
}

const delta = (members: object, finish: string | null = null, index = 0) => {
  return event({ choices: [{ index, delta: members, finish_reason: finish }] });
};
const role = delta({ role: 'assistant', content: '' });
const word = delta({ content: 'Hi' });
const stop = delta({}, 'stop');
const usage = event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } });

describe('a request that is handed on', () => {
  it('is as its caller made it', () => {
    const body = { odd: { deep: [1] }, stream: true };
    expect(encodeRelay(requestOf(body), new Set(['odd']))).toEqual({
      ...{ path: '/chat/completions', body: { model: 'm', ...body }, isExact: false },
      ...{ added: [], expendable: [], asked: [] },
    });
  });

  it.each<[string[], object]>([
    [[], { max_tokens: 5 }],
    [['max_tokens'], { max_completion_tokens: 5 }],
    [['max_tokens', 'max_completion_tokens'], {}],
    [['temperature'], { max_tokens: 5 }],
  ])(
    'has the length that is added to it, but for what the model refuses: %j',
    (refused, fields) => {
      const { body, added } = encodeRelay(requestOf({ n: 2 }, 5), new Set(refused));
      expect(body).toEqual({ model: 'm', n: 2, ...fields });
      expect(added).toEqual(Object.keys(fields));
    },
  );

  it('is told apart where a double does not hold its numbers', () => {
    const request = requestOf();
    noteExactNumbers(request.body);
    expect(encodeRelay(request, new Set()).isExact).toBe(true);
  });
});

describe('the events of an answer that is handed on', () => {
  function told(...events: readonly RawAnswer[]) {
    const decoder = new RelayDecoder(requestOf());
    return events.map((one) => decoder.read(one));
  }

  it.each<[string, RawAnswer[], (RawAnswer[] | null)[]]>([
    ['at once where they say something', [word, stop], [[word], [stop]]],
    ['with those before it that say nothing', [role, role, word], [null, null, [role, role, word]]],
    ['at the end of an answer of nothing', [role, stop, usage], [null, [role, stop], [usage]]],
    ['silent or not, after the first word', [word, role], [[word], [role]]],
    ['without choices, with the next', [event({ x: 1 }), word], [null, [event({ x: 1 }), word]]],
  ])('are told %s', (_when, events, pieces) => {
    expect(told(...events)).toEqual(pieces);
  });

  it.each<[string, RawAnswer]>([
    ['a text', event({ choices: [{ text: 'a' }] })],
    ['a call', delta({ tool_calls: [{}] })],
    ['a delta that is a text', event({ choices: [{ delta: 'a' }] })],
    ['a thought', delta({ reasoning_content: 'a' })],
    ['a refusal', delta({ refusal: 'a' })],
    ['another choice', event({ choices: [{ delta: {} }, { index: 1, delta: { content: 'a' } }] })],
  ])('are told at once with %s', (_what, one) => {
    expect(told(one)).toEqual([[one]]);
  });

  it.each([[null], [{}], [{ choices: 'x' }], [{ choices: [null, { delta: null }] }]])(
    'may be anything, and say nothing: %j',
    (value) => {
      expect(told(event(value ?? {}))).toEqual([null]);
    },
  );

  it('are not held back for ever', () => {
    const silent = Array.from({ length: 17 }, () => role);
    const pieces = told(...silent);
    expect(pieces.slice(0, 15)).toEqual(silent.slice(2).map(() => null));
    expect(pieces.slice(15)).toEqual([silent.slice(1), [role]]);
    const large = event({ x: 'x'.repeat(65_536) });
    expect(told(role, large)).toEqual([null, [role, large]]);
  });
});

describe('the end of an answer that is handed on', () => {
  function read(body: object, ...events: readonly RawAnswer[]): RelayDecoder {
    const decoder = new RelayDecoder(requestOf(body));
    for (const one of events) decoder.read(one);
    return decoder;
  }
  const other = (finish: string | null) => delta({ content: 'a' }, finish, 1);

  it.each<[string, object, RawAnswer[], finished: boolean, settled: boolean]>([
    ['not there at first', {}, [], false, false],
    ['not there after a word', {}, [word], false, false],
    ['there after a reason', {}, [word, stop], true, false],
    ['settled once it is counted', {}, [word, stop, usage], true, true],
    ['not settled where something follows', {}, [word, stop, usage, word], true, false],
    ['not there before both choices end', { n: 2 }, [word, stop, other(null)], false, false],
    ['there with both', { n: 2 }, [word, stop, other('stop'), usage], true, true],
    ['believed of a server that gives one of two', { n: 2 }, [word, stop, usage], true, false],
    ['of each prompt', { prompt: ['a', 'b'] }, [word, stop, usage], true, false],
    ['of the prompts n times', { prompt: ['a'], n: 2 }, [stop, other('stop'), usage], true, true],
    ['of one prompt of tokens', { prompt: [1, 2] }, [word, stop, usage], true, true],
    ['of one where n is none', { n: 'x', prompt: [] }, [word, stop, usage], true, true],
  ])('is %s', (_what, body, events, isFinished, isSettled) => {
    expect(read(body, ...events)).toMatchObject({ isFinished, isSettled });
  });

  it('has what it cost, as it was said last', () => {
    expect(read({}, word).usage).toBeNull();
    const counted = {
      inputTokens: 1,
      outputTokens: 2,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    };
    expect(read({}, word, usage, stop).usage).toEqual(counted);
  });

  it.each([
    ['more of the same choice', word, true],
    ['nothing', role, false],
    ['a list of nothing', event({ choices: [{ delta: { content: '', tool_calls: [] } }] }), false],
    ['another choice', other(null), false],
  ])('is doubted where after it comes %s', (_what, next, hasGoneOn) => {
    const decoder = read({ n: 2 }, word, stop, next);
    expect(decoder).toMatchObject({ hasGoneOn, isResumed: hasGoneOn });
    expect(read({ n: 2 }, word, stop, next, stop).isResumed).toBe(false);
  });

  it.each([7, '1', [], { a: 1 }, true])('is that of one answer, with %j as its index', (index) => {
    const odd = event({ choices: [{ index, delta: { content: 'a' } }] });
    expect(read({}, word, odd, stop, usage)).toMatchObject({ isFinished: true, isSettled: true });
  });

  it('is that of a choice without a list around it', () => {
    const one = event({ choices: { delta: { content: 'a' }, finish_reason: 'stop' } });
    expect(read({}, one).isFinished).toBe(true);
  });

  it('is none where the server says that it broke off', () => {
    expect(() => read({}, word, delta({}, 'error'))).toThrow(TruncatedAnswerError);
  });
});

describe('a whole answer that is handed on', () => {
  const counted = { prompt_tokens: 1, completion_tokens: 2 };
  const message = { role: 'assistant', content: 'Hi' };
  const whole = event({
    ...{ id: 'x', object: 'chat.completion', usage: counted },
    choices: [{ index: 0, message, finish_reason: null }],
  });

  it('is as it came, and complete', () => {
    const decoder = new RelayDecoder(requestOf());
    expect(decoder.readWhole(whole)).toEqual([whole]);
    expect(decoder).toMatchObject({ isFinished: true, usage: { inputTokens: 1 } });
  });

  it('is the only event where a stream was asked for', () => {
    const value = {
      ...{ id: 'x', object: 'chat.completion.chunk', usage: counted },
      choices: [{ index: 0, delta: message, finish_reason: null }],
    };
    const [one] = new RelayDecoder(requestOf({ stream: true })).readWhole(whole);
    expect(one?.value).toEqual(value);
    expect(JSON.parse(one?.data ?? '')).toEqual(value);
  });

  it('keeps its name and its texts where it is of the completions API', () => {
    const text = event({ object: 'text_completion', choices: [{ text: 'a' }] });
    expect(new RelayDecoder(requestOf({ stream: true })).readWhole(text)).toEqual([text]);
  });

  it('may be embeddings', () => {
    const list = event({ data: [{ embedding: [0] }] });
    expect(new RelayDecoder(requestOf()).readWhole(list)).toEqual([list]);
  });

  it.each([{}, { choices: [] }, { choices: ['x'] }, { data: [] }, { choices: null, data: 'x' }])(
    'is none where there is nothing in it: %j',
    (value) => {
      expect(() => new RelayDecoder(requestOf()).readWhole(event(value))).toThrow(
        TruncatedAnswerError,
      );
    },
  );
});
