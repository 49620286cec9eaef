import { resolve } from 'node:path';
import { readSettings } from '../config/read-settings.js';
import type { Variables } from '../config/variable-reader.js';
import type { KeySource } from '../keys/key-state.js';
import { startReport } from './start-report.js';

function reportOf(variables: Variables, sources: KeySource[] = []) {
  const keys = sources.map((source) => ({ source, secret: 'sk-hunter2' }));
  return startReport(readSettings(variables), keys);
}

describe('the report of a start', () => {
  it('says what the start goes by', () => {
    expect(reportOf({}, ['env', 'api', 'env', 'file'])).toEqual({
      event: 'start',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      node: process.version,
      envFile: expect.any(String) as string,
      database: `sqlite:${resolve('data/alice.db')}`,
      auth: 'simple',
      isTokenDefault: true,
      keys: { env: 2, file: 1, api: 1 },
      modelService: 'https://api.openai.com',
      corsOrigins: [],
      limits: {
        ratePerMinute: 500,
        writesPerMinute: 1_000,
        maxRunningCalls: 2_000,
        maxBytesInFlight: 33_554_432,
        maxBodyBytes: 1_048_576,
        replicas: 1,
      },
    });
  });

  it('says of no secret more than whether the token is the default', () => {
    const report = reportOf(
      {
        TOKEN: 'hunter2',
        OPENAI_API_KEYS: 'sk-hunter2',
        ADMIN_TOKEN: 'hunter2-and-0123456789',
        OPENAI_BASE_URL: 'https://alice:hunter2@models.example/hunter2/v1?key=hunter2',
        PROXY_URL: 'http://alice:hunter2@proxy',
        DATABASE_URL: 'postgres://alice:hunter2@db.internal:5433/chats?password=hunter2',
        REDIS_URL: 'redis://alice:hunter2@cache',
      },
      ['env'],
    );
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect(report).toMatchObject({
      database: 'postgres://db.internal:5433/chats',
      isTokenDefault: false,
      modelService: 'https://models.example',
    });
  });

  it('says nothing of a token that nobody is asked for', () => {
    expect(reportOf({ AUTH_MODE: 'none' })['isTokenDefault']).toBeUndefined();
  });
});
