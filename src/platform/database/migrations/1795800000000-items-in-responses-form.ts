import type { MigrationInterface, QueryRunner } from 'typeorm';
import { unsafeCast } from '../../unsafe-cast.js';

type Json = Record<string, unknown>;

/** A part of a message as it was kept before. */
interface FormerPart {
  type: string;
  text?: string;
  url?: string;
  detail?: string;
}

const batchRows = 500;

/**
 * Items are kept in the form of OpenAI's Responses API. A message that is one text stays that text;
 * everything else is kept as the item that it is.
 */
export class ItemsInResponsesForm1795800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await rewriteItems(runner, itemOfBefore);
    await rewriteInputs(runner, itemOfBefore);
  }

  async down(runner: QueryRunner): Promise<void> {
    await rewriteItems(runner, itemBefore);
    await rewriteInputs(runner, itemBefore);
  }
}

/**
 * An item from the form in which it was kept before; one in today's form as it is.
 *
 * @param said what its content says
 */
export function itemOfBefore(kind: string, role: string, said: unknown): unknown {
  if (typeof said === 'string') return said;
  if (Array.isArray(said)) return { type: kind, role, content: partsOfBefore(role, said) };
  if (typeof said !== 'object' || said === null || 'type' in said) return said;
  const { callId, output, summary, text, encrypted, ...others } = unsafeCast<Json>(said);
  switch (kind) {
    case 'function_call':
      return { type: kind, call_id: callId, ...others };
    case 'function_call_output':
      return {
        type: kind,
        call_id: callId,
        output: Array.isArray(output) ? partsOfBefore('user', output) : output,
      };
    case 'reasoning':
      return {
        type: kind,
        summary: texts(summary).map((words) => ({ type: 'summary_text', text: words })),
        content: texts(text).map((words) => ({ type: 'reasoning_text', text: words })),
        encrypted_content: encrypted ?? null,
      };
    default:
      return said;
  }
}

function partsOfBefore(role: string, parts: unknown[]): Json[] {
  return unsafeCast<FormerPart[]>(parts).map(({ type, text, url, detail }) => {
    if (type === 'refusal') return { type, refusal: text };
    if (type === 'image') return { type: 'input_image', image_url: url, detail };
    return role === 'assistant'
      ? { type: 'output_text', text, annotations: [], logprobs: [] }
      : { type: 'input_text', text };
  });
}

/** The other way, as far as there was a form for it. */
function itemBefore(kind: string, _role: string, said: unknown): unknown {
  if (typeof said !== 'object' || said === null) return said;
  const {
    content,
    call_id: callId,
    output,
    name,
    arguments: text,
    ...others
  } = unsafeCast<Json>(said);
  switch (kind) {
    case 'message':
      return partsBefore(content);
    case 'function_call':
      return { callId, name, arguments: text };
    case 'function_call_output':
      return { callId, output: partsBefore(output) };
    case 'reasoning':
      return {
        summary: wordsOf(others['summary']),
        text: wordsOf(content),
        encrypted: others['encrypted_content'] ?? null,
      };
    default:
      return said;
  }
}

function partsBefore(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return unsafeCast<Json[]>(content).map(({ type, text, refusal, image_url: url, detail }) => {
    if (type === 'refusal') return { type, text: refusal };
    return type === 'input_image' ? { type: 'image', url, detail } : { type: 'text', text };
  });
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? unsafeCast<string[]>(value) : [];
}

function wordsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? unsafeCast<Json[]>(value).map(({ text }) => text) : [];
}

type Rewrite = (kind: string, role: string, said: unknown) => unknown;

interface StoredContent {
  kind: string;
  role: string;
  /** JSON text; what is none is left alone. */
  content: string;
}

/** Only what is more than a text; batch by batch, in the order of the table. */
async function rewriteItems(runner: QueryRunner, rewrite: Rewrite): Promise<void> {
  const select = `SELECT conversation_id, position, kind, role, content FROM items
    WHERE (conversation_id, position) > (?, ?) AND content NOT LIKE '"%'
    ORDER BY conversation_id, position LIMIT ${batchRows}`;
  const update = 'UPDATE items SET content = ? WHERE conversation_id = ? AND position = ?';
  let from: unknown[] = ['', 0];
  for (;;) {
    const rows = await query<StoredContent & { conversation_id: string; position: number }>(
      runner,
      select,
      from,
    );
    for (const row of rows) {
      from = [row.conversation_id, row.position];
      const rewritten = rewrittenContent(row, rewrite);
      if (rewritten !== row.content) await query(runner, update, [rewritten, ...from]);
    }
    if (rows.length < batchRows) return;
  }
}

/** The items that responses were asked with. */
async function rewriteInputs(runner: QueryRunner, rewrite: Rewrite): Promise<void> {
  const select = `SELECT id, input FROM responses WHERE id > ? ORDER BY id LIMIT ${batchRows}`;
  const update = 'UPDATE responses SET input = ? WHERE id = ?';
  let from = '';
  for (;;) {
    const rows = await query<{ id: string; input: string }>(runner, select, [from]);
    for (const { id, input } of rows) {
      from = id;
      const items = unsafeCast<StoredContent[] | undefined>(parsed(input));
      if (!items) continue;
      const rewritten = JSON.stringify(
        items.map((item) => ({ ...item, content: rewrittenContent(item, rewrite) })),
      );
      if (rewritten !== input) await query(runner, update, [rewritten, id]);
    }
    if (rows.length < batchRows) return;
  }
}

function rewrittenContent({ kind, role, content }: StoredContent, rewrite: Rewrite): string {
  const said = parsed(content);
  return said === undefined ? content : JSON.stringify(rewrite(kind, role, said));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function query<Found>(
  runner: QueryRunner,
  sql: string,
  parameters: unknown[],
): Promise<Found[]> {
  return unsafeCast<Found[]>(await runner.query(withPlaces(runner, sql), parameters));
}

/** `?` as the database counts its parameters. */
function withPlaces(runner: QueryRunner, sql: string): string {
  if (runner.dataSource.options.type !== 'postgres') return sql;
  let count = 0;
  return sql.replaceAll('?', () => `$${String((count += 1))}`);
}
