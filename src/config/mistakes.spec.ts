import { readSettings } from './read-settings.js';
import type { Variables } from './variable-reader.js';

/** What is said of these, with a token that nothing is to be said of. */
function warningsOf(variables: Variables): readonly string[] {
  return readSettings({ TOKEN: 'a-token-of-its-own', ...variables }).warnings;
}

describe('settings that look like mistakes are taken, with a warning', () => {
  it.each<[variables: Variables, words: RegExp]>([
    [{ TOKEN: 'hunter2 # shared secret' }, /^TOKEN has " #" in it/],
    [{ TOKEN: '"hunter2"' }, /^TOKEN .*quotes around it/],
    [{ TOKEN: "'hunter2'" }, /^TOKEN .*quotes around it/],
    [{ OPENAI_API_KEYS: 'sk-0123456789,hunter2,x' }, /^2 of the keys in OPENAI_API_KEYS/],
    [{ OPENAI_API_KEY: 'hunter2' }, /^1 of the keys in .*OPENAI_API_KEY have fewer than 8/],
    [
      { REASONING_EFFORT: 'hihg' },
      /^REASONING_EFFORT is "hihg".* none, minimal, low, medium, high/,
    ],
    [{ REASONING_EFFORT: 'HIGH' }, /^REASONING_EFFORT is "HIGH"/],
    [
      { DATABASE_URL: 'postgres://alice:hunter2@db.internal/alice' },
      /^DATABASE_URL .*DATABASE_TLS/,
    ],
  ])('%j', (variables, words) => {
    const [warning, ...others] = warningsOf(variables);
    expect(others).toEqual([]);
    expect(warning).toMatch(words);
    expect(warning).not.toContain('hunter2');
  });
});

describe('settings that only resemble those', () => {
  it.each<Variables>([
    { TOKEN: 'with#within' },
    { TOKEN: '"half' },
    { OPENAI_API_KEYS: 'sk-45678' },
    { OPENAI_API_KEYS: 'local', OPENAI_BASE_URL: 'http://localhost:11434/v1' },
    ...['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((effort) => ({
      REASONING_EFFORT: effort,
    })),
  ])('are not warned of: %j', (variables) => {
    expect(warningsOf(variables)).toEqual([]);
  });
});
