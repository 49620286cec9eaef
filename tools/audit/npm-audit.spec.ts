import { judgeSignatures, judgeVulnerabilities } from './npm-audit.js';

function vulnerabilities(output: unknown, status: number | null = 1) {
  return judgeVulnerabilities({ status, stdout: JSON.stringify(output) }, 'high');
}

function signatures(output: unknown, status: number | null = 1) {
  return judgeSignatures({ status, stdout: JSON.stringify(output) });
}

const vulnerable = {
  auditReportVersion: 2,
  vulnerabilities: {
    express: { name: 'express', severity: 'high', via: ['qs'] },
    qs: { name: 'qs', severity: 'high', via: [{ title: 'Endless loop', severity: 'high' }] },
  },
};

describe('npm audit', () => {
  it('fails when npm says that what it found is grave, and says what', () => {
    const { kind, text } = vulnerabilities(vulnerable);
    expect(kind).toBe('failure');
    expect(text).toContain('express (high): qs');
    expect(text).toContain('qs (high): Endless loop');
  });

  it('only warns of what is less', () => {
    const { kind, text } = vulnerabilities(vulnerable, 0);
    expect(kind).toBe('warning');
    expect(text).toContain('Endless loop');
  });

  it('is content with nothing', () => {
    expect(vulnerabilities({ auditReportVersion: 2, vulnerabilities: {} }, 0).kind).toBe('good');
  });

  it.each([
    [{ message: '405 Method Not Allowed - POST …', statusCode: 405, error: { summary: '' } }],
    [{ message: 'request to … failed, reason: connect ECONNREFUSED', error: { summary: '' } }],
  ])('says plainly that the registry did not answer: %j', (output) => {
    expect(vulnerabilities(output)).toEqual({
      kind: 'unanswered',
      text: `Vulnerabilities were not judged: ${output.message}`,
    });
  });

  it('fails when it was not asked properly', () => {
    const output = { error: { code: 'ENOLOCK', summary: 'This command requires a lockfile' } };
    expect(vulnerabilities(output)).toMatchObject({
      kind: 'failure',
      text: expect.stringContaining('requires a lockfile') as string,
    });
  });
});

describe('npm audit signatures', () => {
  const one = { name: 'qs', version: '6.17.1' };

  it.each([
    [{ invalid: [one], missing: [] }, 'qs@6.17.1: not what its publisher signed'],
    [{ invalid: [], missing: [one] }, 'qs@6.17.1: not signed'],
  ])('fails and names the package: %j', (output, expected) => {
    const { kind, text } = signatures(output);
    expect(kind).toBe('failure');
    expect(text).toContain(expected);
  });

  it('is content when all are signed', () => {
    expect(signatures({ invalid: [], missing: [] }, 0).kind).toBe('good');
  });

  it.each([
    { code: 'ENOTFOUND', summary: 'getaddrinfo ENOTFOUND' },
    { code: 'E405', summary: '405 Method Not Allowed' },
    { code: 'ECONNRESET', summary: 'read ECONNRESET' },
    {
      summary: 'found no dependencies to audit that were installed from a supported registry',
    },
  ])('says plainly that the registry did not answer: %j', (error) => {
    expect(signatures({ error })).toEqual({
      kind: 'unanswered',
      text: `Signatures were not judged: ${error.summary}`,
    });
  });

  it.each([
    { code: 'TUF_REFRESH_METADATA_ERROR', summary: 'error refreshing TUF metadata' },
    { summary: 'found no installed dependencies to audit' },
  ])('fails on any other error: %j', (error) => {
    expect(signatures({ error })).toMatchObject({
      kind: 'failure',
      text: expect.stringContaining(error.summary) as string,
    });
  });
});

describe.each([
  ['npm audit', (stdout: string) => judgeVulnerabilities({ status: null, stdout }, 'high')],
  ['npm audit signatures', (stdout: string) => judgeSignatures({ status: null, stdout })],
])('%s that takes too long', (command, judge) => {
  it.each(['', '{"vulner'])('is not judged: printed %j', (stdout) => {
    expect(judge(stdout)).toEqual({
      kind: 'unanswered',
      text: `${command} did not end in time: not judged`,
    });
  });
});
