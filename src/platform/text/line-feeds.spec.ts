import { withoutOuterLineFeeds, withoutTrailingLineFeeds } from './line-feeds.js';

describe('withoutTrailingLineFeeds', () => {
  it.each([
    ['', ''],
    ['\n\n', ''],
    ['text', 'text'],
    ['\ntext\n\n', '\ntext'],
    ['a\n\nb \n', 'a\n\nb '],
    ['text\r\n', 'text\r'],
  ])('%j becomes %j', (text, expected) => {
    expect(withoutTrailingLineFeeds(text)).toBe(expected);
  });

  it('is quick about a megabyte of line feeds in the middle', () => {
    const text = `a${'\n'.repeat(1_000_000)}b`;
    expect(withoutTrailingLineFeeds(text)).toBe(text);
  });
});

describe('withoutOuterLineFeeds', () => {
  it.each([
    ['', ''],
    ['\n', ''],
    ['\n\n a\nb \n', ' a\nb '],
    ['text', 'text'],
  ])('%j becomes %j', (text, expected) => {
    expect(withoutOuterLineFeeds(text)).toBe(expected);
  });
});
