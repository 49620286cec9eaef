import type { KeyDto } from '../../src/api/admin/dto/key.dto.js';
import { adminVariables, Operator } from '../support/admin.js';
import { useServices } from '../support/use-service.js';

const env = 'sk-environment-ENV1';

interface Added {
  added: KeyDto[];
  duplicates: { index: number; id: string }[];
}

const { service, caller, start } = useServices({ OPENAI_API_KEYS: env, ...adminVariables });
const operator = new Operator(service);

function ask() {
  return caller.post('quickAnswer', '{"question":"hello"}');
}

describe('a key as it reads', () => {
  it('has everything but its secret', async () => {
    await start();
    await ask();
    expect(await operator.list()).toEqual([
      {
        id: expect.stringMatching(/^key_\w{22}$/) as string,
        label: null,
        source: 'env',
        lastFour: 'ENV1',
        state: 'active',
        reason: null,
        until: null,
        models: [],
        lastError: null,
        calls: 1,
        failures: 0,
        inputTokens: expect.any(Number) as number,
        outputTokens: expect.any(Number) as number,
        lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      },
    ]);
    const [key] = await operator.list();
    expect(key!.inputTokens).toBeGreaterThan(0);
    expect(key!.outputTokens).toBeGreaterThan(0);
    expect(await operator.call('GET', `/${key!.id}`)).toMatchObject({ status: 200, body: key });
  });

  it('tells why it is out, of which model and until when', async () => {
    await start({ OPENAI_API_KEYS: `${env},sk-environment-ENV2` });
    service.simulator.behave({ status: 403, error: { message: 'no', code: null } }, { key: env });
    await ask();
    await ask();
    const { models, lastError, failures } = await operator.key('ENV1');
    expect(models).toEqual([
      { model: 'gpt-6-luna', state: 'suspended', until: expect.any(String) as string },
    ]);
    expect([lastError, failures]).toEqual(['403', 1]);
    service.clock.advance(3_600_000);
    expect((await operator.key('ENV1')).models).toEqual([]);
  });
});

describe('GET /admin/keys', () => {
  it('comes in pages', async () => {
    await start({ OPENAI_API_KEYS: '' });
    const secrets = Array.from({ length: 7 }, (_, index) => ({ secret: `sk-listed-000${index}` }));
    await operator.call('POST', '', { keys: secrets });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '?limit=3' : `?limit=3&cursor=${cursor}`;
      const { body }: { body: { data: KeyDto[]; nextCursor: string | null } } = await operator.call(
        'GET',
        query,
      );
      expect(body.data.length).toBeLessThanOrEqual(3);
      seen.push(...body.data.map(({ lastFour }) => lastFour));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen.sort()).toEqual(secrets.map(({ secret }) => secret.slice(-4)));
  });

  it('takes one state, source or label', async () => {
    await start();
    const key = await operator.add('sk-labelled-LAB1', 'team a');
    await operator.add('sk-labelled-LAB2', 'team b');
    await operator.call('POST', `/${key.id}/disable`);
    const shown = async (query: string) => (await operator.list(query)).map((k) => k.lastFour);
    expect(await shown('?label=team%20a')).toEqual(['LAB1']);
    expect(await shown('?source=env')).toEqual(['ENV1']);
    expect(await shown('?source=api')).toHaveLength(2);
    expect(await shown('?state=disabled')).toEqual(['LAB1']);
    expect(await shown('?state=active&source=api&label=team%20b')).toEqual(['LAB2']);
    expect(await shown('?label=nobody')).toEqual([]);
  });

  it('counts a key as active again when its pause is over', async () => {
    await start({ AUTO_REMOVE_KEYS: 'false' });
    service.simulator.behave({ status: 401, times: 1 });
    await ask();
    expect(await operator.list('?state=cooling')).toHaveLength(1);
    service.clock.advance(60_000);
    expect(await operator.list('?state=cooling')).toEqual([]);
    expect(await operator.list('?state=active')).toMatchObject([{ state: 'active', until: null }]);
  });
});

describe('GET /admin/keys/summary', () => {
  it('counts keys by state', async () => {
    await start({ OPENAI_API_KEYS: 'sk-aaaa-1111,sk-bbbb-2222,sk-cccc-3333' });
    const key = await operator.key('2222');
    await operator.call('POST', `/${key.id}/disable`);
    expect(await operator.call('GET', '/summary')).toMatchObject({
      status: 200,
      body: {
        total: 3,
        byState: { active: 2, cooling: 0, suspended: 0, exhausted: 0, invalid: 0, disabled: 1 },
      },
    });
  });
});

describe('POST /admin/keys', () => {
  it('adds keys that are used at once', async () => {
    await start({ OPENAI_API_KEYS: '' });
    expect((await ask()).status).toBe(503);
    const { status, body } = await operator.call<Added>('POST', '', {
      keys: [{ secret: 'sk-added-key-AAAA', label: 'first' }, { secret: 'sk-added-key-BBBB' }],
    });
    expect(status).toBe(201);
    expect(body.duplicates).toEqual([]);
    expect(body.added).toMatchObject([
      { label: 'first', lastFour: 'AAAA', source: 'api', state: 'active', calls: 0 },
      { label: null, lastFour: 'BBBB' },
    ]);
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    expect(service.simulator.callsWith('sk-added-key-AAAA')).toBe(1);
    expect(service.simulator.callsWith('sk-added-key-BBBB')).toBe(1);
    expect(JSON.stringify(body)).not.toContain('added-key');
  });

  it('tells of keys that are there already, in the database, the environment or the request', async () => {
    await start();
    const { id } = await operator.add('sk-added-key-AAAA', 'kept');
    const { status, body } = await operator.call<Added>('POST', '', {
      keys: [
        { secret: 'sk-added-key-AAAA', label: 'other' },
        { secret: 'sk-added-key-BBBB' },
        { secret: env },
        { secret: 'sk-added-key-BBBB' },
      ],
    });
    expect(status).toBe(201);
    expect(body.added.map(({ lastFour }) => lastFour)).toEqual(['BBBB']);
    const ofEnv = await operator.key('ENV1');
    expect(body.duplicates).toEqual([
      { index: 0, id },
      { index: 2, id: ofEnv.id },
      { index: 3, id: body.added[0]!.id },
    ]);
    expect(await operator.key('AAAA')).toMatchObject({ label: 'kept' });
    expect(await operator.list()).toHaveLength(3);
  });

  it('is refused with the reason without KEY_ENCRYPTION_SECRET', async () => {
    await start({ KEY_ENCRYPTION_SECRET: '' });
    const { status, body } = await operator.call('POST', '', { keys: [{ secret: 'sk-12345678' }] });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      detail: expect.stringContaining('KEY_ENCRYPTION_SECRET') as string,
    });
    expect(await operator.list()).toHaveLength(1);
    expect((await ask()).status).toBe(200);
  });

  it('adds a key once when it is added by many at once', async () => {
    await start({ OPENAI_API_KEYS: '' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => {
        return operator.call<Added>('POST', '', { keys: [{ secret: 'sk-added-key-AAAA' }] });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(answers.flatMap(({ body }) => body.added)).toHaveLength(1);
    expect(await operator.list()).toHaveLength(1);
  });
});

describe('PATCH /admin/keys/:id', () => {
  it('labels a key', async () => {
    await start();
    const [key] = await operator.list();
    expect(await operator.call('PATCH', `/${key!.id}`, { label: '团队 A' })).toMatchObject({
      status: 200,
      body: { id: key!.id, label: '团队 A' },
    });
    expect(await operator.call('PATCH', `/${key!.id}`, { label: null })).toMatchObject({
      body: { label: null },
    });
  });
});

describe('DELETE /admin/keys/:id', () => {
  it('deletes a stored key, which is not used again and can be added again', async () => {
    await start();
    const secret = 'sk-added-key-AAAA';
    const { id } = await operator.add(secret);
    expect(await operator.call('DELETE', `/${id}`)).toMatchObject({ status: 204, body: null });
    for (let call = 0; call < 3; call += 1) await ask();
    expect(service.simulator.callsWith(secret)).toBe(0);
    expect(await operator.list()).toHaveLength(1);
    expect((await operator.call('GET', `/${id}`)).status).toBe(404);
    const again = await operator.add(secret);
    expect(again.id).not.toBe(id);
    for (let call = 0; call < 2; call += 1) await ask();
    expect(service.simulator.callsWith(secret)).toBe(1);
  });

  it('does not delete a key of the environment, and says where it is', async () => {
    await start();
    const [key] = await operator.list();
    const { status, body } = await operator.call('DELETE', `/${key!.id}`);
    expect(status).toBe(409);
    expect(body).toMatchObject({ detail: expect.stringContaining('OPENAI_API_KEYS') as string });
    expect(await operator.list()).toHaveLength(1);
  });

  it('lets a call that has the key run on', async () => {
    await start({ OPENAI_API_KEYS: '' });
    const { id } = await operator.add('sk-added-key-AAAA');
    service.simulator.behave({ holdBeforeAnswer: true });
    const answer = ask();
    await service.simulator.waitForCalls(1);
    await operator.call('DELETE', `/${id}`);
    service.simulator.release();
    expect(await answer).toMatchObject({ status: 200 });
  });
});

describe('POST /admin/keys/:id/disable and enable', () => {
  it('take a key out and bring it back, whatever it is in', async () => {
    await start({ OPENAI_API_KEYS: `${env},sk-environment-ENV2` });
    const key = await operator.key('ENV1');
    expect(await operator.call('POST', `/${key.id}/disable`)).toMatchObject({
      status: 200,
      body: { id: key.id, state: 'disabled', reason: 'operator', until: null },
    });
    for (let call = 0; call < 4; call += 1) await ask();
    expect(service.simulator.callsWith(env)).toBe(0);
    expect(await operator.call('POST', `/${key.id}/enable`)).toMatchObject({
      status: 200,
      body: { state: 'active', reason: null },
    });
    for (let call = 0; call < 4; call += 1) await ask();
    expect(service.simulator.callsWith(env)).toBe(2);
  });

  it('are stronger than what a running call finds out', async () => {
    await start({ OPENAI_API_KEYS: `${env},sk-environment-ENV2` });
    const key = await operator.key('ENV1');
    service.simulator.behave({ status: 401, holdBeforeAnswer: true }, { key: env });
    const answers = [ask(), ask()];
    await service.simulator.waitForCalls(2);
    await operator.call('POST', `/${key.id}/disable`);
    service.simulator.release();
    await Promise.all(answers);
    expect(await operator.states()).toEqual({ ENV1: 'disabled', ENV2: 'active' });
  });
});

describe('POST /admin/keys/:id/probe', () => {
  it('asks for the models, and brings an exhausted key back', async () => {
    await start({ OPENAI_API_KEYS: `${env},sk-environment-ENV2` });
    const error = { message: 'no', type: 'insufficient_quota', code: 'insufficient_quota' };
    service.simulator.behave({ status: 429, error, times: 1 }, { key: env });
    await ask();
    const key = await operator.key('ENV1');
    expect(key).toMatchObject({ state: 'exhausted', lastError: '429 insufficient_quota' });
    const before = service.simulator.totalCalls;
    expect(await operator.call('POST', `/${key.id}/probe`)).toMatchObject({
      status: 200,
      body: { state: 'active', probe: { outcome: 'served', error: null } },
    });
    const probes = service.simulator.calls.slice(before);
    expect(probes.map((call) => [call.path, call.key])).toEqual([['/v1/models', env]]);
  });

  it('finds out that a key is invalid', async () => {
    await start({ OPENAI_API_KEYS: `${env},sk-environment-ENV2` });
    service.simulator.behave({ status: 401 }, { key: env });
    const key = await operator.key('ENV1');
    expect(await operator.call('POST', `/${key.id}/probe`)).toMatchObject({
      body: {
        state: 'invalid',
        reason: 'rejected',
        lastError: '401 invalid_api_key',
        probe: { outcome: 'rejected', error: '401 invalid_api_key' },
      },
    });
  });

  it('says that the model service could not be asked, and leaves the key as it was', async () => {
    await start();
    service.simulator.behave({ status: 503 });
    const [key] = await operator.list();
    expect(await operator.call('POST', `/${key!.id}/probe`)).toMatchObject({
      body: {
        state: 'active',
        probe: { outcome: 'fault', error: expect.stringMatching(/^503/) as string },
      },
    });
  });

  it('leaves a disabled key disabled', async () => {
    await start();
    const [key] = await operator.list();
    await operator.call('POST', `/${key!.id}/disable`);
    expect(await operator.call('POST', `/${key!.id}/probe`)).toMatchObject({
      body: { state: 'disabled' },
    });
  });
});
