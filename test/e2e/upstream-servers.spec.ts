import { gzipSync } from 'node:zlib';
import type { Caller } from '../support/caller.js';
import { readEventStream } from '../support/caller.js';
import { setUpstreamLimits } from '../support/upstream-limits.js';
import { chunkFrame, startRawUpstream } from '../support/raw-upstream.js';
import { token } from '../support/service.js';
import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

/** What servers other than OpenAI's were seen to send, and what callers are to get of it. */
const model = 'gpt-6-luna';
const tools = [{ type: 'function', name: 'f', parameters: { type: 'object' } }];
const streamed = { accept: 'text/event-stream' };

const { service, caller } = useService();
afterEach(() => {
  setUpstreamLimits(service, {});
});

/** What is looked at of an answer's JSON. */
interface Shown {
  id: string;
  status: string;
  output: { type: string; content: { text: string }[] }[];
  usage: object;
  data: unknown[];
}

interface Answer {
  status: number;
  text: string;
  json: Shown;
}

async function post(path: string, body: object, url = service.url): Promise<Answer> {
  const answer = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const json = JSON.parse(text.startsWith('{') ? text : '{}') as Shown;
  return { status: answer.status, text, json };
}

function delta(members: object, finish: unknown = null): object {
  return { choices: [{ index: 0, delta: members, finish_reason: finish }] };
}

function events(...chunks: readonly (object | string)[]): Behaviour {
  const frames = chunks.map((chunk) => {
    return typeof chunk === 'string' ? chunk : `data: ${JSON.stringify(chunk)}\n\n`;
  });
  return { rawBody: frames.join(''), contentType: 'text/event-stream' };
}

function whole(message: object, finish = 'stop'): Behaviour {
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  return {
    rawBody: JSON.stringify({ choices: [{ index: 0, message, finish_reason: finish }], usage }),
  };
}

/** The response of a stream's last event. */
function lastResponse(text: string): Shown {
  const frames = text.split('\n\n').filter((frame) => frame.includes('"response":'));
  const [, data = '{}'] = /^data: (.*)$/m.exec(frames.at(-1) ?? '') ?? [];
  return (JSON.parse(data) as { response: Shown }).response;
}

describe('a text that is no text', () => {
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
    { type: 'text', text: 'Par' },
    { type: 'text', text: 'is' },
  ];

  it.each([
    ['parts', parts],
    ['a part', { type: 'text', text: 'Paris' }],
  ])('is read from %s, whole', async (_what, content) => {
    service.simulator.behave(whole({ role: 'assistant', content }));
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'Paris' });
    const { json } = await post('responses', { model, input: 'hello' });
    expect(json.output.at(-1)?.content[0]).toMatchObject({ type: 'output_text', text: 'Paris' });
  });

  it('is read from parts, in pieces', async () => {
    const pieces = parts.map((part) => delta({ content: [part] }));
    service.simulator.behave(events(...pieces, delta({}, 'stop'), 'data: [DONE]\n\n'));
    const id = await caller.create();
    const { text } = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(text)).toMatchObject({ text: 'Paris', done: true });
    const response = await post('responses', { model, input: 'hello', stream: true });
    const { output } = lastResponse(response.text);
    expect(output).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm' }] },
      { type: 'message', content: [{ text: 'Paris' }] },
    ]);
  });
});

describe('tool calls', () => {
  const f = (city: string) => ({ name: 'f', arguments: JSON.stringify({ city }) });

  it.each([
    [
      'all with the index 0',
      [
        delta({ tool_calls: [{ index: 0, id: 'call_a', function: f('Oslo') }] }),
        delta({ tool_calls: [{ index: 0, id: 'call_b', function: f('Rome') }] }),
      ],
    ],
    [
      'without an index',
      [
        delta({ tool_calls: [{ id: 'call_a', function: f('Oslo') }] }),
        delta({ tool_calls: [{ id: 'call_b', function: f('Rome') }] }),
      ],
    ],
  ])('are told apart: %s', async (_how, chunks) => {
    service.simulator.behave(events(...chunks, delta({}, 'tool_calls'), 'data: [DONE]\n\n'));
    const { text } = await post('responses', { model, input: 'hello', tools, stream: true });
    expect(lastResponse(text).output).toMatchObject([
      { type: 'function_call', call_id: 'call_a', arguments: '{"city":"Oslo"}' },
      { type: 'function_call', call_id: 'call_b', arguments: '{"city":"Rome"}' },
    ]);
  });

  const ok = { type: 'function_call_output', call_id: 'call_1', output: 'ok' };
  const called = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
  const signature = { google: { thought_signature: 'c2ln' } };
  const details = [{ type: 'reasoning.encrypted', data: 'AAAA', index: 0 }];

  it.each([
    ['its thoughts', { reasoning_content: 'I need f.' }, {}, { reasoning_content: 'I need f.' }],
    [
      'a signature',
      {},
      { extra_content: signature },
      { tool_calls: [{ extra_content: signature }] },
    ],
    ['sealed thoughts', { reasoning_details: details }, {}, { reasoning_details: details }],
  ])('go back with %s, where they came with them', async (_what, said, ofCall, sentBack) => {
    const message = { content: null, ...said, tool_calls: [{ ...called, ...ofCall }] };
    service.simulator.behave({ ...whole(message, 'tool_calls'), times: 1 });
    const first = await post('responses', { model, input: 'hello', tools });
    expect(first.json.output.at(-1)).toMatchObject({ type: 'function_call', call_id: 'call_1' });
    const next = { model, input: [ok], previous_response_id: first.json.id };
    expect((await post('responses', next)).status).toBe(200);
    const sent = service.simulator.calls.at(-1)?.body as { messages: object[] };
    expect(sent.messages.at(-2)).toMatchObject({ role: 'assistant', ...sentBack });
  });

  it.each([false, true])(
    'are none where nobody knows what they call, streamed: %p',
    async (stream) => {
      const nameless = { ...called, function: { name: null, arguments: '{}' } };
      const message = { content: 'Let me see.', tool_calls: [nameless] };
      service.simulator.behave(
        stream ? events(delta(message), delta({}, 'tool_calls')) : whole(message, 'tool_calls'),
      );
      const answer = await post('responses', { model, input: 'hello', tools, stream });
      if (stream) expect(lastResponse(answer.text)).toMatchObject({ status: 'failed', output: [] });
      else expect(answer.status).toBe(502);
    },
  );

  it('are asked for with nothing that their caller did not say', async () => {
    await post('responses', { model, input: 'hello', tools });
    const sent = service.simulator.calls.at(-1)?.body as object;
    expect(Object.keys(sent).sort()).toEqual(['messages', 'model', 'tool_choice', 'tools']);
    expect(JSON.stringify(sent)).not.toContain('strict');
  });
});

describe('a refusal of what the service itself added', () => {
  it.each<[string, Behaviour]>([
    [
      'in words',
      {
        status: 400,
        rawBody: JSON.stringify({
          error: {
            message: 'Unrecognized request argument supplied: stream_options',
            type: 'invalid_request_error',
            param: null,
            code: null,
          },
        }),
      },
    ],
    [
      'by its place',
      {
        status: 422,
        rawBody: JSON.stringify({
          detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra' }],
        }),
      },
    ],
    ['without a word', { status: 400, rawBody: '' }],
  ])('is taken back and asked again, %s', async (how, refusal) => {
    const own = `model-${how.replaceAll(' ', '-')}`;
    service.simulator.behave({ ...refusal, times: 1 }, { model: own });
    const { text } = await post('responses', { model: own, input: 'hello', stream: true });
    expect(lastResponse(text).status).toBe('completed');
    const [first, second] = service.simulator.calls.map(({ body }) => body as object);
    expect(first).toHaveProperty('stream_options');
    expect(second).not.toHaveProperty('stream_options');
    await post('responses', { model: own, input: 'hello', stream: true });
    expect(service.simulator.calls).toHaveLength(3);
  });
});

describe('a stream that is not what was asked for', () => {
  it('is the whole answer that came instead, everywhere', async () => {
    service.simulator.behave(whole({ role: 'assistant', content: 'Paris' }));
    const id = await caller.create();
    const chat = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(chat.text)).toMatchObject({ text: 'Paris', done: true });
    const response = await post('responses', { model, input: 'hello', stream: true });
    expect(lastResponse(response.text)).toMatchObject({ status: 'completed' });
    const messages = [{ role: 'user', content: 'hello' }];
    const { text } = await post('chat/completions', { model, messages, stream: true });
    expect(text).toContain('"delta":{"role":"assistant","content":"Paris"}');
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('is complete with fewer choices than were asked for', async () => {
    service.simulator.behave(
      events(delta({ content: 'a' }), delta({}, 'stop'), 'data: [DONE]\n\n'),
    );
    const messages = [{ role: 'user', content: 'hello' }];
    const { text } = await post('chat/completions', { model, messages, stream: true, n: 2 });
    expect(text).not.toContain('error');
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  const done = 'data: [DONE]\n\n';

  it.each<[string, (object | string)[]]>([
    ['its reason is an error', [delta({}, 'error'), done]],
    ['its reason is the system', [delta({}, 'insufficient_system_resource'), done]],
    ['an error comes after its reason', [delta({}, 'stop'), delta({}, 'error'), done]],
    ['its choice has an error', [{ choices: [{ delta: {}, error: 'No', finish_reason: 'stop' }] }]],
    ['more comes after its reason, without an end', [delta({}, 'stop'), delta({ content: '!' })]],
  ])('is not complete where %s', async (_where, ends) => {
    service.simulator.behave(events(delta({ content: 'half' }), ...ends));
    const id = await caller.create();
    const { text } = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(text)).toMatchObject({ pieces: expect.arrayContaining(['half']) as [] });
    expect(readEventStream(text).done).toBe(false);
    const messages = [{ role: 'user', content: 'hello' }];
    const relayed = await post('chat/completions', { model, messages, stream: true });
    expect(relayed.text).toContain('"error":{"message"');
    expect(relayed.text).not.toContain('[DONE]');
    service.simulator.reset();
    expect(await caller.sentences(id)).toEqual([]);
  });

  it('is complete with events of nothing and marks of byte order in it', async () => {
    const pieces = [delta({ content: 'Par' }), '\uFEFF', delta({ content: 'is' }), 'data: \n\n'];
    service.simulator.behave(events('data:\n\n', ...pieces, delta({}, 'stop'), done));
    const id = await caller.create();
    const { text } = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(text)).toMatchObject({ text: 'Paris', done: true });
  });

  it('is read whatever its coding', async () => {
    const { rawBody } = events(chunkFrame('Par'), chunkFrame('is', 'stop'), 'data: [DONE]\n\n');
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'content-encoding': 'gzip',
      });
      response.end(gzipSync(rawBody ?? ''));
    });
    const { caller: callers } = await start({ OPENAI_BASE_URL: upstream.baseUrl });
    const id = await callers.create();
    const { text } = await callers.chat(id, 'hello', streamed);
    expect(readEventStream(text)).toMatchObject({ text: 'Paris', done: true });

    await upstream.close();
  });
});

describe('a stream that takes its time', () => {
  /** Longer than the end of a finished answer is waited for. */
  const pauseMs = 1_300;

  async function withPauses(
    frames: readonly string[],
    ask: (url: string, callers: Caller) => Promise<void>,
    variables: Record<string, string> = {},
  ): Promise<void> {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (index: number): void => {
        const frame = frames[index];
        if (frame === undefined) response.end();
        else {
          response.write(frame);
          setTimeout(send, pauseMs, index + 1);
        }
      };
      send(0);
    });
    const all = { OPENAI_BASE_URL: upstream.baseUrl, ...variables };
    const { service: own, caller: callers } = await start(all);
    await ask(own.url, callers);

    await upstream.close();
  }

  const stopping = ['one ', 'two ', 'three'].map((text) => chunkFrame(text, 'stop'));

  it('is read to its end where every chunk has a reason', async () => {
    await withPauses([...stopping, 'data: [DONE]\n\n'], async (url, callers) => {
      const id = await callers.create();
      const { text } = await callers.chat(id, 'hello', streamed);
      expect(readEventStream(text)).toMatchObject({ text: 'one two three', done: true });
      expect(await callers.sentences(id)).toEqual(['hello', 'one two three']);
      const response = await post('responses', { model, input: 'hello', stream: true }, url);
      expect(lastResponse(response.text).output[0]?.content[0]?.text).toBe('one two three');
    });
  });

  it('has its usage, however late', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 22 };
    const counted = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
    await withPauses([chunkFrame('a', 'stop'), counted, 'data: [DONE]\n\n'], async (url) => {
      const { text } = await post('responses', { model, input: 'hello', stream: true }, url);
      expect(lastResponse(text).usage).toMatchObject({ input_tokens: 11, output_tokens: 22 });
    });
  });

  it('has the first-byte limit until the first word, whatever comes before it', async () => {
    const role = `data: ${JSON.stringify(delta({ role: 'assistant', content: '' }))}\n\n`;
    await withPauses(
      [role, ': PROCESSING\n\n', chunkFrame('a', 'stop'), 'data: [DONE]\n\n'],
      async (_, callers) => {
        const id = await callers.create();
        const { text } = await callers.chat(id, 'hello', streamed);
        expect(readEventStream(text)).toMatchObject({ text: 'a', done: true });
      },
      { UPSTREAM_IDLE_TIMEOUT_MS: '1000', UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '5000' },
    );
  });
});

describe('a large answer', () => {
  it('is handed on: vectors, a long event, a long text', async () => {
    const vector = 'A'.repeat(8_192);
    const data = Array.from({ length: 700 }, (_, index) => ({ index, embedding: vector }));
    service.simulator.behave({ rawBody: JSON.stringify({ object: 'list', data }) });
    const vectors = await post('embeddings', { model: 'text-embedding', input: 'hello' });
    expect([vectors.status, vectors.json.data.length]).toEqual([200, 700]);
    const url = `data:image/png;base64,${'A'.repeat(1_500_000)}`;
    const images = [{ type: 'image_url', image_url: { url } }];
    service.simulator.behave(events(delta({ images }), delta({}, 'stop'), 'data: [DONE]\n\n'));
    const messages = [{ role: 'user', content: 'hello' }];
    const { text } = await post('chat/completions', { model, messages, stream: true });
    expect(text).toContain(url);
    service.simulator.behave(whole({ content: 'x'.repeat(4_600_000) }));
    expect((await post('chat/completions', { model, messages })).status).toBe(200);
  });

  it('is refused with the name of the setting that bounds it', async () => {
    const { service: own } = await start({ UPSTREAM_MAX_ANSWER_BYTES: '1048576' });
    own.simulator.behave(whole({ content: 'x'.repeat(1_100_000) }));
    const messages = [{ role: 'user', content: 'hello' }];
    const { status, text } = await post('chat/completions', { model, messages }, own.url);
    expect([status, text]).toEqual([502, expect.stringContaining('UPSTREAM_MAX_ANSWER_BYTES')]);
  });
});
