import { rolePlay } from '../factories/original-texts.js';
import { readEventStream, type Answer } from '../support/caller.js';
import { itemRows } from '../support/database-file.js';
import { useService } from '../support/use-service.js';

const accept = { accept: 'text/event-stream' };

const { service, caller } = useService();

function expectStream(answer: Answer, text: string): void {
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(readEventStream(answer.text)).toMatchObject({ text, done: true, error: null });
}

function expectPlain(answer: Answer, text: string): void {
  expect(answer).toMatchObject({ status: 200, text });
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
}

const form = new URLSearchParams(rolePlay).toString();
const streaming: [path: string, body: string, headers: Record<string, string>][] = [
  ['create', '', { stream: 'true' }],
  ['create', '', { stream: 'true', settings: 'FriendChat' }],
  ['createTurbo', '{"stream":true}', {}],
  ['createGPT4', '{"prompt":"p","stream":true}', {}],
  ['createRolePlay', JSON.stringify({ ...rolePlay, stream: true }), {}],
  ['createRolePlay', `${form}&stream=true`, {}],
];
const plain: typeof streaming = [
  ['create', '', {}],
  ['create', '', { stream: 'false' }],
  ['createTurbo', '{"stream":false}', {}],
  ['createGPT4', '', {}],
  ['createRolePlay', JSON.stringify(rolePlay), {}],
  ['createRolePlay', `${form}&stream=false`, {}],
];

describe('a conversation created to stream', () => {
  it.each(streaming)('by %s with %j, %j streams chat and regenerate', async (...created) => {
    const { text: id } = await caller.post(...created);
    expectStream(await caller.chat(id, 'Q'), 'You said: Q');
    expectStream(await caller.post('regenerate', '', { conversation: id }), 'You said: Q');
    expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q']);
  });
});

describe('a conversation not created to stream', () => {
  it.each(plain)('by %s with %j, %j answers at once, or as Accept says', async (...created) => {
    const { text: id } = await caller.post(...created);
    expectPlain(await caller.chat(id, 'Q'), 'You said: Q');
    expectStream(await caller.chat(id, 'R', accept), 'You said: R');
    const regenerated = { conversation: id, ...accept };
    expectStream(await caller.post('regenerate', '', regenerated), 'You said: R');
    expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q', 'R', 'You said: R']);
  });
});

describe('POST /chatgpt/quickAnswer', () => {
  it('streams when its body says so', async () => {
    const body = { question: 'Q', stream: true };
    expectStream(await caller.postJson('quickAnswer', body), 'You said: Q');
  });

  it.each(['gpt3', 'turbo', 'gpt4'])(
    'streams a %s answer when Accept says so',
    async (convType) => {
      const body = { question: 'Q', convType };
      expectStream(await caller.postJson('quickAnswer', body, accept), 'You said: Q');
    },
  );

  it('does not stream unless asked', async () => {
    const body = { question: 'Q', stream: false };
    expectPlain(await caller.postJson('quickAnswer', body), 'You said: Q');
  });
});

describe('POST /chatgpt/chat without a conversation', () => {
  it('streams when Accept says so', async () => {
    expectStream(await caller.post('chat', 'Q', accept), 'You said: Q');
  });
});

describe('an event stream', () => {
  it('has the headers that keep proxies from buffering it', async () => {
    const { headers } = await caller.post('chat', 'Q', { ...accept, 'x-request-id': 'mine' });
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toBe('mine');
  });

  it('shows pieces while the upstream still speaks, and keeps nothing until its end', async () => {
    const id = await caller.create('{"stream":true}');
    service.simulator.behave({ answer: ['first', 'second'], holdAfterPieces: 1 });
    const response = await caller.open('chat', 'Q', { conversation: id });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: first\n\n');
    expect(await caller.sentences(id)).toEqual([]);
    service.simulator.release();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
    expect(rest).toBe('data: second\n\ndata: [DONE]\n\n');
    expect(await caller.sentences(id)).toEqual(['Q', 'firstsecond']);
  });

  it.each(['stream', 'plain'])('usage is kept with the answer: %s', async (kind) => {
    const id = await caller.create(kind === 'stream' ? '{"stream":true}' : '');
    await caller.chat(id, 'Q');
    const [question, answer] = itemRows(service, id);
    expect(question).toMatchObject({ role: 'user', input_tokens: null, output_tokens: null });
    expect(answer).toMatchObject({ role: 'assistant' });
    expect(answer?.['input_tokens']).toBeGreaterThan(0);
    expect(answer?.['output_tokens']).toBeGreaterThan(0);
  });

  it('is complete when the answer was cut by its length', async () => {
    const id = await caller.create('{"stream":true}');
    service.simulator.behave({ answer: ['half'], finishReason: 'length' });
    expectStream(await caller.chat(id, 'Q'), 'half');
    expect(await caller.sentences(id)).toEqual(['Q', 'half']);
  });
});

describe('a stream that fails before its first piece', () => {
  it.each([
    ['a server error', { status: 500 }, 502],
    ['a cut', { cutAfterPieces: 0 }, 502],
    ['a clean end without a finish', { endAfterPieces: 0 }, 502],
    ['nothing said', { answer: [] }, 502],
    ['a refusal of the content', { status: 400, error: { message: 'Not this.' } }, 400],
  ])('%s has its own status in plain text', async (_title, behaviour, status) => {
    const id = await caller.create('{"stream":true}');
    await caller.chat(id, 'before');
    const before = await caller.sentences(id);
    service.simulator.behave(behaviour);
    const answer = await caller.chat(id, 'Q');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await caller.sentences(id)).toEqual(before);
  });

  it('bad input and unknown conversations have theirs too', async () => {
    expect((await caller.post('chat', '', accept)).status).toBe(400);
    expect((await caller.chat('unknown', 'Q', accept)).status).toBe(404);
  });
});

describe('a stream that fails after its first piece', () => {
  it.each([
    ['a cut', { cutAfterPieces: 2 }],
    ['a clean end without a finish', { endAfterPieces: 2 }],
    ['an error in the stream', { errorAfterPieces: 2, echoKey: true }],
    ['a chunk that is no JSON', { malformedAfterPieces: 2 }],
    ['no finish reason', { finishReason: null }],
  ])('%s is an error event, without the end mark', async (_title, behaviour) => {
    const id = await caller.create('{"stream":true}');
    await caller.chat(id, 'before');
    const before = await caller.sentences(id);
    service.simulator.behave({ answer: ['one', 'two', 'three'], ...behaviour });
    const answer = await caller.chat(id, 'Q');
    expect(answer.status).toBe(200);
    const { text, done, error } = readEventStream(answer.text);
    expect(text).toMatch(/^onetwo/);
    expect(done).toBe(false);
    expect(error).toMatch(/\w+ \w+/);
    expect(answer.text).toMatch(/event: error\ndata: [^\n]+\n\n$/);
    expect(answer.text).not.toContain('sk-test');
    expect(await caller.sentences(id)).toEqual(before);
    service.simulator.reset();
    expectStream(await caller.chat(id, 'again'), 'You said: again');
  });

  it('a failed regenerate keeps the old answer', async () => {
    const id = await caller.create('{"stream":true}');
    await caller.chat(id, 'Q');
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const answer = await caller.post('regenerate', '', { conversation: id });
    expect(readEventStream(answer.text)).toMatchObject({ text: 'one', done: false });
    expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q']);
  });
});
