import fc from 'fast-check';
import { cut, secret } from '../../../test/factories/cut-secrets.js';
import { PieceFilter, withoutSecret } from './secret-filter.js';

function pass(pieces: readonly string[], key = secret): string[] {
  const filter = new PieceFilter(key);
  return [...pieces.map((piece) => filter.push(piece)), filter.end()];
}

describe('a text in pieces', () => {
  it('has the secret in it nowhere, wherever it is cut, and all else', () => {
    fc.assert(
      fc.property(cut, (pieces) => {
        const shown = pass(pieces).join('');
        const whole = pieces.join('');
        expect(shown).not.toContain(secret);
        const others = whole.split(secret);
        if (others.length === 1) expect(shown).toBe(whole);
        // Where it was cut within its first two characters, those were shown.
        let rest = shown;
        for (const other of others) {
          expect(rest.startsWith(other)).toBe(true);
          rest = rest.slice(other.length).replace(/^(sk?)?\[redacted\]/, '');
        }
        expect(rest).toBe('');
      }),
    );
  });

  it('is held back only where it may be the beginning', () => {
    expect(pass(['cats', ' ask', ' sk', 'y sk-p', 'ro', 'ducts', ' yes'])).toEqual([
      'cats',
      ' ask',
      ' sk',
      'y ',
      '',
      'sk-products',
      ' yes',
      '',
    ]);
    expect(pass([secret.slice(0, 20)])).toEqual(['', secret.slice(0, 20)]);
  });

  it.each(['ollama', 'lm-studio', 'not-needed', 'EMPTY', 'sk-no-key-required'])(
    'may have a word in it that stands for a key: %s',
    (key) => {
      expect(pass([`Use ${key}.`], key).join('')).toBe(`Use ${key}.`);
    },
  );
});

describe('a JSON text', () => {
  it.each(['canary.Key_of+no/known=look.98765', 'with "quotes" and \\ 12345678'])(
    'has the secret in it in no spelling: %s',
    (key) => {
      const escaped = Buffer.from(key).toString('hex').replace(/../g, '\\u00$&');
      const slashes = JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/');
      for (const spelled of [escaped, escaped.toUpperCase().replaceAll('\\U', '\\u'), slashes]) {
        const json = `{"a":"x ${spelled} \\n \\\\u0041 \\u4f60"}`;
        expect(JSON.parse(withoutSecret(json, key))).toEqual({ a: 'x [redacted] \n \\u0041 你' });
      }
    },
  );

  it('is the same text without it', () => {
    const json = '{"a":"\\u0041\\/\\u4f60\\n", "n":12345678901234567890}';
    expect(withoutSecret(json, secret)).toBe(json);
  });
});
