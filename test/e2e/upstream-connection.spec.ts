import { conversationWithOneTurn, expectUntouched } from '../support/conversation-check.js';
import { chunkFrame, startRawUpstream, unusedPort } from '../support/raw-upstream.js';
import { useServices } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };

const { service, caller, start } = useServices();

describe('an upstream that does not listen', () => {
  it.each([{}, streamed])(
    'is a 502, and the conversation is unchanged and free (%j)',
    async (headers) => {
      await start({ OPENAI_BASE_URL: `http://127.0.0.1:${await unusedPort()}/v1` });
      const id = await caller.create();
      const first = await caller.chat(id, 'hello', headers);
      expect(first.status).toBe(502);
      expect(first.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(first.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
      expect(await caller.sentences(id)).toEqual([]);
      // Free: the second attempt is not refused with 409.
      expect(await caller.chat(id, 'hello', headers)).toMatchObject({ status: 502 });
    },
  );

  it('is a 502 when it is the proxy that does not listen', async () => {
    await start({ PROXY_URL: `http://127.0.0.1:${await unusedPort()}` });
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 502 });
    expect(await caller.sentences(id)).toEqual([]);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('is a 502 when its name is unknown', async () => {
    await start({ OPENAI_BASE_URL: 'http://no-such-host.invalid/v1' });
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 502 });
    expect(await caller.sentences(id)).toEqual([]);
  });
});

describe('connections to the upstream', () => {
  it('are kept and used again', async () => {
    await start();
    const id = await caller.create();
    for (let turn = 0; turn < 10; turn += 1) await caller.chat(id, 'hello');
    for (let turn = 0; turn < 10; turn += 1) await caller.chat(id, 'hello', streamed);
    expect(service.simulator.totalCalls).toBe(20);
    expect(service.simulator.openConnections()).toBeLessThanOrEqual(2);
  });

  it('serve the next call when the upstream has closed them meanwhile', async () => {
    await start();
    const id = await conversationWithOneTurn(service, caller);
    service.simulator.behave({ resetConnection: true, times: 1 });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
  });

  it('carry many calls at once', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true });
    const answers = Array.from({ length: 200 }, () => {
      return caller.post('quickAnswer', '{"question":"hello"}');
    });
    await service.simulator.waitForCalls(200);
    service.simulator.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(
      answers.map(() => 200),
    );
  });

  it('send nothing of the caller but what was asked', async () => {
    await start();
    await caller.post('quickAnswer', '{"question":"hello"}', {
      'x-caller': 'secret-of-the-caller',
      'openai-organization': 'org-of-the-caller',
    });
    const [call] = service.simulator.calls;
    expect(JSON.stringify(call!.headers)).not.toContain('of-the-caller');
    expect(Object.keys(call!.headers).filter((name) => name.startsWith('x-stainless'))).toEqual([]);
  });
});

describe('a server that only half follows the API', () => {
  it('is understood when its chunks have no more than deltas', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chunkFrame('bare ') + chunkFrame('answer') + chunkFrame('', 'stop'));
    });
    await start({ OPENAI_BASE_URL: upstream.baseUrl });
    const id = await caller.create();
    await caller.chat(id, 'hello', streamed);
    expect(await caller.sentences(id)).toEqual(['hello', 'bare answer']);
    await upstream.close();
  });

  it('fails a call, not the service, when it does not speak HTTP', async () => {
    const upstream = await startRawUpstream((response) => {
      response.socket?.end('this is no HTTP\r\n\r\n');
    });
    await start({ OPENAI_BASE_URL: upstream.baseUrl });
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 502 });
    await upstream.close();
    expect(await caller.get('/health/live')).toMatchObject({ status: 200 });
  });

  it('leaves the conversation free when it fails in a new way each time', async () => {
    await start();
    const id = await conversationWithOneTurn(service, caller);
    for (const fault of [{ status: 418 }, { status: 599 }, { status: 451 }, { status: 409 }]) {
      service.simulator.behave(fault);
      expect(await caller.chat(id, 'hello')).toMatchObject({ status: 502 });
    }
    await expectUntouched(service, caller, id);
  });
});
