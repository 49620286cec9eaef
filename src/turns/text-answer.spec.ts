import type { Item } from '../models/item.js';
import type { AnswerEnd, ModelEvent, Usage } from '../models/model-event.js';
import type { Sink } from '../upstreams/sink.js';
import { EmptyAnswerError } from '../upstreams/upstream.errors.js';
import { TextAnswer, type Answer, type Delivery } from './text-answer.js';

const usage: Usage = {
  inputTokens: 12,
  outputTokens: 34,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const deliveries: Delivery[] = ['stream', 'trimmed', 'verbatim'];

type Ask = (write: Sink<readonly ModelEvent[]>) => Promise<AnswerEnd>;

function said(text: string): ModelEvent[] {
  return [{ type: 'text', text, logprobs: [] }];
}

/** An upstream that sends these pieces one by one, then what it counted or its failure. */
function upstream(pieces: readonly string[], end: Usage | Error | null = null): Ask {
  return async (write) => {
    for (const piece of pieces) await write(said(piece));
    if (end instanceof Error) throw end;
    return { finish: 'stop', usage: end };
  };
}

interface Reading {
  shown: string[];
  answer: Answer | null;
  error: unknown;
}

async function read(ask: Ask, delivery: Delivery): Promise<Reading> {
  const reading: Reading = { shown: [], answer: null, error: null };
  try {
    const sink = new TextAnswer(delivery, (text) => {
      reading.shown.push(text);
      return undefined;
    });
    return { ...reading, answer: await sink.finish(await ask((events) => sink.write(events))) };
  } catch (error) {
    return { ...reading, error };
  }
}

describe('a streamed answer', () => {
  it.each<[string, string[], string[]]>([
    ['shows pieces as they come', ['One', ' ', 'two'], ['One', ' ', 'two']],
    ['keeps line feeds at both ends', ['\n\n', ' Hi ', '\n'], ['\n\n', ' Hi ', '\n']],
    ['shows no empty pieces', ['', 'a', '', 'b', ''], ['a', 'b']],
    ['joins a CR LF that was cut', ['a\r', '\nb'], ['a', '\nb']],
    ['shows nothing for a piece that is held back', ['a', '\r', '\n', 'b'], ['a', '\n', 'b']],
    ['shows a held CR at its end', ['a\r'], ['a', '\n']],
    ['joins a character that was cut', ['a\uD83D', '\uDE00'], ['a', '\uD83D\uDE00']],
  ])('%s', async (_title, texts, shown) => {
    const reading = await read(upstream(texts), 'stream');
    expect(reading.shown).toEqual(shown);
    expect(reading.answer?.text).toBe(shown.join(''));
  });

  it('makes the upstream wait for a reader that is slow', async () => {
    const slow = Promise.resolve();
    let taken: unknown = null;
    const ask: Ask = (write) => {
      taken = write(said('one'));
      return Promise.resolve({ finish: 'stop', usage: null });
    };
    const sink = new TextAnswer('stream', () => slow);
    await sink.finish(await ask((events) => sink.write(events)));
    expect(taken).toBe(slow);
  });

  it('has shown its first pieces when the upstream fails', async () => {
    const failure = new Error('broke off');
    const reading = await read(upstream(['One', ' two'], failure), 'stream');
    expect(reading).toEqual({ shown: ['One', ' two'], answer: null, error: failure });
  });
});

describe('a plain answer', () => {
  it.each<[string, string[], string, string]>([
    ['comes in one piece', ['One', ' two'], 'One two', 'One two'],
    ['loses line feeds at both ends', ['\n\n', 'Hi\n', '\n'], 'Hi', '\n\nHi\n\n'],
    ['loses CR LF and CR at both ends', ['\r\n', 'Hi', '\r'], 'Hi', '\nHi\n'],
    ['keeps line feeds within', ['\na\n\nb\n'], 'a\n\nb', '\na\n\nb\n'],
    ['keeps blanks at both ends', [' \n Hi\t\n '], ' \n Hi\t\n ', ' \n Hi\t\n '],
    ['keeps blanks that line feeds stood around', ['\n Hi \n'], ' Hi ', '\n Hi \n'],
  ])('%s, unless verbatim', async (_title, texts, trimmed, verbatim) => {
    expect(await read(upstream(texts), 'trimmed')).toMatchObject({
      shown: [trimmed],
      answer: { text: trimmed },
    });
    expect(await read(upstream(texts), 'verbatim')).toMatchObject({
      shown: [verbatim],
      answer: { text: verbatim },
    });
  });

  it.each<Delivery>(['trimmed', 'verbatim'])(
    'shows nothing when the upstream fails: %s',
    async (delivery) => {
      const failure = new Error('broke off');
      const reading = await read(upstream(['One', ' two'], failure), delivery);
      expect(reading).toEqual({ shown: [], answer: null, error: failure });
    },
  );
});

describe.each(deliveries)('every answer: %s', (delivery) => {
  it.each([usage, null])('has the usage that the upstream counted: %j', async (counted) => {
    const reading = await read(upstream(['Hi'], counted), delivery);
    expect(reading.answer).toEqual({ text: 'Hi', usage: counted });
  });

  it.each([[[]], [['']], [['\n', '\n']], [['\r', '\n\r']]])(
    'is an error when there is no text: %j',
    async (texts) => {
      const reading = await read(upstream(texts, usage), delivery);
      expect(reading.error).toBeInstanceOf(EmptyAnswerError);
      expect(reading.shown.join('').replaceAll('\n', '')).toBe('');
    },
  );

  it.each<[string, ModelEvent[], string]>([
    ['is a refusal where there is nothing else', [{ type: 'refusal', text: 'No.' }], 'No.'],
    [
      'has nothing of thoughts and calls',
      [
        { type: 'reasoning', text: 'Hm', details: [] },
        { type: 'call', call: 0, kind: 'function', id: '1', name: 'f' },
        { type: 'arguments', call: 0, text: '{}' },
        ...said('Yes'),
      ],
      'Yes',
    ],
    ['is not the refusal beside it', [...said('H'), { type: 'refusal', text: 'N' }], 'H'],
  ])('%s', async (_title, events, text) => {
    const ask: Ask = async (write) => {
      await write(events);
      return { finish: 'stop', usage: null };
    };
    expect((await read(ask, delivery)).answer?.text).toBe(text);
  });

  it('is kept item by item, a message that says all of it as that', async () => {
    const made = (item: Item): ModelEvent => ({
      ...{ type: 'item', item, origin: { id: 'x', prefix: null } },
      step: { type: 'done', output_index: 0 },
    });
    const message: Item = { type: 'message', role: 'assistant', content: '\nA\r\nB\n' };
    const thought: Item = { type: 'reasoning', summary: [] };
    const ask: Ask = async (write) => {
      await write([made(thought), ...said('\nA\r\nB\n'), made(message)]);
      return { finish: 'stop', usage: null, organization: 'org' };
    };
    const { answer } = await read(ask, delivery);
    const origin = { id: 'x', prefix: null, organization: 'org' };
    expect(answer?.items).toEqual([
      { ...thought, origin },
      { ...message, content: answer?.text, origin },
    ]);
    const twice: Ask = async (write) => {
      await write([...said('A'), made({ ...message, content: 'A' }), ...said('\n\nB')]);
      await write([made({ ...message, content: 'B' })]);
      return { finish: 'stop', usage: null, organization: 'org' };
    };
    const { answer: both } = await read(twice, delivery);
    expect(both?.items).toMatchObject([{ content: 'A' }, { content: 'B' }]);
  });

  it('may be a blank, because only line feeds are nothing', async () => {
    expect((await read(upstream([' ']), delivery)).answer?.text).toBe(' ');
  });
});
