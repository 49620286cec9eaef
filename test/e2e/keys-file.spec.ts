import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Caller } from '../support/caller.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;

afterEach(async () => {
  service.simulator.reset();
  await service.close();
});

/** Starts with this key file and tells which keys six calls use. */
async function keysOf(
  file: string | Buffer | null,
  variables: Record<string, string> = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
  if (file !== null) writeFileSync(join(folder, 'key.txt'), file);
  service = await startService({ OPENAI_API_KEYS: '', ...variables }, folder);
  const caller = new Caller(service.url);
  for (let call = 0; call < 6; call += 1) await caller.post('quickAnswer', '{"question":"hello"}');
  return [...new Set(service.simulator.calls.map(({ key }) => key))].sort();
}

describe('KEY_FILE', () => {
  it.each<[string, string]>([
    ['one key a line', 'sk-1\nsk-2\nsk-3\n'],
    ['no line feed at the end', 'sk-1\nsk-2\nsk-3'],
    ['CRLF', 'sk-1\r\nsk-2\r\nsk-3\r\n'],
    ['blank lines', '\n\nsk-1\n\n\nsk-2\n   \nsk-3\n\n'],
    ['spaces and tabs around keys', '  sk-1\t\nsk-2   \n\tsk-3 \r\n'],
    ['a byte-order mark', '\uFEFFsk-1\nsk-2\nsk-3\n'],
    ['a key that is there twice', 'sk-1\nsk-2\nsk-1\nsk-3\n'],
  ])('is read with %s', async (_, text) => {
    expect(await keysOf(text)).toEqual(['sk-1', 'sk-2', 'sk-3']);
  });

  it.each<[string, string | null]>([
    ['is missing', null],
    ['is empty', ''],
    ['has nothing but blank lines', '\r\n  \n\n'],
    ['has nothing but a byte-order mark', '\uFEFF'],
  ])('leaves the service without keys, but up, when it %s', async (_, text) => {
    expect(await keysOf(text)).toEqual([]);
    const answer = await new Caller(service.url).post('quickAnswer', '{"question":"hello"}');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('key.txt');
  });

  it('adds to the keys of the environment', async () => {
    expect(await keysOf('sk-2\nsk-1\n', { OPENAI_API_KEYS: 'sk-1,sk-3' })).toEqual([
      'sk-1',
      'sk-2',
      'sk-3',
    ]);
  });

  it('may be a folder by mistake: the service is up and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
    mkdirSync(join(folder, 'key.txt'));
    service = await startService({}, folder);
    expect(service.log.text).toContain('key.txt');
    expect(await new Caller(service.url).post('quickAnswer', '{"question":"hello"}')).toMatchObject(
      { status: 200 },
    );
  });

  it('that is no text harms no call', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 255, 254, 10]), Buffer.from('sk-1\n')]);
    expect(await keysOf(bytes)).toEqual(['sk-1']);
  });
});
