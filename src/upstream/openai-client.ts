import OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { pooledFetch } from './pooled-fetch.js';

/**
 * The official client with nothing left to the environment: it would otherwise read addresses and
 * headers from it, retry by itself, and print chunks that it cannot parse. Keys go with each call.
 */
export function createOpenAiClient(baseUrl: string, dispatcher: Dispatcher): OpenAI {
  return new OpenAI({
    apiKey: 'sent with each call',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl,
    fetch: pooledFetch(dispatcher),
    maxRetries: 0,
    // Ours are finer; the client's own only has to stay out of their way.
    timeout: 2_147_483_647,
    logLevel: 'off',
  });
}
