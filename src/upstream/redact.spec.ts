import { redact } from './redact.js';

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
