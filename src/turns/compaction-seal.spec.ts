import { defaultCaller } from '../auth/caller.js';
import { KeyCipher } from '../keys/key-cipher.js';
import type { KeyVaultService } from '../keys/key-vault.service.js';
import { CompactionSeal, countedPlace, isSealedHere } from './compaction-seal.js';

function sealOf(byte: number): CompactionSeal {
  const vault: Pick<KeyVaultService, 'cipherFor'> = {
    cipherFor: (purpose) => KeyCipher.of(purpose, Buffer.alloc(32, byte)),
  };
  return new CompactionSeal(vault as KeyVaultService);
}

const seal = sealOf(1);
const compacted = {
  summary: 'They spoke.',
  verbatim: [{ type: 'message' as const, role: 'user' as const, content: 'Why?' }],
};

describe('a sealed compaction', () => {
  const item = seal.seal(defaultCaller, compacted);

  it('opens for its caller, wherever the same key is', () => {
    expect(sealOf(1).open(defaultCaller, item)).toEqual(compacted);
  });

  it('shows nothing of what it holds', () => {
    expect(item.type).toBe('compaction');
    const bytes = Buffer.from(item.encrypted_content.slice('alice1.'.length), 'base64');
    expect(bytes.toString('latin1')).not.toContain('They');
  });

  it('opens for no other caller, and with no other key', () => {
    expect(seal.open({ id: 'other' }, item)).toBeNull();
    expect(sealOf(2).open(defaultCaller, item)).toBeNull();
  });

  it('is told apart from what model services seal', () => {
    const theirs = { type: 'compaction' as const, encrypted_content: 'gAAAAABo' };
    expect([item, theirs].map(isSealedHere)).toEqual([true, false]);
    expect(seal.open(defaultCaller, theirs)).toBeNull();
  });
});

describe('the tokens of what was asked', () => {
  const message = { type: 'message' };
  const sealed = (encrypted_content: string) => ({ type: 'compaction', encrypted_content });

  it.each([
    ['go with what comes first', [message, message], 0],
    ['go behind a compaction of this service', [sealed('alice1.A'), message], 1],
    ['go nowhere behind one that they count what it is made of', [sealed('gAAA'), message], -1],
    ['go with nothing of nothing', [], 0],
  ])('%s', (_what, items, place) => {
    expect(countedPlace(items)).toBe(place);
  });
});
