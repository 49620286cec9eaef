import { html } from '../html.js';
import { MarkdownAllowance, piecesOf } from './turn-pieces.js';

const notices = { involved: html`<i>involved</i>`, long: html`<i>long</i>` };

function shown(text: string, allowance = new MarkdownAllowance()): string[] {
  return [...piecesOf(text, allowance, notices)].map((piece) => piece.toString());
}

describe('what was said', () => {
  it('is Markdown', () => {
    expect(shown('**a**')).toEqual(['<p><strong>a</strong></p>\n']);
  });

  it('is Markdown in several pieces when it is long', () => {
    const pieces = shown('Some **words**.\n\n'.repeat(2_000));
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe('<p>Some <strong>words</strong>.</p>\n'.repeat(2_000));
  });

  it.each([
    ['too involved', '['.repeat(1_000)],
    ['one long line', 'a '.repeat(10_000)],
  ])('is shown as it was written, and says so, when it is %s', (_what, text) => {
    const [notice, ...pieces] = shown(text);
    expect(notice).toBe('<i>involved</i>');
    expect(pieces.join('')).toBe(`<div class="plain-text">${text}</div>\n`);
  });

  it('is only partly shown as it was written where only a part is too involved', () => {
    const words = 'Some **words**.\n\n'.repeat(500);
    const all = shown(`${words}${'['.repeat(1_000)}\n\n${words}`).join('');
    expect(all.match(/<strong>words/g)?.length).toBeGreaterThan(500);
    expect(all.match(/involved/g)).toHaveLength(1);
  });

  it('has its code in code, however long it is', () => {
    const code = '<x>&[[[[\n'.repeat(20_000);
    const pieces = shown(`Look:\n\n\`\`\`xml\n${code}\`\`\`\n\nDone.`);
    expect(pieces.length).toBeGreaterThan(5);
    const escaped = '&lt;x&gt;&amp;[[[[\n'.repeat(20_000);
    expect(pieces.join('')).toBe(
      `<p>Look:</p>\n<div class="code"><pre tabindex="0"><code>${escaped}</code></pre></div>\n<p>Done.</p>\n`,
    );
  });

  it('is shown as it was written beyond the allowance, which is said once', () => {
    const allowance = new MarkdownAllowance();
    const text = 'Some **words**.\n\n'.repeat(25_000);
    const first = shown(text, allowance).join('');
    const second = shown(text, allowance).join('');
    const third = shown('**a**', allowance).join('');
    expect(first).not.toContain('<i>');
    expect(second.match(/<i>long<\/i>/g)).toHaveLength(1);
    expect(third).toBe('<div class="plain-text">**a**</div>\n');
    const said = `${first}${second}`.match(/words/g);
    expect(said).toHaveLength(50_000);
  });

  it('is shown as it was written beyond so many texts, however short they are', () => {
    const allowance = new MarkdownAllowance();
    const texts = Array.from({ length: 10_000 }, () => shown('*a*', allowance).join(''));
    const asWritten = texts.slice(8_192);
    expect(new Set(texts.slice(0, 8_192))).toEqual(new Set(['<p><em>a</em></p>\n']));
    expect(asWritten[0]).toBe('<i>long</i><div class="plain-text">*a*</div>\n');
    expect(new Set(asWritten.slice(1))).toEqual(new Set(['<div class="plain-text">*a*</div>\n']));
  });

  it('never has half a character at the end of a piece', () => {
    for (const before of ['', 'a']) {
      const text = `${before}${'🙂'.repeat(50_000)}`;
      const pieces = shown(text);
      expect(pieces.join('')).toContain(text);
      for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    }
  });
});
