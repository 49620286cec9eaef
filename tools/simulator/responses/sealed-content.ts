import { createHmac } from 'node:crypto';
import { isRecord } from '../request-body.js';

/** What the `encrypted_content` of a reasoning or compaction item says, readable by tests. */
export interface SealedContent {
  /** Of the item that it belongs to. */
  readonly id: string;
  readonly organization: string;
  readonly model: string;
  /** The `safety_identifier` of the request, or null. */
  readonly endUser: string | null;
  /** Digest of all that stood before the item. */
  readonly prefix: string;
  /** The label of the item that directly followed, or null when none did. */
  readonly leadsTo: string | null;
}

// One for all simulators: an organization's content is readable wherever it is served.
const sealKey = 'simulator';

export function seal(content: SealedContent): string {
  const text = Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${text}.${signatureOf(text)}`;
}

/** Null when damaged, glued together or nothing that a simulator sealed. */
export function unseal(sealed: string): SealedContent | null {
  const [, text = '', signature = ''] = /^([\w-]+)\.([\w-]+)$/.exec(sealed) ?? [];
  if (text === '' || signature !== signatureOf(text)) return null;
  return contentIn(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
}

/** The boundary where sealed JSON becomes typed: the signature says that `seal` wrote it. */
function contentIn(content: unknown): SealedContent | null {
  return isRecord(content) ? (content as unknown as SealedContent) : null;
}

function signatureOf(text: string): string {
  return createHmac('sha256', sealKey).update(text).digest('base64url');
}
