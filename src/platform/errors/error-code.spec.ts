import { errorCode } from './error-code.js';

const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });

describe('the code of an error', () => {
  it.each<[string, unknown, string]>([
    ["is the error's own", missing, 'ENOENT'],
    ["is its cause's", new Error('outer', { cause: missing }), 'ENOENT'],
    [
      "is its cause's cause's",
      new Error('outer', { cause: new Error('inner', { cause: missing }) }),
      'ENOENT',
    ],
    [
      'is the outermost one',
      Object.assign(new Error('outer', { cause: missing }), { code: 'OUTER' }),
      'OUTER',
    ],
    [
      'is that of a cause when its own is a number',
      Object.assign(new Error('outer', { cause: missing }), { code: 5 }),
      'ENOENT',
    ],
    ['may be on any object', { code: 'ENOENT' }, 'ENOENT'],
    ['is empty without any', new Error('ENOENT'), ''],
    ['is empty for a text', 'ENOENT', ''],
    ['is empty for null', null, ''],
    ['is empty for nothing', undefined, ''],
  ])('%s', (_title, thrown, code) => {
    expect(errorCode(thrown)).toBe(code);
  });
});
