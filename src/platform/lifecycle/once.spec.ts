import { Once } from './once.js';

describe('what is made once', () => {
  it('is made for all who ask, while it is made and afterwards', async () => {
    const make = jest.fn(() => Promise.resolve({}));
    const once = new Once(make);
    const [first, second] = await Promise.all([once.get(), once.get()]);
    expect([second, await once.get()]).toEqual([first, first]);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('is made again after a failure, which all who waited hear of', async () => {
    const make = jest.fn<Promise<string>, []>();
    make.mockRejectedValueOnce(new Error('not now')).mockResolvedValue('made');
    const once = new Once(make);
    const outcomes = await Promise.allSettled([once.get(), once.get()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await once.get()).toBe('made');
    expect(make).toHaveBeenCalledTimes(2);
  });
});
