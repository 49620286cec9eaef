import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { defaultCaller } from './caller.js';
import { NoneAuthStrategy } from './none.auth-strategy.js';
import type { NoncesRepository } from './nonces.repository.js';
import { NormalAuthStrategy } from './normal.auth-strategy.js';
import { SimpleAuthStrategy } from './simple.auth-strategy.js';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');
/** As Node reads a header. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const secret = 'pässword';

describe('without authentication', () => {
  it('everyone may call, and nobody is told from anybody else', () => {
    const strategy = new NoneAuthStrategy();
    expect(strategy.authenticate()).toBe(defaultCaller);
    expect(strategy.credentialOf()).toBe('');
  });
});

describe('with a token', () => {
  const strategy = new SimpleAuthStrategy(secret);

  it.each<[string, IncomingHttpHeaders]>([
    ['in its header', { token: latin1(secret) }],
    ['as a bearer', { authorization: `Bearer ${latin1(secret)}` }],
    ['as a bearer by another case', { authorization: `bEARER  ${latin1(secret)}` }],
    ['in its header, whatever the bearer', { token: latin1(secret), authorization: 'Bearer x' }],
  ])('a call passes that has it %s', (_where, headers) => {
    expect(strategy.authenticate(headers)).toBe(defaultCaller);
  });

  it.each<[string, IncomingHttpHeaders]>([
    ['nothing', {}],
    ['an empty token', { token: '' }],
    ['another token', { token: 'x' }],
    ['more than the token', { token: `${latin1(secret)} ` }],
    ['the beginning of the token', { token: latin1(secret).slice(0, -1) }],
    ['its digest', { token: hex(secret) }],
    ['another bearer', { authorization: 'Bearer x' }],
    ['the token by another scheme', { authorization: `Basic ${latin1(secret)}` }],
    ['the token without a scheme', { authorization: latin1(secret) }],
    ['a wrong header before the right bearer', { token: 'x', authorization: `Bearer ${secret}` }],
  ])('a call does not pass with %s', (_what, headers) => {
    expect(strategy.authenticate(headers)).toBeNull();
  });

  it('the credential is the same for all who have it, and does not tell it', () => {
    expect(strategy.credentialOf()).toBe(new SimpleAuthStrategy(secret).credentialOf());
    expect(strategy.credentialOf()).not.toBe(new SimpleAuthStrategy('x').credentialOf());
    expect(strategy.credentialOf()).not.toContain(secret);
  });
});

describe('with a token for each call', () => {
  let spent: string[];
  let strategy: NormalAuthStrategy;
  const tokenOf = (uuid: string) => hex(secret + uuid);
  const bearer = (uuid: string) => ({ authorization: `Bearer ${uuid}.${tokenOf(uuid)}` });

  beforeEach(() => {
    spent = [];
    const nonces: Pick<NoncesRepository, 'spend'> = {
      spend: (hash) => {
        const isNew = !spent.includes(hash);
        spent.push(hash);
        return Promise.resolve(isNew);
      },
    };
    strategy = new NormalAuthStrategy(secret, nonces as NoncesRepository);
  });

  it.each<[string, string, IncomingHttpHeaders]>([
    ['in its headers', 'u-1', { uuid: 'u-1', token: tokenOf('u-1') }],
    ['as a bearer', 'u-1', bearer('u-1')],
    ['as a bearer with dots', 'a.b.', bearer('a.b.')],
    ['of 50 characters', 'u'.repeat(50), bearer('u'.repeat(50))],
    ['of all the alphabet’s ends', '!~', { uuid: '!~', token: tokenOf('!~') }],
  ])('a call passes that has it %s, once', async (_where, uuid, headers) => {
    expect(await strategy.authenticate(headers)).toBe(defaultCaller);
    expect(await strategy.authenticate({ uuid, token: tokenOf(uuid) })).toBeNull();
    expect(spent).toEqual([hex(uuid), hex(uuid)]);
  });

  it.each<[string, IncomingHttpHeaders]>([
    ['nothing', {}],
    ['a uuid alone', { uuid: 'u' }],
    ['a token alone', { token: tokenOf('u') }],
    ['the token of another uuid', { uuid: 'u', token: tokenOf('v') }],
    ['the token in upper case', { uuid: 'u', token: tokenOf('u').toUpperCase() }],
    ['the secret itself', { uuid: 'u', token: latin1(secret) }],
    ['no uuid in it', { uuid: '', token: tokenOf('') }],
    ['a blank in the uuid', { uuid: 'a b', token: tokenOf('a b') }],
    ['more than ASCII in the uuid', { uuid: 'ü', token: tokenOf('ü') }],
    ['a uuid of 51 characters', { uuid: 'u'.repeat(51), token: tokenOf('u'.repeat(51)) }],
    ['a bearer without a dot', { authorization: `Bearer ${tokenOf('')}` }],
    ['half in headers and half in a bearer', { uuid: 'u', ...bearer('u') }],
  ])('a call with %s does not pass, and uses up no uuid', async (_what, headers) => {
    expect(await strategy.authenticate(headers)).toBeNull();
    expect(spent).toEqual([]);
  });

  it('the credential is the secret’s, whatever the uuid, and does not tell it', () => {
    expect(strategy.credentialOf()).toBe(hex(secret));
  });
});
