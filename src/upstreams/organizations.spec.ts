import type { ApiKey } from '../keys/key-pool.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Organizations } from './organizations.js';
import { AnswerHeaders } from './transport/upstream-connection.js';

const keyOf = (secret: string): ApiKey => unsafeCast<ApiKey>({ secret });
const said = (organization?: string): AnswerHeaders =>
  new AnswerHeaders(organization === undefined ? {} : { 'openai-organization': organization });

describe('the organizations of keys', () => {
  it('are told by answers', () => {
    const organizations = new Organizations();
    const key = keyOf('sk-1');
    expect(organizations.learn(key, said('org-a'))).toBe('org-a');
    expect(organizations.mayBeOf(key, 'org-a')).toBe(true);
    expect(organizations.mayBeOf(key, 'org-b')).toBe(false);
    organizations.learn(key, said('org-b'));
    expect(organizations.mayBeOf(key, 'org-b')).toBe(true);
  });

  it('may be any before an answer told', () => {
    expect(new Organizations().mayBeOf(keyOf('sk-1'), 'org-a')).toBe(true);
  });

  it('are one for each key where nobody tells, the same in every process', () => {
    const organizations = new Organizations();
    const key = keyOf('sk-1');
    const own = organizations.learn(key, said());
    expect(own).not.toContain('sk-1');
    expect(organizations.learn(keyOf('sk-2'), said(''))).not.toBe(own);
    const later = new Organizations();
    expect(later.learn(keyOf('sk-1'), said())).toBe(own);
    expect(new Organizations().mayBeOf(keyOf('sk-1'), own)).toBe(true);
    expect(new Organizations().mayBeOf(keyOf('sk-2'), own)).toBe(false);
  });

  it('have names of bounded length', () => {
    expect(new Organizations().learn(keyOf('sk-1'), said('x'.repeat(500)))).toHaveLength(100);
  });
});
