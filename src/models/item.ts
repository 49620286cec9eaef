/** Of what names something: an item, a call, a function, a conversation, a model. */
export const longestName = 256;

/** What an item's model service must be given back with it, and nobody else is shown. */
export interface Origin {
  /** Its id there. */
  id: string | null;
  /**
   * A digest of all that it was made behind, the model and its tools included; null where that does
   * not matter. What a model thought counts for it in no other place.
   */
  prefix: string | null;
  /** Whose key it was made with. */
  organization: string | null;
  /** Its id there of what stood right before it in the same answer; null is the first. */
  after?: string | null;
  /** Its id there of the last thought before it in the same answer; null without one. */
  thought?: string | null;
  /** Of what answers an item: the id of that there. */
  answers?: string | null;
}

/** What every item may have. */
interface Made {
  origin?: Origin;
}

/** Who a message is from; system and developer ones tell the model what to be. */
export type MessageRole = 'user' | 'assistant' | 'system' | 'developer';

/**
 * Stands for every type that is not read here, which is a text of any kind; whatever has one is kept
 * and given back as it came.
 */
interface Unread extends Made {
  type: 'unread';
}

/** A part of a message, of a function's output or of a model's thoughts. */
export type ContentPart =
  | TextPart
  | ImagePart
  | FilePart
  /** The model's own, in place of an answer. */
  | { type: 'refusal'; refusal: string }
  | { type: 'unread' };

export interface TextPart {
  /** `input_text` is told to the model, `output_text` by it. */
  type: 'input_text' | 'output_text';
  text: string;
  annotations?: readonly unknown[];
  logprobs?: readonly unknown[];
}

interface ImagePart {
  type: 'input_image';
  /** An address, or the image itself as a data URL. */
  image_url: string;
  detail?: string | null;
}

interface FilePart {
  type: 'input_file';
  filename?: string | null;
  /** The file itself as a data URL. */
  file_data?: string | null;
  file_url?: string | null;
  file_id?: string | null;
}

/** One text, or several parts in order. */
export type Content = string | readonly ContentPart[];

export interface MessageItem extends Made {
  type: 'message';
  role: MessageRole;
  content: Content;
  /** Whether an answer is on the way to the final one, or that; sent back as it came. */
  phase?: string | null;
}

/** The model calls a function of the caller; `arguments` is JSON text of the model's making. */
interface FunctionCallItem extends Made {
  type: 'function_call';
  call_id: string;
  name: string;
  arguments: string;
  /** What a model service wants back with the call, like a signature of the thoughts before it. */
  extra_content?: unknown;
}

interface FunctionCallOutputItem extends Made {
  type: 'function_call_output';
  call_id: string;
  output: Content;
}

/** A call of a tool that takes any text. */
interface CustomToolCallItem extends Made {
  type: 'custom_tool_call';
  call_id: string;
  name: string;
  input: string;
  extra_content?: unknown;
}

interface CustomToolCallOutputItem extends Made {
  type: 'custom_tool_call_output';
  call_id: string;
  output: Content;
}

/** What the model thought before it answered or called. */
export interface ReasoningItem extends Made {
  type: 'reasoning';
  summary: readonly { type: 'summary_text'; text: string }[];
  content?: readonly { type: 'reasoning_text'; text: string }[] | null;
  encrypted_content?: string | null;
  /** The same in the form of a model service that wants exactly that back. */
  reasoning_details?: readonly unknown[];
}

/** Stands for all that was said before it; only who made it reads what it holds. */
export interface CompactionItem extends Made {
  type: 'compaction';
  encrypted_content: string;
  /** What it holds, once that is read, of one that this service made. It is never kept. */
  opened?: readonly Item[];
}

/**
 * What was said or done in a conversation, whoever did it, in the form of OpenAI's Responses API:
 * the richest there is, so that the others are read from it. Members that are not named here are
 * kept too, but for `id`, and for `status` of the types that are named: those belong to where an item
 * is kept.
 */
export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | CustomToolCallItem
  | CustomToolCallOutputItem
  | ReasoningItem
  | CompactionItem
  | Unread;

const withStatusApart = new Set<unknown>([
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
]);

/** Whether the status of an item is kept beside it; of types that are not read here it is a part. */
export function isStatusApart(type: unknown): boolean {
  return withStatusApart.has(type);
}

export type ToolCallItem = FunctionCallItem | CustomToolCallItem;
export type ToolOutputItem = FunctionCallOutputItem | CustomToolCallOutputItem;

export function isToolCall(item: Item): item is ToolCallItem {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}

export function isToolOutput(item: Item): item is ToolOutputItem {
  return item.type === 'function_call_output' || item.type === 'custom_tool_call_output';
}

export function isCompaction(item: Item): item is CompactionItem {
  return item.type === 'compaction';
}

const trigger = 'compaction_trigger';

/** Whether it asks for a compaction of all before it, and says nothing itself. */
export function isCompactionTrigger({ type }: { readonly type: string }): boolean {
  return type === trigger;
}

/** Whether it tells the model what to be, whatever else was said. */
export function isStanding(item: Item): boolean {
  return item.type === 'message' && (item.role === 'system' || item.role === 'developer');
}

/** The words of a content, images and files apart. */
export function wordsOf(content: Content): string {
  if (typeof content === 'string') return content;
  return content.map(wordsOfPart).join('');
}

function wordsOfPart(part: ContentPart): string {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return part.text;
    case 'refusal':
      return part.refusal;
    default:
      return '';
  }
}

/** About what an image is counted as, whatever its address or data are. */
const imageBytes = 2_048;

/** Bytes of an item in UTF-8, as a model is told it. */
export function bytesOf(item: Item): number {
  switch (item.type) {
    case 'message':
      return contentBytes(item.content);
    case 'function_call':
      return bytesOfTexts([item.call_id, item.name, item.arguments]);
    case 'custom_tool_call':
      return bytesOfTexts([item.call_id, item.name, item.input]);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return Buffer.byteLength(item.call_id) + contentBytes(item.output);
    case 'reasoning': {
      const { summary, content, encrypted_content: sealed } = item;
      const texts = [...summary, ...(content ?? [])].map(({ text }) => text);
      return bytesOfTexts([...texts, sealed ?? '']);
    }
    default:
      return Buffer.byteLength(JSON.stringify(item));
  }
}

function contentBytes(content: Content): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  return content.reduce((sum, part) => sum + partBytes(part), 0);
}

function partBytes(part: ContentPart): number {
  switch (part.type) {
    case 'input_image':
      return imageBytes;
    case 'input_text':
    case 'output_text':
    case 'refusal':
      return Buffer.byteLength(wordsOfPart(part));
    default:
      return Buffer.byteLength(JSON.stringify(part));
  }
}

function bytesOfTexts(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** An item of an output as its service made it, or as it is shown. */
export type OutputItem = Item & { id?: unknown; status?: unknown };

/**
 * An item of an output as it is kept: under an id of its own. A message that is one plain text is kept
 * as that text: shorter, and nothing is lost.
 */
export function fromOutput({ id, ...whole }: OutputItem): Item {
  const { status, ...rest } = whole;
  const said = isStatusApart(whole.type) ? rest : whole;
  return said.type === 'message' ? { ...said, content: keptContent(said.content) } : said;
}

function keptContent(content: Content): Content {
  const part: unknown = Array.isArray(content) && content.length === 1 ? content[0] : null;
  if (!isSaidText(part)) return content;
  const isPlain = !part.annotations?.length && !part.logprobs?.length;
  return isPlain ? part.text : content;
}

/** Model services send parts without a text, too. */
function isSaidText(part: unknown): part is TextPart {
  if (typeof part !== 'object' || part === null || !('type' in part && 'text' in part))
    return false;
  return part.type === 'output_text' && typeof part.text === 'string';
}
