import { renderMarkdown } from './markdown.js';

function rendered(text: string): string | undefined {
  return renderMarkdown(text, {})?.toString();
}

describe('Markdown on a page', () => {
  it.each([
    ['**a** *b* ~~c~~ `d`', '<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>\n'],
    ['a\nb', '<p>a<br>\nb</p>\n'],
    ['# a\n\n###### b', '<h3>a</h3>\n<h6>b</h6>\n'],
    ['## a\n\n### b\n\n## c', '<h3>a</h3>\n<h4>b</h4>\n<h3>c</h3>\n'],
    ['a\n===', '<h3>a</h3>\n'],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'],
    ['    a < b', '<div class="code"><pre tabindex="0"><code>a &lt; b\n</code></pre></div>\n'],
    [
      '[a](https://b.example "c")',
      '<p><a href="https://b.example" rel="nofollow noopener ugc">a</a></p>\n',
    ],
    [
      '![](https://b.example/c.png)',
      '<p><a href="https://b.example/c.png" rel="nofollow noopener ugc" class="picture">https://b.example/c.png</a></p>\n',
    ],
    [
      '[![a](https://b.example/c.png)](https://d.example)',
      '<p><a href="https://d.example" rel="nofollow noopener ugc">a</a></p>\n',
    ],
    ['[a](/b) ![c](d.png)', '<p>[a](/b) ![c](d.png)</p>\n'],
    ['<b>a</b>', '<p>&lt;b&gt;a&lt;/b&gt;</p>\n'],
  ])('makes of %j what it says', (text, html) => {
    expect(rendered(text)).toBe(html);
  });

  it('knows addresses that were named before', () => {
    const env = {};
    renderMarkdown('[a]: https://b.example', env);
    expect(renderMarkdown('[a]', env)?.toString()).toContain('href="https://b.example"');
  });

  it.each([
    ['quotes in each other', '> '.repeat(60) + 'a'],
    [
      'quotes in each other that lazy lines go on with',
      `${'> '.repeat(30)}a\n${'b\n'.repeat(100)}`,
    ],
    ['lists in each other', '- '.repeat(20) + 'a'],
    ['brackets', '['.repeat(600)],
    ['pictures in each other', `${'!['.repeat(600)}a${'](b)'.repeat(600)}`],
    ['a wide table', `${'|a'.repeat(100)}\n${'|-'.repeat(100)}\n${'|\n'.repeat(100)}`],
  ])('is not read where it is %s', (_what, text) => {
    expect(renderMarkdown(text, {})).toBeNull();
  });

  it.each([
    [
      'nine lists in each other',
      Array.from({ length: 9 }, (_, at) => `${'  '.repeat(at)}- a\n`).join(''),
    ],
    ['a table of 200 rows', `|a|b|\n|-|-|\n${'|c|d|\n'.repeat(200)}`],
    ['a list of 200 links', '- [a](https://b.example)\n'.repeat(200)],
  ])('is read where it is %s', (_what, text) => {
    expect(renderMarkdown(text, {})).not.toBeNull();
  });
});
