import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { trusted } from '../common/trusted.js';

/** What ends a stream of the OpenAI API, before the end of the body itself. */
const endOfStream = '[DONE]';

/**
 * The `data` of each event of a body, until its end mark or its end. Takes the place of the client's
 * own decoder, which costs more a piece and closes the connection of a stream that is left early.
 *
 * @throws what the body fails with
 */
export async function* eventData(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const events: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      events.push(data);
    },
  });
  // Errors are thrown by the iterator; one that comes when nobody reads any more has no meaning.
  body.on('error', () => undefined);
  const chunks = body.iterator({ destroyOnReturn: false });
  let complete = false;
  try {
    for await (const bytes of trusted<AsyncIterable<Uint8Array>>(chunks)) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      for (const data of events.splice(0)) {
        complete = data === endOfStream;
        if (complete) return;
        yield data;
      }
    }
    complete = true;
  } finally {
    // What follows the end mark is read and thrown away, so that the connection serves the next call.
    if (complete) body.resume();
    else body.destroy();
  }
}
