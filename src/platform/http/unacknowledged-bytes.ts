import { readFile } from 'node:fs/promises';

/**
 * How many bytes of each connection the other machine has not taken yet, as Linux tells it: a process
 * sees its own part only, and hears of room in a buffer of megabytes when a third of it is free,
 * which a slow reader may need minutes for.
 *
 * @returns by `<own port> <the other's port>`; nothing on other systems
 */
export async function unacknowledgedBytes(): Promise<ReadonlyMap<string, string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read));
  const bytes = new Map<string, string>();
  for (const line of tables.join('\n').split('\n')) {
    // Number, own address, the other's, state, bytes to send and received.
    const [, own, other, unsent] =
      /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) [\dA-F]{2} ([\dA-F]{8}):/.exec(line) ??
      [];
    if (own === undefined || other === undefined || unsent === undefined) continue;
    const key = `${Number.parseInt(own, 16)} ${Number.parseInt(other, 16)}`;
    // Two machines may have the same port.
    bytes.set(key, `${bytes.get(key) ?? ''} ${unsent}`);
  }
  return bytes;
}

async function read(table: string): Promise<string> {
  try {
    return await readFile(table, 'latin1');
  } catch {
    return '';
  }
}
