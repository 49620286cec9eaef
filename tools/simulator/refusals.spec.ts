import type { Behaviour } from './behaviour.js';
import { ask, look } from './simulator-client.js';
import { startSimulator } from './simulator.js';
import type { Simulator } from './simulator.js';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterEach(() => {
  simulator.reset();
});

afterAll(() => simulator.close());

describe('a refusal', () => {
  it.each([
    [400, 'invalid_request_error', null],
    [401, 'invalid_request_error', 'invalid_api_key'],
    [403, 'request_forbidden', 'unsupported_country_region_territory'],
    [404, 'invalid_request_error', 'model_not_found'],
    [429, 'requests', 'rate_limit_exceeded'],
    [500, 'server_error', null],
    [503, 'server_error', null],
  ])('with %i has OpenAI’s error object', async (status, type, code) => {
    simulator.behave({ status });
    const response = await ask(simulator, { stream: true });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String) as string, type, param: null, code },
    });
  });

  it('has the fields, headers and key it is told to have', async () => {
    simulator.behave({
      status: 429,
      error: { message: 'No money', type: 'insufficient_quota', code: 'insufficient_quota' },
      headers: { 'Retry-After': '7', 'X-Request-Id': 'req_own' },
      echoKey: true,
    });
    const response = await ask(simulator, {}, { key: 'sk-secret' });
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-request-id')).toBe('req_own');
    expect(await response.json()).toEqual({
      error: {
        message: 'No money (API key: sk-secret)',
        type: 'insufficient_quota',
        param: null,
        code: 'insufficient_quota',
      },
    });
  });

  it('names the first parameter that is not supported', async () => {
    simulator.behave({ refuseParameters: ['stop', 'temperature', 'top_p'] });
    const response = await ask(simulator, { top_p: 1, temperature: 0 });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', param: 'temperature', code: 'unsupported_parameter' },
    });
    expect((await ask(simulator)).status).toBe(200);
  });

  it.each<[Behaviour, number, string]>([
    [{ rawBody: '<h1>Oops</h1>', contentType: 'text/html', status: 502 }, 502, 'text/html'],
    [{ rawBody: '{"error":{"message":"no"}}' }, 200, 'application/json'],
    [{ rawBody: '{"choices":' }, 200, 'application/json'],
    [{ rawBody: '' }, 200, 'application/json'],
  ])('may be any body: %j', async (behaviour, status, contentType) => {
    simulator.behave(behaviour);
    const response = await ask(simulator);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).toBe(behaviour.rawBody);
  });
});

describe('a refusal of the models', () => {
  it('works as for completions', async () => {
    simulator.behave({ status: 401, times: 1 });
    expect((await look(simulator, '/models')).status).toBe(401);
    expect((await look(simulator, '/models')).status).toBe(200);
  });
});
