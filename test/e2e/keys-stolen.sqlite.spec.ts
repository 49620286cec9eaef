import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyStoreService } from '../../src/keys/key-store.service.js';
import { adminVariables, encryptionSecret, Operator } from '../support/admin.js';
import { useServices } from '../support/use-service.js';

const secrets = [
  'sk-environment-ENV1',
  'sk-environment-ENV2',
  'sk-stored-by-api-API1',
  'sk-deleted-again-DEL1',
] as const;

const { service, caller, start } = useServices();

describe('a stolen database', () => {
  it('has no secret in its bytes, nor has any file beside it', async () => {
    await start({
      OPENAI_API_KEYS: `${secrets[0]},${secrets[1]}`,
      ...adminVariables,
    });
    const operator = new Operator(service);
    await operator.add(secrets[2]);
    const { id } = await operator.add(secrets[3]);
    await operator.call('DELETE', `/${id}`);
    service.simulator.behave({ status: 401, echoKey: true }, { key: secrets[0] });
    for (let call = 0; call < 5; call += 1) await caller.post('quickAnswer', '{"question":"hi"}');
    await service.app.get(KeyStoreService).flush();

    const files = readdirSync(service.folder);
    expect(files).toEqual(expect.arrayContaining(['alice.db', 'alice.db-wal']));
    for (const file of files) {
      const bytes = readFileSync(join(service.folder, file));
      // Of a key only its last four characters are stored.
      for (const secret of [...secrets.map((key) => key.slice(0, -4)), encryptionSecret]) {
        expect([file, secret, bytes.includes(secret)]).toEqual([file, secret, false]);
      }
    }
  });
});
