import { AppLogger } from './app.logger.js';

const line = { event: 'request', route: '/chatgpt/chat', status: 200, left: undefined };

/** What a logger writes, without colours. */
function written(log: (logger: AppLogger) => void, isTerminal: boolean): string {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    log(new AppLogger(isTerminal));
    const texts = write.mock.calls.map(([text]) => String(text));
    // eslint-disable-next-line no-control-regex -- what colours are made of
    return texts.join('').replaceAll(/\u001b\[[\d;]*m/g, '');
  } finally {
    write.mockRestore();
  }
}

describe('an event in the log', () => {
  it('is one JSON object a line outside of a terminal', () => {
    const text = written((logger) => {
      logger.log(line, 'Request');
    }, false);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      level: 'log',
      pid: process.pid,
      timestamp: expect.any(Number) as number,
      context: 'Request',
      message: { event: 'request', route: '/chatgpt/chat', status: 200 },
    });
  });

  it('is one line to read in a terminal', () => {
    const text = written((logger) => {
      logger.log({ ...line, parts: { keys: 'down' } }, 'Request');
    }, true);
    expect(text).toMatch(
      /LOG \[Request\] request route=\/chatgpt\/chat status=200 parts=\{"keys":"down"\}.*\n$/,
    );
    expect(text.match(/\n/g)).toHaveLength(1);
  });

  it('leaves sentences as they are', () => {
    const say = (logger: AppLogger) => {
      logger.log('Listening', 'Alice');
    };
    expect(written(say, true)).toMatch(/LOG \[Alice\] Listening.*\n$/);
    expect(JSON.parse(written(say, false))).toMatchObject({ message: 'Listening' });
  });

  it('is left out below its level', () => {
    expect(
      written((logger) => {
        logger.setLevel('warn');
        logger.log(line, 'Request');
      }, false),
    ).toBe('');
  });
});
