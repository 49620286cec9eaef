import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = dirname(expect.getState().testPath ?? '');

interface Running {
  child: ChildProcess;
  baseUrl: string;
}

async function startProcess(...options: string[]): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(folder, 'main.ts'), '--port', '0', ...options],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const line = String(await once(createInterface(child.stdout), 'line'));
  const baseUrl = /^simulator listening on (http:\/\/127\.0\.0\.1:\d+\/v1)$/.exec(line)?.[1];
  if (baseUrl === undefined) throw new Error(`Unexpected first line: ${line}`);
  return { child, baseUrl };
}

describe('the simulator as a process', () => {
  let running: Running;

  beforeAll(async () => {
    running = await startProcess();
  });

  afterAll(() => running.child.kill('SIGKILL'));

  const post = (path: string, body: unknown = {}): Promise<Response> =>
    fetch(new URL(path, running.baseUrl), {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test' },
      body: JSON.stringify(body),
    });
  const chat = (): Promise<Response> =>
    post('/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
  const listCalls = async (): Promise<unknown> =>
    (await fetch(new URL('/simulator/calls', running.baseUrl))).json();

  it('is controlled over HTTP', async () => {
    const rule = { behaviour: { status: 429, times: 1 }, on: { key: 'sk-test' } };
    expect((await post('/simulator/behave', rule)).status).toBe(204);
    expect((await chat()).status).toBe(429);
    expect((await chat()).status).toBe(200);
    expect(await listCalls()).toMatchObject({
      total: 2,
      running: 0,
      calls: [{ outcome: 'refused', body: { model: 'm' } }, { outcome: 'answered' }],
    });
    expect((await post('/simulator/reset')).status).toBe(204);
    expect(await listCalls()).toEqual({ total: 0, running: 0, calls: [] });
  });

  it('lets held calls go on at release', async () => {
    await post('/simulator/behave', { behaviour: { answer: ['a', 'b'], holdAfterPieces: 1 } });
    const messages = [{ role: 'user', content: 'Hello' }];
    const held = await post('/v1/chat/completions', { model: 'm', stream: true, messages });
    expect((await post('/simulator/release')).status).toBe(204);
    expect(await held.text()).toContain('[DONE]');
  });

  it.each([
    [{ behaviour: { statuss: 1 } }, 'behaviour.statuss'],
    [{ behaviour: { status: '429' } }, 'behaviour.status'],
    [{ behaviour: { error: { message: 'x', typ: 'y' } } }, 'behaviour.error'],
    [{ behaviour: {}, on: { host: 'x' } }, 'on.host'],
    [{}, 'behaviour must be an object'],
  ])('refuses the rule %j', async (rule, reason) => {
    const response = await post('/simulator/behave', rule);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(reason);
  });

  it('is told over HTTP what it is', async () => {
    const ask = { model: 'm', input: 'Hello' };
    expect((await post('/v1/responses', ask)).status).toBe(200);
    expect((await post('/simulator/configure', { strictness: 'strict' })).status).toBe(204);
    expect((await post('/v1/responses', ask)).status).toBe(400);
    const step = { pauseMs: -1 };
    for (const [path, bad, reason] of [
      ['configure', { strictness: 'mild' }, 'profile.strictness'],
      ['behave', { behaviour: { output: [step] } }, 'behaviour.output'],
      ['behave', { behaviour: { failure: 'no_such' } }, 'behaviour.failure'],
    ] as const) {
      const refused = await post(`/simulator/${path}`, bad);
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining(reason),
      ]);
    }
    const output = [{ type: 'message', content: 'Hi' }, { event: { type: 'x' } }, { pauseMs: 0 }];
    expect((await post('/simulator/behave', { behaviour: { output } })).status).toBe(204);
    expect((await post('/simulator/reset')).status).toBe(204);
    expect((await post('/v1/responses', ask)).status).toBe(200);
  });

  it('knows no other control', async () => {
    expect((await post('/simulator/explode')).status).toBe(404);
  });

  it('exits on SIGTERM, whatever still runs', async () => {
    await post('/simulator/behave', { behaviour: { neverAnswer: true } });
    const silent = chat().catch(() => 'broken off');
    const exit = once(running.child, 'exit');
    running.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(await silent).toBe('broken off');
  });
});

describe('the simulator as a slow process', () => {
  it('lets whoever reads a stream leave between two pieces', async () => {
    const { child, baseUrl } = await startProcess('--piece-delay-ms', '60000');
    try {
      const leaving = new AbortController();
      const stream = await fetch(new URL('/v1/chat/completions', baseUrl), {
        method: 'POST',
        headers: { authorization: 'Bearer sk-test' },
        body: JSON.stringify({
          model: 'm',
          stream: true,
          messages: [{ role: 'user', content: 'Hello' }],
        }),
        signal: leaving.signal,
      });
      let text = '';
      for await (const piece of stream.body!.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (text.includes('You')) break;
      }
      expect(text).not.toContain('Hello');
      const calls = await (await fetch(new URL('/simulator/calls', baseUrl))).json();
      expect(calls).toMatchObject({ total: 1 });
      leaving.abort();
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each(['-1', 'soon', '60001'])('does not start with %s', async (delay) => {
    const started = spawn(
      process.execPath,
      ['--import', 'tsx', join(folder, 'main.ts'), `--piece-delay-ms=${delay}`],
      { cwd: folder, stdio: ['ignore', 'inherit', 'pipe'] },
    );
    const said = String(await once(createInterface(started.stderr), 'line'));
    expect(said.trim()).toBe('--piece-delay-ms: 0 to 60000');
    if (started.exitCode === null) await once(started, 'exit');
    expect(started.exitCode).toBe(1);
  });
});
