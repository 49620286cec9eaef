import { readdirSync, readFileSync } from 'node:fs';
import { escapeHtml } from '../html.js';
import { divided } from './divided-markdown.js';
import { codeBlockEnd, codeBlockStart, renderMarkdown } from './markdown.js';

function parts(text: string, longest: number): string[] {
  return [...divided(text, longest)]
    .filter((part) => part.text !== '')
    .map((part) => (part.isCode ? `code:${part.text}` : part.text));
}

const paragraph = 'Words.\n\n';

describe('a long text of Markdown', () => {
  it('is one part while it is not longer than a part', () => {
    expect(parts('a\n\n```\nb\n```\n', 20)).toEqual(['a\n\n```\nb\n```\n']);
  });

  it('is divided behind blank lines, as late as a part has room for', () => {
    expect(parts(paragraph.repeat(5), 20)).toEqual([
      paragraph.repeat(2),
      paragraph.repeat(2),
      paragraph,
    ]);
  });

  it.each([
    ['an item goes on', '- a\n\n  b\n\n  c\n\nend\n', ['- a\n\n  b\n\n  c\n\n', 'end\n']],
    ['a list goes on', '- a\n\n- b\n\n+ c\n\nend\n', ['- a\n\n- b\n\n+ c\n\n', 'end\n']],
    ['numbers go on', '1. a\n\n2. b\n\n3) c\n\nend\n', ['1. a\n\n2. b\n\n3) c\n\n', 'end\n']],
    ['code goes on', 'a\n\n    b\n\n    c\n\nend\n', ['a\n\n    b\n\n    c\n\n', 'end\n']],
    [
      'an item has a fence',
      '- a\n  ```\n\nb\n\n  ```\n\nend\n',
      ['- a\n  ```\n\nb\n\n  ```\n\n', 'end\n'],
    ],
  ])('is not divided where %s', (_what, text, expected) => {
    expect(parts(text, 8)).toEqual(expected);
  });

  it.each([
    ['of backticks', 'a\n```js\nb\n\nc\n```\nd\n', ['a\n', 'code:b\n\nc\n', 'd\n']],
    ['of tildes', '~~~\n```\n~~~\nd\nlonger\n', ['code:```\n', 'd\nlonger\n']],
    ['that is longer', '````\n```\n`````\nd\n', ['code:```\n', 'd\n']],
    ['that is not closed by code', '```\n    ```\nb\n', ['code:    ```\nb\n']],
    ['that never ends', 'a\n\n```\nb\n\nc', ['a\n\n', 'code:b\n\nc']],
  ])('has the lines within a fence %s apart', (_what, text, expected) => {
    expect(parts(text, 8)).toEqual(expected);
  });

  it('takes code in a line for no fence', () => {
    expect(parts('```a``` b\n\nc\n', 5)).toEqual(['```a``` b\n\n', 'c\n']);
  });

  it('lets others have their time while nothing comes of it', () => {
    expect([...divided('\n'.repeat(10_000), 5)].length).toBeGreaterThan(4);
  });

  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(`docs/${name}`, 'utf8').slice(0, 40_000))
    .flatMap((text) => {
      const whole = renderMarkdown(text, {})?.toString();
      return whole === undefined ? [] : [{ title: text.split('\n', 1)[0], text, whole }];
    });

  it.each(pages)('means the same in parts: $title', ({ text, whole }) => {
    const env = {};
    const inParts = [...divided(text, 200)].map((part) =>
      part.isCode
        ? `${codeBlockStart}${escapeHtml(part.text)}${codeBlockEnd}`
        : renderMarkdown(part.text, env)?.toString(),
    );
    expect(inParts.length).toBeGreaterThan(1);
    expect(inParts.join('')).toBe(whole);
  });

  it('is tried on many pages', () => {
    expect(pages.length).toBeGreaterThan(10);
  });
});
