import { readSettings } from '../config/read-settings.js';
import { sizeOf } from '../models/context-window.js';
import type { Item } from '../models/item.js';
import type { CountedItem } from '../models/tokens-per-byte.js';
import { UpstreamRefusedError } from '../upstreams/upstream.errors.js';
import type { UpstreamService } from '../upstreams/upstream.service.js';
import { ContextLengthError } from './context-window.errors.js';
import {
  ContextWindowService,
  type ContextInput,
  type FittedContext,
} from './context-window.service.js';

const settings = readSettings({ MODEL_WINDOWS: 'small=1000' });

function serviceAt(compactsItself: boolean): ContextWindowService {
  return new ContextWindowService(settings, { compactsItself } as UpstreamService);
}

const service = serviceAt(false);

const said = (content: string): Item => ({ type: 'message', role: 'user', content });
/** With its frame, 100 bytes: 50 tokens before anything was counted. */
const hundred = (index: number) => said(String(index % 10).repeat(84));

function historyOf(turns: number, inputTokens: number | null = null): CountedItem[] {
  return Array.from({ length: turns }, (_, index) => ({
    turn: index + 1,
    item: hundred(index),
    inputTokens,
  }));
}

/** Nothing but a history, for a model of 1000 tokens that are all left for it. */
function inputOf(past: readonly CountedItem[], more: Partial<ContextInput> = {}): ContextInput {
  const bytes = sizeOf([...past.map(({ item }) => item), ...(more.question ?? [])]);
  return {
    model: 'small',
    bytes: bytes + Buffer.byteLength(more.prompt ?? ''),
    past: () => past,
    prompt: '',
    question: [],
    answerTokens: 0,
    truncation: 'auto',
    ...more,
  };
}

const tooLong = () => {
  return new UpstreamRefusedError('long', { parameter: null, code: 'context_length_exceeded' });
};

/** What is asked, each time, of an upstream that fails so at first. */
function askedOf(input: ContextInput, ...failures: readonly Error[]) {
  return askedBy(service, input, ...failures);
}

async function askedBy(
  windows: ContextWindowService,
  input: ContextInput,
  ...failures: readonly Error[]
) {
  const fitted: FittedContext[] = [];
  const left = [...failures];
  let error: unknown = null;
  try {
    await windows.ask(input, (fits) => {
      fitted.push(fits);
      const failure = left.shift();
      return failure ? Promise.reject(failure) : Promise.resolve('answer');
    });
  } catch (thrown) {
    error = thrown;
  }
  const asked = fitted.map(({ trimmed }) => trimmed);
  return {
    error,
    asked,
    compactAt: fitted.map(({ compactAt }) => compactAt),
    turns: asked.map((trimmed) => trimmed && [trimmed.said.length, trimmed.trimmedTurns]),
  };
}

describe('a history', () => {
  it('that fits is asked whole, without a look at its items', async () => {
    const past = jest.fn(() => []);
    const input = { ...inputOf([]), bytes: 1_000, past };
    const fitted = { trimmed: null, compactAt: null };
    await expect(service.ask(input, (fits) => Promise.resolve(fits))).resolves.toEqual(fitted);
    expect(past).not.toHaveBeenCalled();
  });

  it.each<[string, ContextInput, fitting: number, trimmed: number]>([
    ['all of what fits by its tokens', inputOf(historyOf(20)), 20, 0],
    ['the newest turns of what does not', inputOf(historyOf(24)), 20, 4],
    ['more where the upstream counted less', inputOf(historyOf(24, 4)), 24, 0],
    ['less beside a prompt', inputOf(historyOf(20), { prompt: 'x'.repeat(101) }), 18, 2],
    ['less beside a question', inputOf(historyOf(20), { question: [hundred(0)] }), 19, 1],
    ['less before a long answer', inputOf(historyOf(20), { answerTokens: 500 }), 10, 10],
    ['less before an answer of any length', inputOf(historyOf(20), { answerTokens: null }), 17, 3],
    [
      'what fits, though nothing may be left out',
      inputOf(historyOf(20), { truncation: 'disabled' }),
      20,
      0,
    ],
  ])('is told with %s', async (_what, input, fitting, trimmed) => {
    const { asked, error } = await askedOf(input);
    const past = input.past().map(({ item }) => item);
    expect(error).toBeNull();
    expect(asked).toEqual([{ said: past.slice(past.length - fitting), trimmedTurns: trimmed }]);
  });

  it.each<[string, CountedItem[], ([number, number] | null)[]]>([
    ['all of it', historyOf(8), [null, [4, 4]]],
    [
      'a part of it',
      historyOf(24),
      [
        [20, 4],
        [10, 14],
      ],
    ],
  ])('is asked again with half of what was told, where that was %s', async (_what, past, turns) => {
    expect(await askedOf(inputOf(past), tooLong())).toMatchObject({ error: null, turns });
  });

  it('is not blamed where there is none', async () => {
    const { error } = await askedOf(inputOf([], { truncation: 'disabled' }), tooLong());
    expect(String(error)).toContain('question');
  });

  it('that is shortened there is asked whole, and only if that is too long what fits', async () => {
    const input = inputOf(historyOf(24), { isShortenedThere: true });
    expect((await askedOf(input)).turns).toEqual([null]);
    expect((await askedOf(input, tooLong())).turns).toEqual([null, [20, 4]]);
    const disabled = { ...input, truncation: 'disabled' as const };
    expect(await askedOf(disabled)).toMatchObject({ turns: [null], error: null });
    expect((await askedOf(disabled, tooLong())).error).toBeInstanceOf(ContextLengthError);
  });

  it('is compacted by a model service that does so, before it has to be cut', async () => {
    const theirs = serviceAt(true);
    const more = { isCompactedThere: true };
    const ask = (turns: number, ...failures: Error[]) =>
      askedBy(theirs, inputOf(historyOf(turns), more), ...failures);
    expect(await ask(17)).toMatchObject({ turns: [[17, 0]], compactAt: [null] });
    expect(await ask(18)).toMatchObject({ turns: [null], compactAt: [875] });
    expect(await ask(24)).toMatchObject({ turns: [null], compactAt: [875] });
    expect(await ask(24, tooLong())).toMatchObject({
      turns: [null, [20, 4]],
      compactAt: [875, null],
    });
  });

  it('is cut where its model service compacts nothing, and where that is not wanted', async () => {
    const past = historyOf(24);
    const wanted = inputOf(past, { isCompactedThere: true });
    const cut = { turns: [[20, 4]], compactAt: [null] };
    expect(await askedBy(serviceAt(false), wanted)).toMatchObject(cut);
    expect(await askedBy(serviceAt(true), inputOf(past))).toMatchObject(cut);
  });

  it('that is still too long then is given up', async () => {
    const { error, asked } = await askedOf(inputOf(historyOf(8)), tooLong(), tooLong());
    expect(error).toBeInstanceOf(ContextLengthError);
    expect(asked).toHaveLength(2);
  });

  it.each([
    new UpstreamRefusedError('no', { parameter: null, code: 'invalid_value' }),
    Object.assign(new Error('no'), { details: { code: 'context_length_exceeded' } }),
  ])('is not asked again after another failure: %p', async (failure) => {
    expect(await askedOf(inputOf(historyOf(8)), failure)).toMatchObject({
      error: failure,
      asked: [null],
      turns: [null],
    });
    expect((await askedOf(inputOf(historyOf(8)), tooLong(), failure)).error).toBe(failure);
  });

  it.each([
    ['is not asked at all where that is known', historyOf(24), []],
    ['is not asked again', historyOf(8), [null]],
  ])('of which nothing may be left out %s', async (_what, past, asked) => {
    const input = inputOf(past, { truncation: 'disabled' });
    const reading = await askedOf(input, tooLong());
    expect(reading.asked).toEqual(asked);
    expect(reading.error).toBeInstanceOf(ContextLengthError);
    expect(reading.error).toMatchObject({ detail: expect.stringContaining('"auto"') as string });
  });
});

describe('a question', () => {
  const detail = "The question is too long for the model's window";

  it.each([
    ['beyond any language', 20_001, []],
    ['as the upstream finds', 20_000 - 16, [{ said: [], trimmedTurns: 0 }]],
    ['as the upstream finds, though it is short', 1, [null]],
  ])('is too long: %s', async (_what, length, asked) => {
    const reading = await askedOf(inputOf([], { question: [said('x'.repeat(length))] }), tooLong());
    expect(reading.asked).toEqual(asked);
    expect(reading.error).toBeInstanceOf(ContextLengthError);
    expect(reading.error).toMatchObject({ detail });
  });
});

describe('the estimate of a request', () => {
  it.each<[string, ContextInput, number]>([
    ['cautious before anything was counted', inputOf(historyOf(3)), 150],
    [
      'with the prompt and the question',
      inputOf([], { prompt: 'abc', question: [hundred(0)] }),
      52,
    ],
    ['by what the upstream counted', inputOf(historyOf(3, 20)), 30],
  ])('is %s', (_how, input, tokens) => {
    expect(service.estimate(input)).toBe(tokens);
  });
});
