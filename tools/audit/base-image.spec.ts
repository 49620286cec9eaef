import { readFileSync } from 'node:fs';
import { judgeBaseImage } from './base-image.js';

const dockerfile = 'ARG NODE_IMAGE=node:22.23.3-bookworm-slim\n\nFROM ${NODE_IMAGE} AS toolchain\n';

function kinds(text: string, day: string): string[] {
  return judgeBaseImage(text, new Date(day)).map(({ kind }) => kind);
}

describe('the end of life of the base image', () => {
  it.each([
    ['2027-01-29T12:00:00Z', 'good'],
    ['2027-01-30T12:00:00Z', 'warning'],
    ['2027-04-30T23:00:00Z', 'warning'],
    ['2027-05-01T00:00:00Z', 'failure'],
    ['2031-01-01T00:00:00Z', 'failure'],
  ])('is told 90 days before, and refused once the line has ended: %s', (day, kind) => {
    expect(kinds(dockerfile, day)[0]).toBe(kind);
  });

  it('names the line, the day and how long is left', () => {
    const [node, debian] = judgeBaseImage(dockerfile, new Date('2027-04-20T00:00:00Z'));
    expect(node!.text).toBe(
      'Node 22 gets security fixes until 2027-04-30: 10 days left to move to another',
    );
    expect(debian!.text).toBe('Debian bookworm gets security fixes until 2028-06-30');
  });

  it('is judged of Debian too', () => {
    expect(kinds(dockerfile.replace('22.23.3', '26.10.0'), '2028-07-01')).toEqual([
      'good',
      'failure',
    ]);
  });

  it.each([
    dockerfile.replace('22.23.3', '99.0.0'),
    dockerfile.replace('bookworm', 'bullseye'),
    dockerfile.replace('22.23.3', '22'),
    'FROM node:22.23.3-bookworm-slim\n',
  ])('is refused where it is not known: %s', (text) => {
    expect(kinds(text, '2026-12-01')).toContain('failure');
  });

  it("is known of this Dockerfile's", () => {
    // A day on which the lines of the table get fixes: this test is about the names.
    expect(kinds(readFileSync('Dockerfile', 'utf8'), '2026-12-01')).toEqual(['good', 'good']);
  });
});
