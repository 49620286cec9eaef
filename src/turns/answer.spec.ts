import type { AnswerEvent, Usage } from '../upstream/answer-event.js';
import { EmptyAnswerError } from '../upstream/upstream.errors.js';
import { readAnswer, type Answer, type Delivery } from './answer.js';

const usage: Usage = { inputTokens: 12, outputTokens: 34 };
const deliveries: Delivery[] = ['stream', 'trimmed', 'verbatim'];

/** An upstream that sends these events, or fails where an error stands. */
async function* upstream(events: readonly (AnswerEvent | Error)[]): AsyncGenerator<AnswerEvent> {
  for (const event of events) {
    await Promise.resolve();
    if (event instanceof Error) throw event;
    yield event;
  }
}

function pieces(...texts: string[]): AnswerEvent[] {
  return texts.map((text) => ({ type: 'piece', text }));
}

function finished(counted: Usage | null = null): AnswerEvent {
  return { type: 'finished', usage: counted };
}

interface Reading {
  shown: string[];
  answer: Answer | null;
  error: unknown;
}

async function read(events: AsyncIterable<AnswerEvent>, delivery: Delivery): Promise<Reading> {
  const reading: Reading = { shown: [], answer: null, error: null };
  const answers = readAnswer(events, delivery);
  try {
    for (;;) {
      const step = await answers.next();
      if (step.done) return { ...reading, answer: step.value };
      if (step.value.type !== 'piece') throw new Error(`Not a piece: ${step.value.type}`);
      reading.shown.push(step.value.text);
    }
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
    const reading = await read(upstream([...pieces(...texts), finished()]), 'stream');
    expect(reading.shown).toEqual(shown);
    expect(reading.answer?.text).toBe(shown.join(''));
  });

  it('shows a piece before it asks for the next one', async () => {
    let asked = 0;
    async function* counting(): AsyncGenerator<AnswerEvent> {
      for await (const event of upstream([...pieces('one', 'two'), finished()])) {
        asked += 1;
        yield event;
      }
    }
    const answers = readAnswer(counting(), 'stream');
    expect(await answers.next()).toEqual({ done: false, value: { type: 'piece', text: 'one' } });
    expect(asked).toBe(1);
  });

  it('has shown its first pieces when the upstream fails', async () => {
    const failure = new Error('broke off');
    const reading = await read(upstream([...pieces('One', ' two'), failure]), 'stream');
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
    const events = [...pieces(...texts), finished()];
    expect(await read(upstream(events), 'trimmed')).toMatchObject({
      shown: [trimmed],
      answer: { text: trimmed },
    });
    expect(await read(upstream(events), 'verbatim')).toMatchObject({
      shown: [verbatim],
      answer: { text: verbatim },
    });
  });

  it.each<Delivery>(['trimmed', 'verbatim'])(
    'shows nothing when the upstream fails: %s',
    async (delivery) => {
      const failure = new Error('broke off');
      const reading = await read(upstream([...pieces('One', ' two'), failure]), delivery);
      expect(reading).toEqual({ shown: [], answer: null, error: failure });
    },
  );
});

describe.each(deliveries)('every answer: %s', (delivery) => {
  it.each([usage, null])('has the usage that the upstream counted: %j', async (counted) => {
    const reading = await read(upstream([...pieces('Hi'), finished(counted)]), delivery);
    expect(reading.answer).toEqual({ text: 'Hi', usage: counted });
  });

  it('is over when the upstream says so, and lets go of the upstream', async () => {
    let closed = false;
    async function* talkative(): AsyncGenerator<AnswerEvent> {
      try {
        yield* upstream([...pieces('Hi'), finished(), ...pieces(' there')]);
      } finally {
        closed = true;
      }
    }
    expect((await read(talkative(), delivery)).answer?.text).toBe('Hi');
    expect(closed).toBe(true);
  });

  it.each([[[]], [['']], [['\n', '\n']], [['\r', '\n\r']]])(
    'is an error when there is no text: %j',
    async (texts) => {
      const reading = await read(upstream([...pieces(...texts), finished(usage)]), delivery);
      expect(reading.error).toBeInstanceOf(EmptyAnswerError);
      expect(reading.shown.join('').replaceAll('\n', '')).toBe('');
    },
  );

  it('may be a blank, because only line feeds are nothing', async () => {
    expect((await read(upstream([...pieces(' '), finished()]), delivery)).answer?.text).toBe(' ');
  });
});
