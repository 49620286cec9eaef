import { readFileSync } from 'node:fs';
import type {
  ContentObject,
  OpenAPIObject,
  OperationObject,
  ParameterObject,
  RequestBodyObject,
  ResponseObject,
} from '@nestjs/swagger';
import type { Answer } from '../support/caller.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const adminToken = 'admin-token-of-some-length';
let mockSwaggerLoads = 0;
jest.mock('@nestjs/swagger', () => {
  mockSwaggerLoads += 1;
  return jest.requireActual<object>('@nestjs/swagger');
});

const { service, caller } = useService({
  ADMIN_TOKEN: adminToken,
  METRICS_TOKEN: 'metrics-token-of-some-length',
  KEY_ENCRYPTION_SECRET: 'an encryption secret of some length',
});
let loadsBefore: number;
let page: Answer;
let loadsWithPage: number;
let document: OpenAPIObject;

beforeAll(async () => {
  loadsBefore = mockSwaggerLoads;
  page = await caller.get('/docs');
  loadsWithPage = mockSwaggerLoads;
  document = JSON.parse((await caller.get('/openapi.json')).text) as OpenAPIObject;
});

interface Route {
  name: string;
  method: string;
  path: string;
  operation: OperationObject;
}

/** Every operation of the document. */
function routes(): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, OperationObject>).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

function routeOf(name: string): Route {
  const route = routes().find((candidate) => candidate.name === name);
  if (!route) throw new Error(`${name} is not documented`);
  return route;
}

function contentOf({ operation }: Route, status: number): ContentObject {
  return (operation.responses[status] as ResponseObject | undefined)?.content ?? {};
}

function examplesOf(content: ContentObject): unknown[] {
  return Object.values(content).flatMap(({ examples = {} }) =>
    Object.values(examples).map((example): unknown => ('value' in example ? example.value : null)),
  );
}

/** The routes that the running application really has. */
function registeredRoutes(): string[] {
  interface Layer {
    route?: { path: string; methods: Record<string, boolean> };
  }
  const express: unknown = service.app.getHttpAdapter().getInstance();
  const { router } = express as { router: { stack: Layer[] } };
  return router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replaceAll(/[:*](\w+)/g, '{$1}')}`,
        )
      : [],
  );
}

describe('GET /openapi.json', () => {
  it('loads nothing of it before it is asked for', () => {
    expect([loadsBefore, loadsWithPage, mockSwaggerLoads]).toEqual([0, 0, 1]);
  });

  it('is built once', async () => {
    const answers = await Promise.all([caller.get('/openapi.json'), caller.get('/openapi.json')]);
    for (const { status, headers, text } of answers) {
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'application/json; charset=utf-8',
      ]);
      expect(JSON.parse(text)).toEqual(document);
    }
    expect(mockSwaggerLoads).toBe(1);
  });

  it('carries the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(document.info).toMatchObject({ title: 'Alice', version });
  });

  it('has every route of the application and no other', () => {
    const registered = registeredRoutes();
    expect(registered.length).toBeGreaterThan(16);
    expect(new Set(routes().map(({ name }) => name))).toEqual(new Set(registered));
  });

  it('says of every route what it does, takes and answers', () => {
    const tags = document.tags?.map(({ name }) => name);
    for (const { name, operation } of routes()) {
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/\w/)]);
      expect(tags).toEqual(expect.arrayContaining(operation.tags ?? ['no tag']));
      for (const [status, response] of Object.entries(operation.responses)) {
        const { description, headers } = response as ResponseObject;
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/\w/)]);
        expect(headers).toHaveProperty('x-request-id');
        if (Number(status) >= 400) expect(headers).toHaveProperty('x-error-code');
      }
    }
  });

  it('asks for credentials exactly where the service does', async () => {
    expect(Object.keys(document.components?.securitySchemes ?? {}).sort()).toEqual([
      'admin',
      'bearer',
      'metrics',
      'token',
    ]);
    for (const { name, method, path, operation } of routes()) {
      const { status } = await fetch(service.url + path, { method });
      const own = /^\/(admin|metrics)\b/.exec(path)?.[1];
      const guarded = own ? [{ [own]: [] }] : [{ token: [] }, { bearer: [] }];
      expect([name, operation.security]).toEqual([name, status === 401 ? guarded : []]);
      // A share may ask for its own password.
      const mayRefuse = status === 401 || name === 'GET /chatgpt/share/{id}';
      expect([name, '401' in operation.responses]).toEqual([name, mayRefuse]);
    }
  });

  it('names the headers of each route', () => {
    const headers = routes().map(({ path, operation }) => [
      path.replace('/chatgpt/', ''),
      (operation.parameters as ParameterObject[])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name, required = false }) => (required ? `${name}!` : name)),
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      create: ['settings', 'stream'],
      chat: ['conversation', 'Idempotency-Key'],
      regenerate: ['conversation!'],
      rollback: ['conversation!'],
      context: ['conversation!'],
      contextArray: ['conversation!'],
      finish: ['conversation!', 'shares'],
      store: ['conversation!'],
    });
    const stored = routeOf('POST /chatgpt/store').operation.responses[200];
    expect(stored).toHaveProperty('headers.share');
  });

  it('says which calls take an Idempotency-Key, and what they answer to it', () => {
    const keyed = routes().filter(({ operation }) =>
      JSON.stringify(operation.parameters).includes('"Idempotency-Key"'),
    );
    expect(keyed.map(({ name }) => name).sort()).toEqual([
      'POST /chatgpt/chat',
      'POST /v1/chat/completions',
      'POST /v1/conversations',
      'POST /v1/responses',
      'POST /v1/responses/compact',
    ]);
    for (const { operation } of keyed) {
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['400', '409', '422']),
      );
      expect(operation.responses).toHaveProperty('200.headers.idempotency-replayed');
      expect(operation.responses).toHaveProperty('409.headers.Retry-After');
    }
  });

  it.each(['chat', 'regenerate', 'quickAnswer'])('shows %s as text and as a stream', (path) => {
    const content = contentOf(routeOf(`POST /chatgpt/${path}`), 200);
    expect(Object.keys(content)).toEqual(['text/plain', 'text/event-stream']);
  });

  it.each(['chat', 'regenerate', 'quickAnswer', 'summary'])(
    'has every failure of a model call in %s',
    (path) => {
      const { responses } = routeOf(`POST /chatgpt/${path}`).operation;
      expect(Object.keys(responses)).toEqual(
        expect.arrayContaining(['400', '401', '429', '502', '503', '504']),
      );
      const bodyStatuses = Object.keys(responses).filter((status) => /^41[35]$/.test(status));
      expect(bodyStatuses).toEqual(path === 'regenerate' ? [] : ['413', '415']);
      expect(responses).toHaveProperty('429.headers.Retry-After');
      expect(responses).toHaveProperty('503.headers.Retry-After');
    },
  );

  it('has the sentences of the original, and examples', () => {
    const examples = routes().flatMap((route) =>
      Object.keys(route.operation.responses).flatMap((status) =>
        examplesOf(contentOf(route, Number(status))),
      ),
    );
    expect(examples).toEqual(
      expect.arrayContaining([
        'Auth failed',
        'Server busy',
        'conversation id is nil',
        'failed to find Conversation with provided id: 4ev2Djnd',
        'Failed to find shared conversation with provided id',
        'No such setting: Poetry',
        'Question can not be empty',
        'AI is thinking',
        'Failed to rollback, dialog is empty',
        'Conversation is too long',
        'Rollback Succeeded',
        'Conversation finished',
        '保存成功',
        expect.objectContaining({
          SentenceList: expect.arrayContaining(['Why is the sky blue?']) as unknown,
        }),
      ]),
    );
  });
});

describe('the document against the service', () => {
  it('shows only request bodies that are accepted', async () => {
    const conversation = await caller.create();
    const admin = { authorization: `Bearer ${adminToken}` };
    const keys = await caller.get('/admin/keys', admin);
    const [key] = (JSON.parse(keys.text) as { data: { id: string }[] }).data;
    const bodies = routes().flatMap(({ name, method, path, operation }) => {
      const { content = {} } = (operation.requestBody ?? {}) as Partial<RequestBodyObject>;
      return Object.entries(content).flatMap(([type, media]) =>
        examplesOf({ [type]: media }).map((example) => ({ name, method, path, type, example })),
      );
    });
    const own = bodies.filter(({ path }) => !path.startsWith('/v1/'));
    expect(new Set(own.map(({ name }) => name)).size).toBe(10);
    for (const { name, method, path, type, example } of bodies) {
      // Whatever is about one thing of its own is called with the official client elsewhere.
      if (path.startsWith('/v1/') && path.includes('{')) continue;
      const response = await fetch(service.url + path.replace('{id}', key!.id), {
        method,
        headers: {
          ...(path.startsWith('/admin') ? admin : { token }),
          'content-type': type,
          ...(/chat$|store$/.test(path) ? { conversation } : {}),
        },
        body: encode(type, example),
      });
      const status = name === 'POST /admin/keys' ? 201 : 200;
      expect([name, type, response.status]).toEqual([name, type, status]);
      const answered = response.headers.get('content-type')?.split(';')[0] ?? '';
      expect(Object.keys(contentOf(routeOf(name), status))).toContain(answered);
      await response.text();
    }
  });

  it.each<[path: string, mistake: string, body: string, headers?: Record<string, string>]>([
    ['create', 'an unknown setting', '', { settings: 'Poetry' }],
    ['create', 'a stream that is neither true nor false', '', { stream: 'maybe' }],
    ['create', 'a wrong token', '', { token: 'wrong' }],
    ['create', 'another charset', '', { 'content-type': 'text/plain; charset=gbk' }],
    ['create', 'an unknown encoding', '', { 'content-encoding': 'zstd' }],
    ['create', 'a body over the limit', 'x'.repeat(1_048_577)],
    ['createTurbo', 'broken JSON', '{'],
    ['createTurbo', 'a prompt that is no string', '{"prompt":1}'],
    ['createTurbo', 'an unknown key', '{"temperature":1}'],
    ['createGPT4', 'a stream that is no boolean', '{"stream":"yes"}'],
    ['createGPT4', 'deep nesting', `{"prompt":${'['.repeat(17)}${']'.repeat(17)}}`],
    ['createRolePlay', 'no names', ''],
    ['createRolePlay', 'one name', 'human_name=A'],
    ['createRolePlay', 'equal names', 'human_name=A&ai_name=A'],
    ['createRolePlay', 'a field given twice', 'human_name=A&ai_name=B&stream=true&stream=true'],
    ['quickAnswer', 'a list', '[]'],
    ['quickAnswer', 'no question', '{}'],
    ['quickAnswer', 'examples that are no list', '{"question":"?","examples":"one"}'],
    ['quickAnswer', 'examples of odd count', '{"question":"?","examples":["one"]}'],
    ['quickAnswer', 'examples that are no strings', '{"question":"?","examples":[1,2]}'],
    ['quickAnswer', 'an unknown model', '{"question":"?","convType":"gpt5"}'],
    ['summary', 'no article', ' '],
    ['chat', 'no question', ''],
    ['chat', 'an unknown conversation', '?', { conversation: '4ev2Djnd' }],
    ['regenerate', 'no conversation', ''],
    ['rollback', 'no conversation', ''],
    ['context', 'an unknown conversation', '', { conversation: '4ev2Djnd' }],
    ['store', 'an unknown conversation', '', { conversation: '4ev2Djnd' }],
    ['store', 'text', 'title=A', { conversation: '4ev2Djnd' }],
    ['store', 'a list', '[]', { conversation: '4ev2Djnd' }],
    ['store', 'an unknown key', '{"temperature":1}', { conversation: '4ev2Djnd' }],
    ['store', 'a short password', '{"password":"1"}', { conversation: '4ev2Djnd' }],
    ['store', 'a title of lines', '{"title":"a\\nb"}', { conversation: '4ev2Djnd' }],
    ['store', 'too many days', '{"expires_in_days":366}', { conversation: '4ev2Djnd' }],
    ['store', 'the prompt', '{"show_prompt":true}', { conversation: '4ev2Djnd' }],
    ['finish', 'an odd word', '', { conversation: '4ev2Djnd', shares: 'burn' }],
    ['finish', 'an unknown conversation', '', { conversation: '4ev2Djnd' }],
  ])('knows what %s answers to %s', async (path, _mistake, body, headers = {}) => {
    const { status, headers: answered, text } = await caller.post(path, body, headers);
    const content = contentOf(routeOf(`POST /chatgpt/${path}`), status);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(`${Object.keys(content).join()}; charset=utf-8`).toBe(answered.get('content-type'));
    expect(examplesOf(content)).toContain(text);
  });

  it('shows every part that readiness tells of', async () => {
    const { text } = await caller.get('/health/ready');
    const content = contentOf(routeOf('GET /health/ready'), 200)['application/json'];
    const [shown, answered] = [content?.example, JSON.parse(text)] as { parts: object }[];
    expect(Object.keys(shown!.parts).sort()).toEqual(Object.keys(answered!.parts).sort());
  });

  it('knows what an empty conversation answers', async () => {
    const conversation = await caller.create();
    for (const path of ['rollback', 'regenerate']) {
      const { status, text } = await caller.post(path, '', { conversation });
      expect(examplesOf(contentOf(routeOf(`POST /chatgpt/${path}`), status))).toContain(text);
    }
  });
});

describe('GET /docs', () => {
  it('is a page that needs nothing from elsewhere', () => {
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('<title>Alice</title>');
    expect(page.text).not.toMatch(/https?:|<script>|"\//);
  });

  it.each(['/docs', '/docs/'])('finds its files from %s', async (path) => {
    const { text } = await caller.get(path);
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    const types = new Map<string, string | null>();
    for (const address of addresses) {
      const { status, headers } = await caller.get(new URL(address, service.url + path).pathname);
      expect([address, status]).toEqual([address, 200]);
      expect(headers.get('cache-control')).toBe('public, max-age=86400');
      types.set(address.replace(/^.*\//, ''), headers.get('content-type'));
    }
    expect(Object.fromEntries(types)).toEqual({
      'icon.svg': 'image/svg+xml',
      'swagger-ui.css': 'text/css; charset=utf-8',
      'docs.css': 'text/css; charset=utf-8',
      'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
      'docs.js': 'text/javascript; charset=utf-8',
    });
  });

  it.each([
    ['/openapi.json', 'gzip', 'gzip'],
    ['/docs/docs.js', 'gzip, deflate, br, zstd', 'br'],
    ['/docs/swagger-ui-bundle.js', 'gzip, br', 'br'],
    ['/docs/swagger-ui-bundle.js', 'gzip, br;q=0', 'gzip'],
  ])('sends %s compressed to whoever takes %s: %s', async (path, accepted, encoding) => {
    const [compressed, plain] = await Promise.all([
      fetch(service.url + path, { headers: { 'accept-encoding': accepted } }),
      fetch(service.url + path, { headers: { 'accept-encoding': 'identity' } }),
    ]);
    const encodings = [compressed, plain].map(({ headers }) => headers.get('content-encoding'));
    expect(encodings).toEqual([encoding, null]);
    expect(compressed.headers.get('vary')).toBe('Accept-Encoding');
    const lengths = [compressed, plain].map(({ headers }) => headers.get('content-length'));
    expect(Number(lengths[0])).toBeLessThan(Number(lengths[1]) / 2);
    expect(await compressed.text()).toBe(await plain.text());
  });

  it.each(['package.json', 'index.html', '..%2fpackage.json'])(
    'does not serve %s',
    async (file) => {
      const { status, headers } = await caller.get(`/docs/${file}`);
      expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
      expect(headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('explains problems where their type points', async () => {
    const { type, code } = JSON.parse((await caller.get('/nowhere')).text) as Record<
      string,
      string
    >;
    const [path, anchor] = type!.split('#');
    expect(anchor).toBe(code);
    const { status, text, headers } = await caller.get(path!);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain(`<tr id="${anchor}">`);
    const style = /<link rel="stylesheet" href="([^"]+)"/.exec(text)?.[1];
    expect((await caller.get(`/docs/${style}`)).status).toBe(200);
  });

  it('takes nothing but GET', async () => {
    for (const path of ['/docs', '/docs/docs.js', '/openapi.json']) {
      expect((await fetch(service.url + path, { method: 'POST' })).status).toBe(405);
    }
  });
});

function encode(type: string, example: unknown): string {
  switch (type) {
    case 'application/json':
      return JSON.stringify(example);
    case 'application/x-www-form-urlencoded':
      return new URLSearchParams(example as Record<string, string>).toString();
    default:
      return example as string;
  }
}
