import { readSettings } from '../config/read-settings.js';
import { HistoryCache, type KnownItems } from './history-cache.js';

function cacheOf(bytes: number): HistoryCache {
  return new HistoryCache(readSettings({ HISTORY_CACHE_BYTES: String(bytes) }));
}

function conversation(conversationId: string, ownerId = 'me') {
  return { conversationId, ownerId };
}

function known(bytes: number, version = 1): KnownItems {
  return { version, items: [], bytes };
}

describe('histories that are kept', () => {
  it('are found by the conversation and whose it is', () => {
    const cache = cacheOf(1_000);
    cache.keep(conversation('a'), known(300));
    expect(cache.find(conversation('a'))).toEqual(known(300));
    expect(cache.find(conversation('a', 'you'))).toBeNull();
    cache.forget(conversation('a'));
    expect(cache.find(conversation('a'))).toBeNull();
  });

  it('are those that were used last, within the bytes that they may take together', () => {
    const cache = cacheOf(1_000);
    for (const id of ['a', 'b', 'c']) cache.keep(conversation(id), known(300));
    cache.find(conversation('a'));
    cache.keep(conversation('d'), known(300));
    const kept = ['a', 'b', 'c', 'd'].filter((id) => cache.find(conversation(id)) !== null);
    expect(kept).toEqual(['a', 'c', 'd']);
  });

  it('are not those that take more than all may, and what was known of those is dropped', () => {
    const cache = cacheOf(1_000);
    cache.keep(conversation('a'), known(300));
    cache.keep(conversation('b'), known(300));
    cache.keep(conversation('a'), known(1_001, 2));
    expect(cache.find(conversation('a'))).toBeNull();
    expect(cache.find(conversation('b'))).toEqual(known(300));
  });

  it('are none where they may take no bytes', () => {
    const cache = cacheOf(0);
    cache.keep(conversation('a'), known(300));
    expect(cache.find(conversation('a'))).toBeNull();
  });

  it('grow with a turn that was committed on what is known, and on nothing else', () => {
    const cache = cacheOf(10_000);
    const item = { id: 'item_1', turn: 1, position: 1, kind: 'message', role: 'user' } as const;
    const others = { status: null, outputTokens: null, upstream: null, model: null };
    const added = { ...item, ...others, inputTokens: null, content: '"Hé"' };
    cache.keep(conversation('a'), known(300));
    cache.append(conversation('a'), known(300, 7), [added]);
    expect(cache.find(conversation('a'))?.version).toBe(1);
    cache.append(conversation('a'), known(300), [added]);
    expect(cache.find(conversation('a'))).toEqual({
      version: 2,
      items: [{ ...item, inputTokens: null, bytes: 5, said: 'Hé' }],
      bytes: 300 + 300 + 2 * 4,
    });
  });
});
