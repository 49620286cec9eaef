import { readModelList } from './model-list.js';

describe('the list of models', () => {
  it('has ids and the dates of shutting down', () => {
    const data = [
      {
        id: 'gpt-4o',
        object: 'model',
        created: 1_780_000_000,
        owned_by: 'system',
        shutdown_date: '2027-01-14',
      },
      { id: 'gpt-6-luna', shutdown_date: null },
      { id: 'llama' },
    ];
    expect(readModelList({ object: 'list', data })).toEqual([
      { id: 'gpt-4o', created: 1_780_000_000, ownedBy: 'system', shutdownDate: '2027-01-14' },
      { id: 'gpt-6-luna', created: null, ownedBy: null, shutdownDate: null },
      { id: 'llama', created: null, ownedBy: null, shutdownDate: null },
    ]);
  });

  it('leaves out what is no model', () => {
    const data = [
      null,
      'gpt',
      5,
      {},
      { id: 7 },
      { id: 'm', shutdown_date: 20_270_114, created: '1' },
    ];
    expect(readModelList({ data })).toEqual([
      { id: 'm', created: null, ownedBy: null, shutdownDate: null },
    ]);
  });

  it.each([null, undefined, 'text', 5, [], {}, { data: null }, { data: { id: 'm' } }])(
    'is empty for an answer that is none: %j',
    (answer) => {
      expect(readModelList(answer)).toEqual([]);
    },
  );
});
