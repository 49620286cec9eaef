import { variables as declared } from './variables.js';
import { helpText, readCommandLine } from './command-line.js';
import { SettingsError } from './settings.error.js';

/** The arguments of a line without quotes. */
function variablesOf(line: string) {
  return readCommandLine(line.split(' ').filter((word) => word !== '')).variables;
}

/** Why the line is refused. */
function refusalOf(...argv: string[]): string {
  try {
    readCommandLine(argv);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error(`Not refused: ${argv.join(' ')}`);
}

describe('the flags of the original', () => {
  it.each([
    ['p', 'PORT', '8080'],
    ['t', 'TOKEN', 'secret'],
    ['a', 'AUTO_REMOVE_KEYS', 'false'],
    ['l', 'RATE_LIMIT_PER_MINUTE', '60'],
    ['db', 'DATABASE_URL', 'sqlite:./other.db'],
    ['auth', 'AUTH_MODE', 'normal'],
    ['d', 'CONVERSATION_TTL_SECONDS', '0'],
    ['proxy', 'PROXY_URL', 'http://127.0.0.1:7890'],
  ])('-%s sets %s, with one dash or two, with a space or =', (name, variable, value) => {
    const expected = { [variable]: value };
    expect(variablesOf(`-${name} ${value}`)).toEqual(expected);
    expect(variablesOf(`--${name} ${value}`)).toEqual(expected);
    expect(variablesOf(`-${name}=${value}`)).toEqual(expected);
    expect(variablesOf(`--${name}=${value}`)).toEqual(expected);
  });

  it('may stand in any order and number', () => {
    expect(variablesOf('-db sqlite:a.db --d=5 -p 80 --auth none -t=x')).toEqual({
      DATABASE_URL: 'sqlite:a.db',
      CONVERSATION_TTL_SECONDS: '5',
      PORT: '80',
      AUTH_MODE: 'none',
      TOKEN: 'x',
    });
  });

  it('may be none', () => {
    expect(readCommandLine([])).toEqual({ action: 'start', variables: {}, warnings: [] });
  });

  it('have their last value when they are given twice', () => {
    expect(variablesOf('-p 1 -p=2')).toEqual({ PORT: '2' });
  });

  it.each([[['-t=a=b==']], [['-t', 'a=b==']]])('keep what is in a value: %j', (argv) => {
    expect(readCommandLine(argv).variables).toEqual({ TOKEN: 'a=b==' });
  });

  it('keep blanks and line feeds in a value', () => {
    expect(readCommandLine(['-t=two words\nand lines']).variables).toEqual({
      TOKEN: 'two words\nand lines',
    });
  });
});

describe('what the service is to do', () => {
  it.each([
    ['-help', 'help'],
    ['--help', 'help'],
    ['-h', 'help'],
    ['--version', 'version'],
    ['--check', 'check'],
    ['-p 80 --check -t x', 'check'],
    ['-p 80', 'start'],
  ])('%s is to %s', (line, action) => {
    expect(readCommandLine(line.split(' ')).action).toBe(action);
  });

  it('leaves the settings alone', () => {
    expect(variablesOf('-p 80 --check -t x')).toEqual({ PORT: '80', TOKEN: 'x' });
  });

  it('takes no value', () => {
    expect(refusalOf('--check=yes')).toContain('--check');
    expect(refusalOf('--check', 'yes')).toContain('yes');
  });
});

describe('the help', () => {
  it.each(['p', 't', 'a', 'l', 'db', 'auth', 'd', 'proxy', 'check', 'version', 'help'])(
    'has a line for -%s',
    (name) => {
      expect(helpText().match(new RegExp(`^  --?${name} .*\\w`, 'gm'))).toHaveLength(1);
    },
  );

  it('fits into a terminal', () => {
    expect(
      Math.max(
        ...helpText()
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(100);
  });
});

describe('-a', () => {
  it.each([
    ['-a', { AUTO_REMOVE_KEYS: 'true' }],
    ['--a', { AUTO_REMOVE_KEYS: 'true' }],
    ['-a true', { AUTO_REMOVE_KEYS: 'true' }],
    ['-a false', { AUTO_REMOVE_KEYS: 'false' }],
    ['-a 0', { AUTO_REMOVE_KEYS: '0' }],
    ['-a=false', { AUTO_REMOVE_KEYS: 'false' }],
    ['-a -p 80', { AUTO_REMOVE_KEYS: 'true', PORT: '80' }],
    ['-a false -p 80', { AUTO_REMOVE_KEYS: 'false', PORT: '80' }],
    ['-p 80 -a', { AUTO_REMOVE_KEYS: 'true', PORT: '80' }],
  ])('means true when it stands alone: %s', (line, variables) => {
    expect(variablesOf(line)).toEqual(variables);
  });
});

describe('-db badger', () => {
  it.each(['-db badger', '-db=badger', '--db badger'])(
    'warns and means the default: %s',
    (line) => {
      const { variables, warnings } = readCommandLine(line.split(' '));
      expect(variables).toEqual({ DATABASE_URL: declared.DATABASE_URL.fallback });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('badger');
    },
  );

  it('leaves the other flags alone', () => {
    expect(variablesOf('-p 80 -db badger -t x')).toMatchObject({ PORT: '80', TOKEN: 'x' });
  });

  it('is the only thing to warn of', () => {
    expect(readCommandLine(['-db', 'sqlite:badger', '-t', 'badger']).warnings).toEqual([]);
  });
});

describe('a line that is not understood', () => {
  it.each([
    '-x',
    '--port',
    '-P',
    '-dbx',
    '-p8080',
    '8080',
    '-',
    '--',
    '---p',
    '',
    '-=5',
    '-constructor',
    'p',
  ])('is refused with the argument and the known flags: %j', (word) => {
    const refusal = refusalOf('-p', '80', word);
    expect(refusal).toContain(`: ${word.replace(/=.*/, '')}.`);
    for (const name of ['p', 't', 'a', 'l', 'db', 'auth', 'd', 'proxy']) {
      expect(refusal).toMatch(new RegExp(` -${name}(,|$)`));
    }
  });

  it.each(['-p', '-t', '-l', '-db', '-auth', '-d', '-proxy', '--p'])(
    'is refused when the value of %s is missing',
    (word) => {
      expect(refusalOf('-a', word)).toMatch(new RegExp(`^${word} needs a value`));
    },
  );

  it('is refused for a word that no flag takes', () => {
    expect(refusalOf('-a', 'maybe')).toContain('maybe');
    expect(refusalOf('-p', '80', '81')).toContain('81');
  });
});

describe('a secret on the command line', () => {
  it('is not repeated when its flag is unknown', () => {
    expect(refusalOf('-token=hunter2hunter2')).not.toContain('hunter2');
  });

  it('is not replaced by nothing', () => {
    expect(refusalOf('-t=')).toContain('-t needs a value');
  });
});
