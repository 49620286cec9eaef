import type { OpenAPIObject } from '@nestjs/swagger';
import { NonceCleanupTask } from '../../src/auth/nonce-cleanup.task.js';
import { nonceHeaders } from '../factories/nonce-headers.js';
import { countRows } from '../support/database-file.js';
import { send } from '../support/raw-request.js';
import { type TestService, startService, token } from '../support/service.js';
import { useService } from '../support/use-service.js';
import { withService } from '../support/with-service.js';

const dayMs = 86_400_000;
const normal = { AUTH_MODE: 'normal' };

const { service } = useService(normal);

/** Creates a conversation with these headers exactly. */
function create(headers: Record<string, string | string[]>, on: TestService = service) {
  return send(on.url, { path: '/chatgpt/createTurbo', headers });
}

/** The statuses of the same call, one after another. */
async function statuses(headers: Record<string, string>, times: number): Promise<number[]> {
  const seen: number[] = [];
  for (let time = 0; time < times; time += 1) seen.push((await create(headers)).status);
  return seen;
}

describe('AUTH_MODE=normal', () => {
  it("takes the original's example: sha256 of alice123 for the uuid 123", async () => {
    const worked = '4e40e8ffe0ee32fa53e139147ed559229a5930f89c2204706fc174beb36210b3';
    await withService({ ...normal, TOKEN: 'alice' }, async (alice) => {
      expect((await create({ uuid: '123', token: worked }, alice)).status).toBe(200);
    });
  });

  it('takes a TOKEN beyond ASCII as UTF-8', async () => {
    const secret = '密码-café-secret-token';
    await withService({ ...normal, TOKEN: secret }, async (alice) => {
      expect((await create(nonceHeaders('u1', secret), alice)).status).toBe(200);
    });
  });

  it('lets each uuid pass once', async () => {
    expect(await statuses(nonceHeaders(), 3)).toEqual([200, 401, 401]);
  });

  it('says only that auth failed', async () => {
    const headers = nonceHeaders();
    await create(headers);
    const answer = await create(headers);
    expect(answer.text).toBe('Auth failed');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('x-error-code')).toBe('auth.refused');
    expect((await create({})).headers.get('x-error-code')).toBe('auth.missing');
  });

  it('takes a bearer of uuid and token, split at the last dot', async () => {
    const { uuid, token: hash } = nonceHeaders('a.b..c.');
    expect(await statuses({ authorization: `Bearer ${uuid}.${hash}` }, 2)).toEqual([200, 401]);
  });

  it('a bearer and the headers use up the same uuid', async () => {
    const headers = nonceHeaders();
    await create({ authorization: `Bearer ${headers.uuid}.${headers.token}` });
    expect((await create(headers)).status).toBe(401);
  });

  it.each([
    ['an empty token', { token: '' }],
    ['an empty uuid', { uuid: '' }],
    ['both empty', { uuid: '', token: '' }],
  ])('takes a bearer beside %s', async (_title, empty) => {
    const { uuid, token: hash } = nonceHeaders();
    const headers = { authorization: `Bearer ${uuid}.${hash}`, ...empty };
    expect(await statuses(headers, 2)).toEqual([200, 401]);
  });

  it.each<[string, (pair: ReturnType<typeof nonceHeaders>) => Record<string, string>]>([
    ['an empty token', ({ uuid }) => ({ uuid, token: '' })],
    ['an empty uuid', ({ token: hash }) => ({ uuid: '', token: hash })],
  ])('puts no pair together from a bearer and %s', async (_title, half) => {
    const pair = nonceHeaders();
    const authorization = `Bearer ${pair.uuid}.${pair.token}`;
    expect((await create({ authorization, ...half(pair) })).status).toBe(401);
    expect((await create({ authorization })).status).toBe(200);
  });

  it.each([
    ['1 character', '!'],
    ['50 characters', 'u'.repeat(50)],
    ['every kind of printable character', `~"'\\/<>{}%;,.`],
  ])('takes a uuid of %s', async (_title, uuid) => {
    expect((await create(nonceHeaders(uuid))).status).toBe(200);
  });

  it.each([
    ['no character', ''],
    ['51 characters', 'u'.repeat(51)],
    ['a space inside', 'a b'],
    ['a tab inside', 'a\tb'],
    ['a byte beyond ASCII', 'caf\u00e9'],
    ['a C1 control character', 'a\u0085b'],
    ['a no-break space', 'a\u00a0b'],
  ])('refuses a uuid of %s, with the right token', async (_title, uuid) => {
    const asLatin1 = nonceHeaders(uuid).token;
    const asUtf8 = nonceHeaders(Buffer.from(uuid, 'latin1').toString('utf8')).token;
    expect((await create({ uuid, token: asLatin1 })).status).toBe(401);
    expect((await create({ uuid, token: asUtf8 })).status).toBe(401);
    expect((await create({ authorization: `Bearer ${uuid}.${asLatin1}` })).status).toBe(401);
  });

  it('a wrong token does not use up the uuid', async () => {
    const headers = nonceHeaders();
    const before = countRows(service, 'nonces');
    expect(await statuses({ ...headers, token: nonceHeaders().token }, 2)).toEqual([401, 401]);
    expect(countRows(service, 'nonces')).toBe(before);
    expect((await create(headers)).status).toBe(200);
  });

  it.each([
    ['the hash in upper case', (hash: string) => hash.toUpperCase()],
    ['the hash cut', (hash: string) => hash.slice(0, -1)],
    ['the hash and more', (hash: string) => `${hash}0`],
    ['the secret itself', () => token],
    ['nothing', () => ''],
  ])('refuses %s as token', async (_title, change) => {
    const { uuid, token: hash } = nonceHeaders('lower-case-and-1');
    expect((await create({ uuid, token: change(hash) })).status).toBe(401);
  });

  it.each([
    ['the token alone', { token: nonceHeaders('x').token }],
    ['the uuid alone', { uuid: 'x' }],
    ['a bearer without a dot', { authorization: `Bearer ${nonceHeaders('x').token}` }],
    ['a bearer that is the secret', { authorization: `Bearer ${token}` }],
    ['two uuids', { uuid: ['x', 'y'], token: nonceHeaders('x').token }],
    ['two tokens', { uuid: 'x', token: [nonceHeaders('x').token, nonceHeaders('x').token] }],
  ])('refuses %s', async (_title, headers) => {
    expect((await create(headers as Record<string, string | string[]>)).status).toBe(401);
  });

  it('lets exactly one of 50 simultaneous uses of a uuid pass', async () => {
    const headers = nonceHeaders();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(headers)));
    const passed = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 401);
    expect([passed.length, refused.length]).toEqual([1, 49]);
  });

  it('keeps no uuid in clear', async () => {
    const headers = nonceHeaders('a-uuid-that-nobody-shall-read');
    await create(headers);
    expect(service.log.text).not.toContain(headers.uuid);
    expect(service.log.text).not.toContain(headers.token);
  });

  it('refuses a used uuid after a restart on the same database', async () => {
    const headers = nonceHeaders();
    const first = await startService(normal);
    expect((await create(headers, first)).status).toBe(200);
    await first.app.close();
    await first.simulator.close();
    const second = await startService(normal, first.folder);
    try {
      expect((await create(headers, second)).status).toBe(401);
      expect((await create(nonceHeaders(), second)).status).toBe(200);
    } finally {
      await second.close();
    }
  });
});

describe('NONCE_RETENTION_DAYS', () => {
  it('is how long a used uuid is remembered', async () => {
    await withService({ ...normal, NONCE_RETENTION_DAYS: '2' }, async (alice) => {
      const cleanup = alice.app.get(NonceCleanupTask, { strict: false });
      const old = nonceHeaders();
      await create(old, alice);
      alice.clock.advance(dayMs);
      const young = nonceHeaders();
      await create(young, alice);
      expect(await cleanup.sweep()).toBe(0);
      expect((await create(old, alice)).status).toBe(401);
      alice.clock.advance(dayMs + 1_000);
      expect(await cleanup.sweep()).toBe(1);
      expect(countRows(alice, 'nonces')).toBe(1);
      expect((await create(young, alice)).status).toBe(401);
      expect((await create(old, alice)).status).toBe(200);
    });
  });

  it('0 is for ever', async () => {
    await withService({ ...normal, NONCE_RETENTION_DAYS: '0' }, async (alice) => {
      const headers = nonceHeaders();
      await create(headers, alice);
      alice.clock.advance(20 * 365 * dayMs);
      expect(await alice.app.get(NonceCleanupTask, { strict: false }).sweep()).toBe(0);
      expect((await create(headers, alice)).status).toBe(401);
    });
  });
});

it('is documented with what this mode asks for, and nothing else', async () => {
  const { components, paths, info } = (await (
    await fetch(`${service.url}/openapi.json`)
  ).json()) as OpenAPIObject;
  expect(Object.keys(components?.securitySchemes ?? {})).toEqual(['bearer', 'uuid', 'token']);
  expect(paths['/chatgpt/chat']?.post?.security).toEqual([{ token: [], uuid: [] }, { bearer: [] }]);
  expect(paths['/metrics']?.get?.security).toEqual([]);
  expect(info.description).toContain('uuid');
});
