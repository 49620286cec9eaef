import { usageField } from './completion-shape.js';
import type { CallIdentity, CompletionShape, Usage } from './completion-shape.js';

/** POST /v1/chat/completions. */
export class ChatCompletionShape implements CompletionShape {
  private readonly plainHead: string;
  private readonly chunkHead: string;
  private readonly tail: string;

  constructor({ id, created, model, hasUsageChunk }: CallIdentity) {
    const head =
      `"created":${created},"model":${JSON.stringify(model)},"service_tier":"default",` +
      '"system_fingerprint":"fp_simulator"';
    this.plainHead = `{"id":"chatcmpl-${id}","object":"chat.completion",${head}`;
    this.chunkHead = `{"id":"chatcmpl-${id}","object":"chat.completion.chunk",${head}`;
    this.tail = hasUsageChunk ? ',"usage":null}' : '}';
  }

  plainBody(text: string, finishReason: string | null, usage: Usage | null): string {
    const message = `{"role":"assistant","content":${JSON.stringify(text)},"refusal":null,"annotations":[]}`;
    return (
      `${this.plainHead},"choices":[{"index":0,"message":${message},` +
      `"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]` +
      `${usage === null ? '' : `,${usageField(usage)}`}}`
    );
  }

  openingChunk(): string {
    return this.chunk('{"role":"assistant","content":""}', null);
  }

  pieceChunk(piece: string, finishReason: string | null): string {
    return this.chunk(`{"content":${JSON.stringify(piece)}}`, finishReason);
  }

  finishChunk(finishReason: string): string {
    return this.chunk('{}', finishReason);
  }

  usageChunk(usage: Usage): string {
    return `${this.chunkHead},"choices":[],${usageField(usage)}}`;
  }

  private chunk(delta: string, finishReason: string | null): string {
    return (
      `${this.chunkHead},"choices":[{"index":0,"delta":${delta},` +
      `"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]${this.tail}`
    );
  }
}
