import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { countedPlace } from './output-items.js';

const message: ResponseOutputItem = {
  ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [] },
};
const compaction = (encrypted_content: string): ResponseOutputItem => {
  return { type: 'compaction', id: 'cmp_1', encrypted_content };
};

describe('the tokens of what was asked', () => {
  it.each<[string, ResponseOutputItem[], number]>([
    ['go with what comes first', [message, message], 0],
    ['go behind a compaction of this service', [compaction('alice1.A'), message], 1],
    ['go nowhere behind one that they count what it is made of', [compaction('gAAA'), message], -1],
    ['go with nothing of nothing', [], 0],
  ])('%s', (_what, output, place) => {
    expect(countedPlace({ output })).toBe(place);
  });
});
