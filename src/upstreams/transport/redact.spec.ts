import { redact, redactRefusal } from './redact.js';

const secret = 'sk-proj-Ab_12.c';

describe('text of the upstream', () => {
  it.each([
    [`Incorrect API key provided: ${secret}`, 'Incorrect API key provided: [redacted]'],
    [`${secret} and again ${secret}`, '[redacted] and again [redacted]'],
    [`key=${secret}&x=1`, 'key=[redacted]&x=1'],
    [`"${secret}"`, '"[redacted]"'],
    ['Incorrect API key provided: sk-abcd****wxyz', 'Incorrect API key provided: [redacted]'],
    ['another: sk-proj-AbCd_12-34', 'another: [redacted]'],
    ['another: SK-ABCDEFGH', 'another: [redacted]'],
    ['admin: rk-abcdefgh pk-abcdefgh sess-abcdefgh', 'admin: [redacted] [redacted] [redacted]'],
    ['Authorization: Bearer abc.def/g+h=', 'Authorization: [redacted]'],
    ['authorization: bearer  abc', 'authorization: [redacted]'],
  ])('loses its credentials: %s', (text, redacted) => {
    expect(redact(text, secret)).toBe(redacted);
  });

  it.each([
    'Your prompt is too long.',
    'The task-force desk-bound risk-free disk-based sentence',
    'sk-1',
    'Tokens are counted: 12 of 10',
    '',
  ])('stays as it is without any: %j', (text) => {
    expect(redact(text, 'a-key-of-another-kind')).toBe(text);
  });

  it('loses a key that looks like none', () => {
    expect(redact('The key gsk+(1)$& is wrong', 'gsk+(1)$&')).toBe('The key [redacted] is wrong');
  });
});

describe('what is said of a refusal', () => {
  const key = 'plainCANARY0123456789abcdef';
  const bearer = `Bearer ${key}`;

  it.each([
    [key, '[redacted]'],
    ['Wrong key plainCANAR****cdef.', 'Wrong key [redacted]'],
    ['Wrong key pla...def', 'Wrong key [redacted]'],
    ['Wrong key ****************cdef', 'Wrong key [redacted]'],
    ['begins with plainC', 'begins with [redacted]'],
    ['ends with abcdef!', 'ends with [redacted]!'],
    ['has Y0123456 in it', 'has [redacted] in it'],
    [`hex ${Buffer.from(key).toString('hex')}`, 'hex [redacted]'],
    [`hex ${Buffer.from(key).toString('hex').toUpperCase()}`, 'hex [redacted]'],
  ])('has no part of the key in it: %s', (text, clean) => {
    expect(redactRefusal(text, key)).toBe(clean);
  });

  it.each([bearer, key, `x${key}`, `xx${key}`, `{"key":"${key}"}`])(
    'has it in no base64: %s',
    (text) => {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(text).toString(encoding);
        const clean = redactRefusal(`Got ${encoded}`, key);
        for (let start = 0; start + 16 <= encoded.length; start += 1) {
          const part = Buffer.from(encoded.slice(start - (start % 4), start + 16), 'base64');
          if (key.includes(part.toString('latin1'))) {
            expect(clean).not.toContain(encoded.slice(start, start + 16));
          }
        }
        expect(clean).toContain('[redacted]');
      }
    },
  );

  it.each(['sk-no-key-required', 'ollama', 'lm-studio'])(
    'keeps its words where the key is one: %s',
    (word) => {
      const text = 'A required parameter of the studio is missing **here**... not in llama';
      expect(redactRefusal(text, word)).toBe(text);
    },
  );

  it('keeps words that are no part of the key', () => {
    const text = 'The **model** says... plain text, abcde and 01234 of 56789';
    expect(redactRefusal(text, key)).toBe(text);
  });
});
