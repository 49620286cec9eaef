import * as zlib from 'node:zlib';
import { send } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const { brotliCompressSync, deflateSync, gzipSync } = zlib;
/** Of Node 22.15 and later. */
const { zstdCompressSync: zstd = null } = zlib as { zstdCompressSync?: typeof gzipSync };
const encodings: [name: string, compress: (text: string) => Buffer][] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ...(zstd ? [['zstd', zstd] as [string, typeof gzipSync]] : []),
];

const { service, caller } = useService({ MAX_BODY_BYTES: '1000', SHARE_PROMPT: 'true' });

/** Would become something else if it were read as a form, as JSON or as latin1. */
const tricky = ' 100% a+b=c&d=%41 {"x":1} 睡觉吗？\t\u{1f600}\n';

/** Asks in a new conversation, with these headers and bytes exactly. */
async function ask(headers: Record<string, string>, body: string | Uint8Array) {
  const id = await caller.create();
  const answer = await send(service.url, {
    path: '/chatgpt/chat',
    headers: { token, conversation: id, ...headers },
    body,
  });
  return { ...answer, sentences: (await caller.sentences(id)) as string[] };
}

const contentTypes: [title: string, headers: Record<string, string>][] = [
  ['none', {}],
  ['text/plain', { 'content-type': 'text/plain' }],
  ['text/plain; charset=utf-8', { 'content-type': 'text/plain; charset=utf-8' }],
  ['text/plain;charset="UTF-8"', { 'content-type': 'text/plain;charset="UTF-8"' }],
  ["curl -d's", { 'content-type': 'application/x-www-form-urlencoded' }],
  ["axios's", { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }],
  ['application/json', { 'content-type': 'application/json' }],
  ['application/octet-stream', { 'content-type': 'application/octet-stream' }],
  ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['garbage', { 'content-type': ';;/%%, what' }],
  ['an empty one', { 'content-type': '' }],
];

describe('a body of parts', () => {
  const contentType = 'multipart/form-data; boundary="-- x"';
  const body =
    '---- x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nhello\r\n---- x--\r\n';

  it.each(['chat', 'create', 'createRolePlay', 'summary', 'quickAnswer'])(
    'is refused by %s, with a sentence',
    async (path) => {
      const id = await caller.create();
      const answer = await send(service.url, {
        path: `/chatgpt/${path}`,
        headers: { token, conversation: id, 'content-type': contentType },
        body,
      });
      expect(answer).toMatchObject({
        status: 415,
        text: expect.stringMatching(/^Multipart bodies are not taken: send the text/) as string,
      });
      expect(answer.headers.get('x-error-code')).toBe('request.multipart');
      expect(service.simulator.totalCalls).toBe(0);
    },
  );

  it('is refused at /v1 too', async () => {
    const { status, text } = await send(service.url, {
      path: '/v1/responses',
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      body,
    });
    expect([status, JSON.parse(text)]).toMatchObject([415, { error: { code: 'multipart' } }]);
  });
});

describe.each(contentTypes)('a text body with Content-Type: %s', (_title, headers) => {
  it('is the question, verbatim', async () => {
    const { status, sentences } = await ask(headers, tricky);
    expect(status).toBe(200);
    expect(sentences[0]).toBe(tricky);
    expect(service.simulator.calls[0]?.body['messages']).toContainEqual({
      role: 'user',
      content: tricky,
    });
  });

  it.each(['create', 'createTurbo', 'createGPT4'])(
    'is the prompt of %s, verbatim',
    async (path) => {
      const { text: id } = await send(service.url, {
        path: `/chatgpt/${path}`,
        headers: { token, ...headers },
        body: tricky,
      });
      await caller.post('store', '', { conversation: id });
      const share = await caller.get(`/chatgpt/share/${id}`);
      expect(JSON.parse(share.text)).toMatchObject({ Prompt: tricky });
    },
  );

  it('is the article of a summary', async () => {
    await send(service.url, {
      path: '/chatgpt/summary',
      headers: { token, ...headers },
      body: tricky,
    });
    expect(service.simulator.calls[0]?.body['messages']).toEqual([
      { role: 'user', content: `${tricky}\nTl;dr\n` },
    ]);
  });

  it('is JSON where JSON is taken and the text begins with {', async () => {
    const body = ' \n{"human_name":"灵梦","ai_name":"早苗","prompt":"p"}';
    const { text: id } = await send(service.url, {
      path: '/chatgpt/createRolePlay',
      headers: { token, ...headers },
      body,
    });
    await caller.chat(id, 'q');
    const context = await caller.post('context', '', { conversation: id });
    expect(context.text).toMatch(/^p\n\n灵梦: q\n早苗: /);
  });

  it('is a form for createRolePlay otherwise', async () => {
    const { text: id } = await send(service.url, {
      path: '/chatgpt/createRolePlay',
      headers: { token, ...headers },
      body: 'human_name=%E7%81%B5+%E6%A2%A6&ai_name=A%26I&prompt=a%2Bb+c',
    });
    await caller.chat(id, 'q');
    const context = await caller.post('context', '', { conversation: id });
    expect(context.text).toMatch(/^a\+b c\n\n灵 梦: q\nA&I: /);
  });
});

describe('the charset of a body', () => {
  it.each([
    'text/plain; charset=latin1',
    'text/plain; charset=iso-8859-1',
    'application/json;charset=utf-16',
    'application/x-www-form-urlencoded; charset="GBK"',
  ])('%s is refused with 415', async (contentType) => {
    const { status, sentences } = await ask({ 'content-type': contentType }, 'Q');
    expect(status).toBe(415);
    expect(sentences).toEqual([]);
  });

  it.each([
    ['a stray byte', [0x61, 0xff]],
    ['a sequence that is cut', [0x61, 0xe4, 0xbd]],
    ['an overlong form', [0xc0, 0x80]],
    ['a surrogate half', [0xed, 0xa0, 0x80]],
    ['GBK', [0xcb, 0xaf, 0xbe, 0xf5]],
  ])('%s is invalid UTF-8 and refused with 400', async (_title, bytes) => {
    const { status, text, sentences } = await ask({}, Uint8Array.from(bytes));
    expect(status).toBe(400);
    expect(text).toContain('UTF-8');
    expect(sentences).toEqual([]);
  });

  it('a leading byte-order mark is dropped, a second one is text', async () => {
    expect((await ask({}, '\ufeffQ\ufeff')).sentences[0]).toBe('Q\ufeff');
    expect((await ask({}, '\ufeff\ufeffQ')).sentences[0]).toBe('\ufeffQ');
  });

  it('a byte-order mark before JSON is dropped', async () => {
    const answer = await caller.post('quickAnswer', '\ufeff{"question":"Q"}');
    expect(answer).toMatchObject({ status: 200, text: 'You said: Q' });
  });

  it('a body of only a byte-order mark is empty', async () => {
    const { status, text } = await ask({}, '\ufeff');
    expect({ status, text }).toEqual({ status: 400, text: 'Question can not be empty' });
  });
});

describe('a compressed body', () => {
  it.each(encodings)('%s is undone', async (encoding, compress) => {
    const { status, sentences } = await ask({ 'content-encoding': encoding }, compress(tricky));
    expect(status).toBe(200);
    expect(sentences[0]).toBe(tricky);
  });

  it.each(encodings)('%s is held to the limit after it is undone', async (encoding, compress) => {
    const small = compress('x'.repeat(5_000_000));
    const { status, sentences } = await ask({ 'content-encoding': encoding }, small);
    expect(status).toBe(413);
    expect(sentences).toEqual([]);
  });

  it('that is broken is refused with 400', async () => {
    expect((await ask({ 'content-encoding': 'gzip' }, 'not gzip')).status).toBe(400);
    const cut = gzipSync(tricky).subarray(0, 30);
    expect((await ask({ 'content-encoding': 'gzip' }, cut)).status).toBe(400);
  });

  it('of an unknown encoding is refused with 415', async () => {
    const { status, text } = await ask({ 'content-encoding': 'zstd-2' }, 'Q');
    expect(status).toBe(415);
    const taken = zstd ? 'gzip, deflate, br or zstd' : 'gzip, deflate or br';
    expect(text).toContain(`Send the body plain, or as ${taken}.`);
  });

  /** One frame of Zstandard that holds a single letter, and says how far back it may refer. */
  const frame = (windowLog: number): Buffer =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3, 9, 0, 0, 0x51]);

  if (zstd) {
    it('zstd that is broken, or would hold more than 8 MiB, is refused with 400', async () => {
      const send = (body: Buffer) => ask({ 'content-encoding': 'zstd' }, body);
      expect(await send(frame(23))).toMatchObject({ status: 200, text: 'You said: Q' });
      for (const body of [frame(24), frame(27), frame(31), frame(23).subarray(0, 9)]) {
        expect((await send(body)).status).toBe(400);
      }
    });
  } else {
    it('zstd is refused with what is taken, as this Node has none', async () => {
      const { status, text } = await ask({ 'content-encoding': 'zstd' }, frame(10));
      expect(status).toBe(415);
      expect(text).toContain('Send the body plain, or as gzip, deflate or br.');
    });
  }
});

describe('MAX_BODY_BYTES', () => {
  it('is what a body may have', async () => {
    const largest = '觉'.repeat(333) + 'x';
    const { status, sentences } = await ask({}, largest);
    expect(status).toBe(200);
    expect(sentences[0]).toBe(largest);
  });

  it('is 413 with one byte more', async () => {
    const { status, sentences } = await ask({}, '觉'.repeat(333) + 'xx');
    expect(status).toBe(413);
    expect(sentences).toEqual([]);
    expect(service.simulator.totalCalls).toBe(0);
  });
});
