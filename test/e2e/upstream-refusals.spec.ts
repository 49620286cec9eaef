import {
  conversationWithOneTurn,
  expectUntouched,
  oneTurn,
} from '../support/conversation-check.js';
import { startRawUpstream } from '../support/raw-upstream.js';
import { withService } from '../support/with-service.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const { service, caller } = useService({ OPENAI_API_KEYS: 'sk-one,sk-two' });
let id: string;

beforeEach(async () => {
  id = await conversationWithOneTurn(service, caller);
});
afterEach(() => {
  service.simulator.reset();
});

describe('a fault of the caller that the upstream reports', () => {
  it.each([400, 413, 422])('is a 400 with its reason and no second attempt: %d', async (status) => {
    service.simulator.behave({ status, error: { message: 'The picture is not a picture.' } });
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('The picture is not a picture.');
    expect(service.simulator.totalCalls).toBe(1);
    await expectUntouched(service, caller, id);
  });

  it.each([400, 413, 422])(
    'has its status also when a stream was asked for: %d',
    async (status) => {
      service.simulator.behave({ status, error: { message: 'Too many words.' } });
      const answer = await caller.chat(id, 'hello', streamed);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('Too many words.');
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(service.simulator.totalCalls).toBe(1);
      await expectUntouched(service, caller, id);
    },
  );

  it.each([400, 413, 422])('costs no key its place: %d', async (status) => {
    service.simulator.behave({ status });
    const ask = () => caller.post('quickAnswer', '{"question":"hello"}');
    for (let call = 0; call < 4; call += 1) await ask();
    service.simulator.reset();
    for (let call = 0; call < 4; call += 1) await ask();
    expect(service.simulator.callsWith('sk-one')).toBe(2);
    expect(service.simulator.callsWith('sk-two')).toBe(2);
  });

  it('is a 400 with the beginning of what was said where that has no end', async () => {
    const endless = await startRawUpstream((response) => {
      response.writeHead(422);
      const more = (): void => {
        if (!response.destroyed && response.write('No. '.repeat(16_384))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    await withService({ OPENAI_BASE_URL: endless.baseUrl }, async (_service, other) => {
      const answer = await other.post('quickAnswer', '{"question":"hello"}');
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('No. No. ');
      expect(answer.text.length).toBeLessThan(10_000);
      expect(endless.calls()).toBe(1);
    });
    await endless.close();
  });

  it.each([
    ['HTML', { rawBody: '<html>Bad Request</html>', contentType: 'text/html' }],
    ['nothing', { rawBody: '' }],
    ['JSON of another shape', { rawBody: '{"detail":[{"loc":["body"],"msg":"wrong"}]}' }],
  ])('is a 400 with a sentence when its body is %s', async (_, body) => {
    service.simulator.behave({ status: 400, ...body });
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/\w+ \w+/);
    await expectUntouched(service, caller, id);
  });

  it('is told whole when it has several lines', async () => {
    service.simulator.behave({ status: 400, error: { message: 'wrong:\nhere\nand there' } });
    const { status, text } = await caller.chat(id, 'hello');
    expect(status).toBe(400);
    expect(text).toContain('and there');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 307, 308])('is not followed: %d', async (status) => {
    const elsewhere = await startRawUpstream((response) => response.end('{}'));
    service.simulator.behave({
      status,
      headers: { location: `${elsewhere.baseUrl}/chat/completions` },
    });
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(502);
    expect(elsewhere.calls()).toBe(0);
    expect(answer.headers.get('location')).toBeNull();
    await elsewhere.close();
    await expectUntouched(service, caller, id);
  });
});

describe('a failed turn', () => {
  it('starts from the committed history when it is asked again', async () => {
    service.simulator.behave({ status: 400, times: 1 });
    await caller.chat(id, 'hello');
    await caller.chat(id, 'hello again');
    const { messages } = service.simulator.calls[1]!.body as {
      messages: { role: string; content: string }[];
    };
    expect(messages.filter(({ role }) => role !== 'system').map(({ content }) => content)).toEqual([
      ...oneTurn,
      'hello again',
    ]);
  });
});
