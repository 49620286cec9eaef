import { AppLogger } from './app.logger.js';

const line = { event: 'request', route: '/chatgpt/chat', status: 200, left: undefined };

/** What a logger writes, without colours. */
function written(log: (logger: AppLogger) => void, isTerminal: boolean): string {
  let text = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((part) => {
      text += String(part);
      return true;
    }),
  );
  try {
    log(new AppLogger(isTerminal));
    // eslint-disable-next-line no-control-regex -- what colours are made of
    return text.replaceAll(/\u001b\[[\d;]*m/g, '');
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('an event in the log', () => {
  it('is one JSON object a line outside of a terminal', () => {
    const text = written((logger) => {
      logger.log(line, 'Request');
    }, false);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      level: 'info',
      pid: process.pid,
      context: 'Request',
      event: 'request',
      route: '/chatgpt/chat',
      status: 200,
    });
  });

  it('is as flat at other levels, which have the words that collectors know', () => {
    const lines = written((logger) => {
      logger.setLevel('debug');
      logger.warn(line, 'Request');
      logger.debug(line, 'Request');
      logger.verbose(line, 'Request');
      logger.error(line, 'Request');
      logger.fatal(line, 'Request');
    }, false);
    const seen = lines
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(seen.map(({ level }) => level)).toEqual(['warn', 'debug', 'trace', 'error', 'fatal']);
    for (const one of seen) {
      expect(one).toMatchObject({ event: 'request', status: 200, context: 'Request' });
      expect(one).not.toHaveProperty('message');
    }
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

  it('says when it was in a form that all read alike', () => {
    const say = (logger: AppLogger) => {
      logger.log('Listening', 'Alice');
    };
    const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
    expect(written(say, true)).toMatch(time);
    expect(JSON.parse(written(say, false))).toMatchObject({
      time: expect.stringMatching(time) as string,
      level: 'info',
    });
  });

  it("leaves out the framework's line for each route at every level", () => {
    const say = (logger: AppLogger) => {
      logger.setLevel('debug');
      logger.log('Mapped {/chatgpt/chat, POST} route', 'RouterExplorer');
    };
    expect(written(say, true) + written(say, false)).toBe('');
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
