import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildRun } from '../support/child-run.js';
import { unusedPort } from '../support/raw-upstream.js';
import { until } from '../support/until.js';

const shippedConfig = 'deploy/haproxy/haproxy.cfg';
/** Few enough that a configuration which demands more would not start. */
const openFiles = 1_024;

/** HAProxy with the shipped configuration, in front of servers of a test. */
export class Haproxy extends ChildRun {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    args: readonly string[],
  ) {
    super('sh', args);
  }

  /**
   * @param targets URLs, in place of the addresses that the names of compose.scale.yaml stand for
   * @param timeouts shorter ones, by their names in the configuration
   * @throws Error when the program is not installed, or does not start
   */
  static async start(
    targets: readonly string[],
    timeouts: Record<string, string> = {},
  ): Promise<Haproxy> {
    const folder = mkdtempSync(join(tmpdir(), 'alice-haproxy-'));
    const port = await unusedPort();
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, configFor(port, targets, timeouts));
    const limited = [
      '-c',
      `ulimit -n ${openFiles} && exec "$0" "$@"`,
      program(),
      '-db',
      '-f',
      file,
    ];
    const haproxy = new Haproxy(`http://127.0.0.1:${port}`, folder, limited);
    await until('HAProxy answers', () => haproxy.answers());
    return haproxy;
  }

  /** Until every target is found to be so. */
  async untilAll(state: 'UP' | 'DOWN', count: number): Promise<void> {
    const from = this.output.length;
    const found = new RegExp(`^Server replicas/\\w+ is ${state}`, 'gm');
    await until(`all servers are ${state}`, () => {
      return (this.output.slice(from).match(found) ?? []).length >= count;
    });
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    if (this.hasEnded()) {
      throw new Error(`HAProxy did not start:\n${this.output}`);
    }
    return fetch(`${this.url}/metrics`).then(
      () => true,
      () => false,
    );
  }
}

/** Debian keeps it out of the PATH of users. */
function program(): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  const found = folders.map((folder) => join(folder, 'haproxy')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'HAProxy is not installed, which the test of deploy/haproxy starts: apt-get install haproxy. ' +
      'Or leave it out, with all tests of replicas, by ALICE_TEST_ONLY=sqlite.',
  );
}

function configFor(
  port: number,
  targets: readonly string[],
  timeouts: Record<string, string>,
): string {
  const template = /^( *)server-template (\w+) \d+ alice:7777 resolvers compose init-addr none/gm;
  let config = readFileSync(shippedConfig, 'utf8').replace('bind :7777', `bind 127.0.0.1:${port}`);
  config = config.replace(new RegExp(`${template.source}(.*)$`, 'gm'), (_line, ...parts) => {
    const [indent, name, options] = parts as [string, string, string];
    return targets
      .map((url, index) => `${indent}server ${name}${index + 1} ${new URL(url).host}${options}`)
      .join('\n');
  });
  for (const [name, value] of Object.entries(timeouts)) {
    config = config.replace(new RegExp(`^( *timeout ${name}) .*$`, 'm'), `$1 ${value}`);
  }
  return config;
}
