import { alreadyHtml, html } from './html.js';

describe('a template of HTML', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['" onload="x', '&quot; onload=&quot;x'],
    ["' x", '&#39; x'],
    ['&lt;', '&amp;lt;'],
    ['<\0script>', '&lt;\ufffdscript&gt;'],
    ['plain 中文 🙂', 'plain 中文 🙂'],
  ])('says %s and means it', (text, escaped) => {
    const paragraph = html`<p title="${text}">${text}</p>`;
    expect(paragraph.toString()).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes pieces as they are, joins lists, and leaves out what is missing', () => {
    const items = ['a', '<', 3].map((item) => html`<li>${item}</li>`);
    const list = html`<ul>${items}${null}${undefined}${false}${0}</ul>`;
    expect(list.toString()).toBe('<ul><li>a</li><li>&lt;</li><li>3</li>0</ul>');
  });

  it('takes HTML from elsewhere only where the code says so', () => {
    expect(html`${'<b>'}${alreadyHtml('<b>')}`.toString()).toBe('&lt;b&gt;<b>');
  });
});
