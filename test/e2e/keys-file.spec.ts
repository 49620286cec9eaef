import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminVariables, Operator } from '../support/admin.js';
import { useServices } from '../support/use-service.js';
import { until } from '../support/until.js';

const { service, caller, start } = useServices();

/** Starts with this key file and tells which keys six calls use. */
async function keysOf(
  file: string | Buffer | null,
  variables: Record<string, string> = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
  if (file !== null) writeFileSync(join(folder, 'key.txt'), file);
  await start({ OPENAI_API_KEYS: '', ...variables }, folder);
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
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
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
    await start({}, folder);
    expect(service.log.text).toContain('key.txt');
    expect(await caller.post('quickAnswer', '{"question":"hello"}')).toMatchObject({ status: 200 });
  });

  it('that is no text harms no call', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 255, 254, 10]), Buffer.from('sk-1\n')]);
    expect(await keysOf(bytes)).toEqual(['sk-1']);
  });
});

describe('KEY_FILE that changes while the service runs', () => {
  let path: string;
  let operator: Operator;

  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
    path = join(folder, 'key.txt');
    writeFileSync(path, 'sk-file-one-F001\nsk-file-two-F002\n');
    await start({ OPENAI_API_KEYS: 'sk-env-E001', ...adminVariables }, folder);
    operator = new Operator(service);
  });

  function shows(...lastFours: string[]): Promise<void> {
    return until(`the keys are ${lastFours.join()}`, async () => {
      return (
        Object.keys(await operator.states())
          .sort()
          .join() === lastFours.join()
      );
    });
  }

  it('is applied: keys come and go, and those that stay keep their state', async () => {
    const { id } = await operator.key('F002');
    await operator.call('POST', `/${id}/disable`);
    writeFileSync(path, 'sk-file-two-F002\nsk-file-three-F003\n');
    await shows('E001', 'F002', 'F003');
    expect(await operator.key('F002')).toMatchObject({ id, state: 'disabled', source: 'file' });
    for (let call = 0; call < 6; call += 1) await caller.post('quickAnswer', '{"question":"hi"}');
    expect(new Set(service.simulator.calls.map(({ key }) => key))).toEqual(
      new Set(['sk-env-E001', 'sk-file-three-F003']),
    );
  });

  it('changes nothing when it vanished, and says so', async () => {
    rmSync(path);
    await until('it is said', () => service.log.text.includes('is gone or empty'));
    await shows('E001', 'F001', 'F002');
  });

  it('changes nothing with a line that is no key, and says so', async () => {
    writeFileSync(path, 'sk-file-one-F001\nsk file two\n');
    await until('it is said', () => service.log.text.includes('not 8 to 256 printable'));
    await shows('E001', 'F001', 'F002');
  });

  it('does not take a key away that the environment has too', async () => {
    writeFileSync(path, 'sk-file-one-F001\nsk-env-E001\n');
    await shows('E001', 'F001');
    writeFileSync(path, 'sk-file-one-F001\nsk-file-four-F004\n');
    await shows('E001', 'F001', 'F004');
    expect(await operator.key('E001')).toMatchObject({ source: 'env' });
  });
});
