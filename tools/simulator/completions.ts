import { usageField } from './completion-shape.js';
import type { CallIdentity, CompletionShape, Usage } from './completion-shape.js';

/** POST /v1/completions. */
export class TextCompletionShape implements CompletionShape {
  private readonly head: string;
  private readonly tail: string;

  constructor({ id, created, model, hasUsageChunk }: CallIdentity) {
    this.head =
      `"id":"cmpl-${id}","object":"text_completion","created":${created},` +
      `"model":${JSON.stringify(model)}`;
    this.tail = hasUsageChunk ? ',"usage":null}' : '}';
  }

  plainBody(text: string, finishReason: string | null, usage: Usage | null): string {
    const usagePart = usage === null ? '' : `,${usageField(usage)}`;
    return `{${this.head},"choices":[${choice(text, finishReason)}]${usagePart}}`;
  }

  /** This API has no roles and opens with its first piece. */
  openingChunk(): null {
    return null;
  }

  pieceChunk(piece: string, finishReason: string | null): string {
    return `{${this.head},"choices":[${choice(piece, finishReason)}]${this.tail}`;
  }

  /** Nor functions. */
  toolCallChunks(): string[] {
    return [];
  }

  finishChunk(finishReason: string): string {
    return this.pieceChunk('', finishReason);
  }

  usageChunk(usage: Usage): string {
    return `{${this.head},"choices":[],${usageField(usage)}}`;
  }
}

function choice(text: string, finishReason: string | null): string {
  return (
    `{"text":${JSON.stringify(text)},"index":0,"logprobs":null,` +
    `"finish_reason":${JSON.stringify(finishReason)}}`
  );
}
