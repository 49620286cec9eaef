import type { BufferedResponse } from '../platform/http/buffered-response.js';

/** Bytes of an answer's body; a larger one is not kept. */
export const mostBodyBytes = 1_048_576;

/** An answer that is to be kept; without a body where that is known to be too large. */
export type EndedAnswer = Omit<BufferedResponse, 'body'> & { body: string | null };
