import { SettingsError } from '../config/settings.error.js';
import { startFailure } from './start-failure.js';

function coded(code: string): Error {
  return Object.assign(new Error(`what the system says of ${code}`), { code });
}

describe('the reason why the service did not start', () => {
  it('has every wrong setting on a line of its own', () => {
    expect(startFailure(new SettingsError(['PORT is wrong', 'TOKEN is wrong']))).toBe(
      'Settings:\nPORT is wrong\nTOKEN is wrong',
    );
  });

  it.each([
    ['EADDRINUSE', /port.*PORT or -p/],
    ['EACCES', /HOST, PORT and the folder of DATABASE_URL \(the process is user \d+\)/],
    ['EPERM', /HOST, PORT and the folder of DATABASE_URL/],
    ['EROFS', /HOST, PORT and the folder of DATABASE_URL/],
    ['EADDRNOTAVAIL', /HOST/],
    ['ENOTFOUND', /DATABASE_URL.*HOST/],
    ['SQLITE_BUSY', /in use/],
    ['ENOSPC', /disk is full/],
    ['SQLITE_FULL', /disk is full/],
    ['EAI_AGAIN', /DATABASE_URL/],
    ['ECONNREFUSED', /DATABASE_URL and its server/],
    ['ETIMEDOUT', /DATABASE_URL and its server/],
    ['28P01', /DATABASE_URL/],
    ['3D000', /DATABASE_URL/],
    ['42501', /DATABASE_URL/],
    ['53300', /DATABASE_URL/],
    ['57P03', /DATABASE_URL/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted.*DATABASE_TLS_CA_FILE/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /not trusted.*the host in DATABASE_URL/],
    ['SQLITE_CANTOPEN', /database.*DATABASE_URL and its folder \(the process is user \d+\)/],
    ['SQLITE_READONLY', /database.*DATABASE_URL/],
    ['SQLITE_NOTADB', /database.*DATABASE_URL/],
    ['ENOTDIR', /database.*DATABASE_URL/],
    ['EEXIST', /database.*DATABASE_URL/],
  ])('says what to check after %s, in one line', (code, sentence) => {
    const reason = startFailure(coded(code));
    expect(reason).toMatch(sentence);
    expect(reason).toContain(`what the system says of ${code}`);
    expect(reason).not.toContain('\n');
  });

  it('is found in the causes of what was thrown', () => {
    const thrown = new Error('driver', { cause: new Error('deeper', { cause: coded('EEXIST') }) });
    expect(startFailure(thrown)).toMatch(/^The database .*DATABASE_URL/);
  });

  it('is the whole stack of an error that nobody foresaw', () => {
    const error = new TypeError('x is not a function');
    expect(startFailure(error)).toBe(error.stack);
    expect(startFailure(coded('EOTHER'))).toContain('start-failure.spec');
  });

  it.each([
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('is what was thrown when it is no error: %p', (thrown, reason) => {
    expect(startFailure(thrown)).toBe(reason);
  });
});
