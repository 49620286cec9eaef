import { KeyCipher } from './key-cipher.js';

const secret = 'a secret of thirty-two characters';
const salt = Buffer.alloc(32, 7);
let cipher: KeyCipher;

beforeAll(async () => {
  cipher = await KeyCipher.derive('id', secret, salt);
});

describe('a sealed secret', () => {
  it('opens in its own row', () => {
    expect(cipher.open(cipher.seal('sk-1234', 'key_1'), 'key_1')).toBe('sk-1234');
  });

  it('never looks the same twice, nor like what it holds', () => {
    const sealed = [1, 2, 3].map(() => cipher.seal('sk-1234', 'key_1'));
    expect(new Set(sealed).size).toBe(3);
    for (const text of sealed) {
      expect(Buffer.from(text, 'base64').toString('latin1')).not.toContain('sk-1');
    }
  });

  it('does not open in another row', () => {
    expect(cipher.open(cipher.seal('sk-1234', 'key_1'), 'key_2')).toBeNull();
  });

  it.each([
    ['secret', 'id', 'another secret of thirty-two characters', salt],
    ['salt', 'id', secret, Buffer.alloc(32, 8)],
    ['id', 'other', secret, salt],
  ])('does not open with another %s', async (_what, id, otherSecret, otherSalt) => {
    const other = await KeyCipher.derive(id, otherSecret, otherSalt);
    expect(other.open(cipher.seal('sk-1234', 'key_1'), 'key_1')).toBeNull();
  });

  it('does not open when any byte was changed', () => {
    const sealed = Buffer.from(cipher.seal('sk-1234', 'key_1'), 'base64');
    for (const index of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(cipher.open(changed.toString('base64'), 'key_1')).toBeNull();
    }
  });

  it.each(['', 'AAAA', 'no base64 at all!'])('does not open when it is none: %j', (text) => {
    expect(cipher.open(text, 'key_1')).toBeNull();
  });
});
