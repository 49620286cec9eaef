import { RandomIdSource } from '../platform/ids/id-source.js';
import { ResponseItemIds, sharedOf } from './response-item-ids.js';

describe('the ids of a response’s items', () => {
  const source = new RandomIdSource();
  const response = source.next('resp');
  const ids = new ResponseItemIds(source, response);

  it('begin as its own, and have the form of all ids', () => {
    for (const prefix of ['msg', 'fc', 'fco', 'rs', 'item'] as const) {
      const id = ids.next(prefix);
      expect(id).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{22}$`));
      expect(sharedOf(id)).toBe(sharedOf(response));
    }
  });

  it('are all different, and do not tell the response’s', () => {
    const all = Array.from({ length: 10_000 }, () => ids.next('msg'));
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(response.replace('resp', 'msg'));
  });

  it('leave the names of calls alone', () => {
    expect(sharedOf(ids.next('call'))).not.toBe(sharedOf(response));
  });
});
