import { hashPassword, isPassword, saltOf } from './password-hash.js';

describe('a password of a share', () => {
  it('is stored as scrypt made it, with its cost and a salt of its own', async () => {
    const [first, second] = await Promise.all([hashPassword('secret12'), hashPassword('secret12')]);
    expect(first).toMatch(/^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(saltOf(first)).toHaveLength(22);
    expect(saltOf(second)).not.toBe(saltOf(first));
    expect(first.split('$').at(-1)).not.toBe(second.split('$').at(-1));
  });

  it('is known again, and no other one is', async () => {
    const stored = await hashPassword('sécret 中文');
    const given = ['sécret 中文', 'se\u0301cret 中文', 'secret 中文', '', 'x'.repeat(10_000)];
    const known = await Promise.all(given.map((password) => isPassword(password, stored)));
    expect(known).toEqual([true, true, false, false, false]);
  });

  it('is known by the cost that it was stored with', async () => {
    // RFC 7914, section 12.
    const hash =
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640';
    const stored = [
      ...['scrypt', 1024, 8, 16, Buffer.from('NaCl').toString('base64url')],
      Buffer.from(hash, 'hex').toString('base64url'),
    ].join('$');
    await expect(isPassword('password', stored)).resolves.toBe(true);
    await expect(isPassword('passwore', stored)).resolves.toBe(false);
  });
});
