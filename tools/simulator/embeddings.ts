import { countTokens } from './answers.js';

/** POST /v1/embeddings: for each input a short vector that depends on its length alone. */
export function embeddingsBody(body: Record<string, unknown>): string {
  const inputs: unknown[] = Array.isArray(body.input) ? body.input : [body.input];
  const asBase64 = body.encoding_format === 'base64';
  const data = inputs.map((input, index) => {
    const vector = vectorOf(String(input));
    const embedding = asBase64 ? base64Of(vector) : vector;
    return { object: 'embedding', index, embedding };
  });
  const tokens = countTokens(inputs.join('').length);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return JSON.stringify({ object: 'list', data, model: body.model, usage });
}

/** Values that a 32-bit float holds exactly. */
function vectorOf(text: string): number[] {
  return [text.length / 1024, 0.5, -0.25];
}

function base64Of(vector: number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
