import { usageField } from './completion-shape.js';
import type { CallIdentity, CompletionShape, ToolCall, Usage } from './completion-shape.js';

/** POST /v1/chat/completions. */
export class ChatCompletionShape implements CompletionShape {
  private readonly plainHead: string;
  private readonly chunkHead: string;
  private readonly tail: string;
  private readonly choices: number;
  private readonly toolCalls: readonly ToolCall[];

  constructor({ id, created, model, hasUsageChunk, choices, toolCalls }: CallIdentity) {
    this.choices = choices;
    this.toolCalls = toolCalls;
    const head =
      `"created":${created},"model":${JSON.stringify(model)},"service_tier":"default",` +
      '"system_fingerprint":"fp_simulator"';
    this.plainHead = `{"id":"chatcmpl-${id}","object":"chat.completion",${head}`;
    this.chunkHead = `{"id":"chatcmpl-${id}","object":"chat.completion.chunk",${head}`;
    this.tail = hasUsageChunk ? ',"usage":null}' : '}';
  }

  plainBody(text: string, finishReason: string | null, usage: Usage | null): string {
    const content = this.toolCalls.length > 0 && text === '' ? null : text;
    const message =
      `{"role":"assistant","content":${JSON.stringify(content)},"refusal":null,"annotations":[]` +
      `${this.toolCalls.length > 0 ? `,"tool_calls":${JSON.stringify(this.toolCalls.map(toolCall))}` : ''}}`;
    return (
      `${this.plainHead},"choices":[${this.each(`"message":${message},"logprobs":null`, finishReason)}]` +
      `${usage === null ? '' : `,${usageField(usage)}`}}`
    );
  }

  openingChunk(): string {
    return this.chunk('{"role":"assistant","content":""}', null);
  }

  pieceChunk(piece: string, finishReason: string | null): string {
    return this.chunk(`{"content":${JSON.stringify(piece)}}`, finishReason);
  }

  toolCallChunks(): string[] {
    return this.toolCalls.flatMap((call, index) => {
      const head = { index, ...toolCall({ ...call, arguments: '' }) };
      const rest = (call.arguments.match(/[^]{1,7}/g) ?? []).map((piece) =>
        call.type === 'custom'
          ? { index, custom: { input: piece } }
          : { index, function: { arguments: piece } },
      );
      return [head, ...rest].map((piece) =>
        this.chunk(`{"tool_calls":[${JSON.stringify(piece)}]}`, null),
      );
    });
  }

  finishChunk(finishReason: string): string {
    return this.chunk('{}', finishReason);
  }

  usageChunk(usage: Usage): string {
    return `${this.chunkHead},"choices":[],${usageField(usage)}}`;
  }

  private chunk(delta: string, finishReason: string | null): string {
    return (
      `${this.chunkHead},"choices":[${this.each(`"delta":${delta},"logprobs":null`, finishReason)}]` +
      this.tail
    );
  }

  private each(said: string, finishReason: string | null): string {
    const reason = JSON.stringify(finishReason);
    return Array.from(
      { length: this.choices },
      (_, index) => `{"index":${index},${said},"finish_reason":${reason}}`,
    ).join(',');
  }
}

function toolCall({ id, name, arguments: text, type }: ToolCall) {
  if (type === 'custom') return { id, type, custom: { name, input: text } };
  return { id, type: 'function', function: { name, arguments: text } };
}
