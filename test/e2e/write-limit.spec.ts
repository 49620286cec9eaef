import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { CallsModel } from '../../src/platform/lifecycle/calls-model.decorator.js';
import { Writes } from '../../src/rate-limit/writes.decorator.js';
import { Caller } from '../support/caller.js';
import { scrape } from '../support/scrape.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const minuteMs = 60_000;

const { service, caller } = useService({ WRITE_LIMIT_PER_MINUTE: '3' });
afterEach(() => {
  service.clock.advance(minuteMs);
});

/** A call of /v1. @returns its status, and the error's code if it has one */
async function call(method: string, path: string, body?: object): Promise<[number, string?]> {
  const answer = await fetch(`${service.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const { error } = (await answer.json()) as { error?: { code: string } };
  return error ? [answer.status, error.code] : [answer.status];
}

/** Marks of every route that changes something, by method and path. */
function marks(): Map<string, string> {
  const discovery = new DiscoveryService(service.app.get(ModulesContainer));
  const found = new Map<string, string>();
  for (const { instance } of discovery.getControllers()) {
    const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
    const base = String(Reflect.getMetadata(PATH_METADATA, prototype['constructor']!));
    for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
      const handler = prototype[name]!;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined || method === RequestMethod.GET) continue;
      const path = String(Reflect.getMetadata(PATH_METADATA, handler));
      const isCall = Boolean(Reflect.getMetadata(CallsModel.KEY, handler));
      const isWrite = Boolean(Reflect.getMetadata(Writes.KEY, handler));
      const mark = [...(isCall ? ['call'] : []), ...(isWrite ? ['write'] : [])].join();
      found.set(`${RequestMethod[method]} ${base}/${path}`.replace(/\/+$/, ''), mark);
    }
  }
  return found;
}

describe('WRITE_LIMIT_PER_MINUTE', () => {
  it('counts every route that changes something and asks no model, and no other', () => {
    const unmarked = [...marks()].flatMap(([route, mark]) => (mark === '' ? [route] : []));
    expect(unmarked.filter((route) => !route.includes(' admin/')).sort()).toEqual([
      'POST chatgpt/context',
      'POST chatgpt/contextArray',
      'POST chatgpt/share/:id',
      'POST v1/responses/input_tokens',
    ]);
    expect([...marks().values()].filter((mark) => mark === 'call,write')).toEqual([]);
    expect([...marks().values()].filter((mark) => mark === 'write').length).toBeGreaterThan(14);
  });

  it('is one counter for both APIs, apart from that of model calls', async () => {
    const conversation = await caller.create();
    expect((await caller.post('store', '', { conversation })).status).toBe(200);
    expect(await call('POST', 'conversations', {})).toEqual([200]);
    for (const path of ['create', 'createTurbo', 'createGPT4', 'store', 'rollback', 'finish']) {
      const answer = await caller.post(path, '', { conversation });
      expect(answer).toMatchObject({ status: 429, text: 'Server busy' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (const [method, path, body] of [
      ['POST', 'conversations', {}],
      ['POST', `conversations/${conversation}`, { metadata: {} }],
      ['POST', `conversations/${conversation}/items`, { items: [] }],
      ['DELETE', `conversations/${conversation}/items/msg_1`],
      ['POST', `conversations/${conversation}/fork`, {}],
      ['POST', `conversations/${conversation}/rollback`],
      ['DELETE', `conversations/${conversation}`],
      ['POST', 'responses/resp_1/cancel'],
      ['DELETE', 'responses/resp_1'],
    ] as const) {
      expect(await call(method, path, body)).toEqual([429, 'rate_limit_exceeded']);
    }
    expect((await caller.chat(conversation, 'Q')).status).toBe(200);
    expect(await caller.sentences(conversation)).toEqual(['Q', 'You said: Q']);
    expect((await caller.get('/health/live')).status).toBe(200);
    const seen = await scrape(service.url);
    expect(seen.value('alice_limit_refusals_total{limit="writes"}')).toBe(15);
    expect(seen.value('alice_limit_refusals_total{limit="rate"}')).toBe(0);
    service.clock.advance(minuteMs);
    expect((await caller.post('finish', '', { conversation })).status).toBe(200);
  });

  it('does not count calls that are refused before: who is not let in costs nobody a write', async () => {
    const stranger = new Caller(service.url, { token: 'wrong' });
    for (let knock = 0; knock < 5; knock += 1) {
      expect((await stranger.post('createTurbo')).status).toBe(401);
    }
    for (let write = 0; write < 3; write += 1) await caller.create();
    expect((await caller.post('createTurbo')).status).toBe(429);
  });
});
