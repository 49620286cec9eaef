import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import type { Item } from '../../src/models/item.js';
import { ContextWindow } from '../../src/models/context-window.js';
import { token } from '../support/service.js';
import { slowness } from './slowness.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService({ EXPIRY_SWEEP_SECONDS: '86400' });

/** One of so many items, each with a text of so many characters. */
async function conversationOf(items: number, characters: number): Promise<string> {
  const id = await caller.create();
  const dataSource = service.app.get(DataSource);
  // Whoever writes items counts up the version, or others go on with what they remember.
  await dataSource.query(`UPDATE conversations SET version = version + 1 WHERE id = '${id}'`);
  await dataSource.query(
    `INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${items})
     SELECT 'msg_' || i, '${id}', (i + 1) / 2, i, 'message',
       CASE i % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, '"${'x'.repeat(characters)}"', 1 FROM n`,
  );
  return id;
}

/** As large as a conversation may be that takes one more turn. */
function largest(): Promise<string> {
  return conversationOf(9_998, 300);
}

/** How long work took, and how long anything else had to wait meanwhile, in ms. */
async function measure(work: () => Promise<unknown>): Promise<{ ms: number; held: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const beganAt = performance.now();
  await work();
  const ms = performance.now() - beganAt;
  delay.disable();
  return { ms, held: delay.max / 1e6 };
}

async function v1(method: string, path: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const body = method === 'POST' ? '{}' : null;
  const answer = await fetch(`${service.url}/v1/conversations/${path}`, { method, headers, body });
  expect([answer.status, path]).toEqual([200, path]);
  await answer.text();
}

describe('the largest conversation', () => {
  it.each<[string, (id: string) => Promise<unknown>]>([
    [
      'a question',
      async (id) => {
        expect(await caller.chat(id, 'Q')).toMatchObject({ status: 200, text: 'You said: Q' });
      },
    ],
    ['a fork', (id) => v1('POST', `${id}/fork`)],
    ['a rollback', (id) => v1('POST', `${id}/rollback`)],
    ['deleting it', (id) => v1('DELETE', id)],
  ])('does not hold the process for long: %s', async (title, work) => {
    const tries = [];
    for (let run = 0; run < 3; run += 1) {
      const id = await largest();
      tries.push(await measure(() => work(id)));
    }
    const held = Math.min(...tries.map((one) => one.held));
    const ms = Math.min(...tries.map((one) => one.ms));
    console.info(`${title}: ${ms.toFixed(0)} ms, others waited ${held.toFixed(0)} ms`);
    expect(held).toBeLessThan(400 * slowness());
  });

  it('is one of many that expire, and no two of them are deleted in one go', async () => {
    for (let count = 0; count < 30; count += 1) await largest();
    service.clock.advance(86_400_000);
    const task = service.app.get(ConversationExpiryTask, { strict: false });
    const { ms, held } = await measure(() => task.sweep());
    console.info(`30 expired: ${ms.toFixed(0)} ms, others waited ${held.toFixed(0)} ms`);
    expect(held).toBeLessThan(800 * slowness());
  });
});

describe('fifty calls at once, of four megabytes each', () => {
  const calls = 50;

  it.each([
    ['reading', (id: string) => v1('GET', `${id}/items?limit=100`)],
    ['forking', (id: string) => v1('POST', `${id}/fork`)],
  ])('leave others their turns: %s', async (title, call) => {
    // As many items as one page has, all of them large.
    const id = await conversationOf(100, 40_000);
    const { ms, held } = await measure(() =>
      Promise.all(Array.from({ length: calls }, () => call(id))),
    );
    console.info(`${title}: ${ms.toFixed(0)} ms, others waited ${held.toFixed(0)} ms`);
    await v1('DELETE', id);
    expect(held).toBeLessThan(400 * slowness());
  });
});

describe('a window', () => {
  it('is cut from 40,000 turns at once', () => {
    const item: Item = { type: 'message', role: 'user', content: 'hello there, how are you?' };
    const past = Array.from({ length: 40_000 }, (_, index) => ({ turn: index + 1, item }));
    const times = Array.from({ length: 5 }, () => {
      const beganAt = performance.now();
      const window = new ContextWindow({ past, fixedBytes: 0, tokens: 20_000, tokensPerByte: 1 });
      expect(window.fitting.length + window.trimmedTurns).toBe(40_000);
      return performance.now() - beganAt;
    });
    console.info(`40,000 turns: ${Math.min(...times).toFixed(1)} ms`);
    expect(Math.min(...times)).toBeLessThan(100 * slowness());
  });
});
